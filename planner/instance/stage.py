"""Stages: the years of a plan, each represented by one horizon.

Demand grows from stage to stage; what is bought or signed in one stage stays until its life or term is over.
Costs are totals over all stages, at their present value where the instance gives `discount_rate_per_year`.
"""

from __future__ import annotations

from planner.instance.base import Positive, Strict
from planner.instance.name import Name


class Stage(Strict):
    """A stretch of time in which every horizon is alike."""

    years: Positive
    """Length of the stage."""
    demand_scale: Positive = 1.0
    """Multiplies every demand."""
    workload_scale: dict[Name, Positive] = {}
    """Multiplies the demand of single workloads, on top of it."""

    def scale_of(self, workload: str) -> float:
        """Factor on the demand of a workload."""
        return self.demand_scale * self.workload_scale.get(workload, 1.0)
