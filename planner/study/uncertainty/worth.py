"""Value of the stochastic solution, and expected value of perfect information.

    rp   = cost of the plan that looks at all scenarios                       (here-and-now)
    ws   = sum_s probability[s] * cost of the best plan for s alone           (wait-and-see)
    eev  = cost in all scenarios of the fleet that fits the mean demand       (expected value solution)
    evpi = rp - ws >= 0        vss = eev - rp >= 0

Birge and Louveaux, *Introduction to Stochastic Programming*, ch. 4. The fleet is the first stage of
`planner.instance.scenario`, offer by offer: in the first problem it is the same in every scenario, in the
second each scenario has its own, in the third it is that of the mean demand and nothing else is signed. With
plans that are proven only to a gap, each figure is known only to that gap. All are expected costs: the measure
and the limit of risk that an instance has are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.instance.demand_series import scenario_factors
from planner.instance.local_clock import on_horizon_clock
from planner.instance.workload import TOKEN_SERIES
from planner.model.signed import signed_of
from planner.optimize.solve_options import SolveOptions
from planner.study.sweeps.plans import plans_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.executors.protocol import Executor
    from planner.instance import Instance, Workload
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class Worth:
    """Costs in the currency of the instance; `eev` is inf where the fleet of the mean cannot live."""

    rp: float
    ws: float
    eev: float
    gap: float

    @property
    def evpi(self) -> float:
        """Expected value of perfect information."""
        return self.rp - self.ws

    @property
    def vss(self) -> float:
        """Value of the stochastic solution."""
        return self.eev - self.rp


def worth(instance: Instance, options: SolveOptions | None = None, executor: Executor | None = None) -> Worth:
    """Solve the instance, each scenario alone, and the scenarios with the fleet of the mean demand.

    All but the last are solved side by side on an `executor`.

    Raises InstanceError when the instance has no scenarios or one of the first two has no plan.
    """
    if not instance.scenarios:
        raise InstanceError([Fault("has no scenarios to compare", "scenarios")])
    options = options or SolveOptions()
    neutral = instance.override({"risk": {}})
    asked = {
        "all scenarios together": neutral,
        "the mean demand": expected(neutral),
        **{name: only(neutral, name) for name in instance.scenarios},
    }
    plans = dict(zip(asked, plans_of(asked.values(), options, executor), strict=True))
    _refuse_without_plan(plans)
    together, mean, *alone = plans.values()
    signed = signed_of(asked["the mean demand"], mean)
    (lived,) = plans_of([neutral], replace(options, signed=signed), executor)
    shares = [scenario.probability for scenario in instance.scenarios.values()]
    return Worth(
        rp=together.cost,
        ws=sum(share * plan.cost for share, plan in zip(shares, alone, strict=True)),
        eev=lived.cost,
        gap=max(plan.gap for plan in plans.values()),
    )


def only(instance: Instance, scenario: str) -> Instance:
    """The instance were that scenario certain."""
    certain = {**instance.scenarios[scenario].model_dump(mode="json", exclude_unset=True), "probability": 1.0}
    return instance.override({"scenarios": {scenario: certain}})


def expected(instance: Instance) -> Instance:
    """The instance with the mean of its scenarios as its only demand."""
    changes: dict[str, Any] = {"scenarios": {}}
    instance = on_horizon_clock(instance)
    periods = instance.horizon.periods
    probability = np.array([scenario.probability for scenario in instance.scenarios.values()])
    for name, workload in instance.workloads.items():
        factors = [
            np.broadcast_to(scenario_factors(scenario, name), (periods,))
            for scenario in instance.scenarios.values()
        ]
        changes[f"workloads.{name}.demand"] = demand_times(workload, periods, probability @ np.array(factors))
    return instance.override(changes)


def demand_times(
    workload: Workload, periods: int, factors: NDArray[np.float64] | float, first: int = 0
) -> dict[str, Any]:
    """The stated demand of a workload from a period on, times `factors`, as an instance states it."""
    demand: dict[str, Any] = {"scale": workload.demand.scale}
    for key in (*TOKEN_SERIES, "requests_per_s"):
        stated = getattr(workload.demand, key)
        if stated is not None:
            values = np.broadcast_to(np.asarray(stated, dtype=np.float64), (periods,))
            demand[key] = (values[first:] * factors).tolist()
    return demand


def _refuse_without_plan(plans: dict[str, Plan]) -> None:
    faults = [
        Fault(f"no plan for {what}: {'; '.join(plan.reasons) or plan.status}", "scenarios")
        for what, plan in plans.items()
        if not plan.usable
    ]
    if faults:
        raise InstanceError(faults)
