"""What happened beside what was planned: hours, cost and tokens, why they differ, and what the optimum would have cost.

In: a plan with its instance, lines of bills, samples of nodes, demand by period. Out: `Tracking`. May not enter: files.
"""

from planner.study.tracking.track import TrackedWork, Tracking, track

__all__ = ["TrackedWork", "Tracking", "track"]
