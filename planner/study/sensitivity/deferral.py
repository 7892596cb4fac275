"""Value of deadlines: the cost were all work served in the period it arrives in, less that with them.

    value = cost(every deadline 0) - cost(deadlines as given) >= 0

Both plans are proven only to a gap, so the value is known to lie between `least` and `most`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.optimize.solve_options import SolveOptions
from planner.study.sweeps.plans import plans_of

if TYPE_CHECKING:
    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class DeferralValue:
    """The plan with deadlines and the one without; where there is none without, the value is inf."""

    deferred: Plan
    at_once: Plan

    @property
    def value(self) -> float:
        """What the plan with deadlines costs less, in the currency of the instance."""
        return self.at_once.cost - self.deferred.cost

    @property
    def share(self) -> float:
        """`value` as a share of the cost without deadlines; NaN where there is no such plan, or it costs nothing."""
        return self.value / self.at_once.cost if self.at_once.cost > 0 else math.nan

    @property
    def least(self) -> float:
        """No less than this by proof; and never less than nothing."""
        return max(0.0, self.at_once.bound - self.deferred.cost)

    @property
    def most(self) -> float:
        """No more than this by proof."""
        return self.at_once.cost - self.deferred.bound


def deferral_value(
    instance: Instance, options: SolveOptions | None = None, executor: Executor | None = None
) -> DeferralValue:
    """Solve an instance with its deadlines, and with all work served in the period it arrives in.

    On an `executor` both are solved side by side.

    Raises InstanceError where no workload may wait, or where there is no plan even with deadlines.
    """
    waiting = [name for name, workload in instance.workloads.items() if workload.deferral is not None]
    if not waiting:
        raise InstanceError([Fault("no workload has a deferral: none may wait", "workloads")])
    none = {f"workloads.{name}.deferral.deadline_hours": 0.0 for name in waiting}
    asked = instance, instance.override(none)
    deferred, at_once = plans_of(asked, options or SolveOptions(), executor)
    if not deferred.usable:
        reasons = "; ".join(deferred.reasons) or str(deferred.status)
        raise InstanceError([Fault(f"no plan even with deadlines: {reasons}", "workloads")])
    return DeferralValue(deferred, at_once)
