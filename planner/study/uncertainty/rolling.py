"""Rolling re-planning: the day unfolds, the forecast moves, the plan follows within a bound on changes.

At period k the load up to k - 1 is known. The forecast for what is left is the load stated by the instance times
actual[k-1] / stated[k-1] (drift). What was signed for the day stays (`planner.study.uncertainty.committed`); what
is left of the day is planned anew, with at most so many nodes moved against the plan that was running, and with
the work that waits by then (`planner.study.uncertainty.carried`). The units of period k are then fixed. At the
end the units that ran meet the actual load, and what they cannot serve is shed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.instance.local_clock import on_horizon_clock, sites_from
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from planner.optimize.verdict import sound
from planner.plan.change import with_change
from planner.study.sweeps.plans import plans_of
from planner.study.uncertainty.carried import Queue
from planner.study.uncertainty.committed import DayCommitments
from planner.study.uncertainty.worth import demand_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.plan.contents import UnitSchedule
    from planner.plan.plan import Plan

ROLLING_OPTIONS = SolveOptions(time_limit_s=20.0, relative_gap=0.01)


@dataclass(frozen=True)
class RollingDay:
    """A day lived: the first plan, the plan that was lived in the end, and the best plan in hindsight.

    `moved[step]` is the largest number of nodes that a step moved in any period against the plan before it.
    """

    planned: Plan
    lived: Plan
    hindsight: Plan
    moved: tuple[int, ...]

    @property
    def regret(self) -> float:
        """Cost above the plan in hindsight with the same fleet."""
        return self.lived.cost - self.hindsight.cost


def roll(
    instance: Instance,
    actual_factors: ArrayLike,
    max_nodes_moved: int | None = None,
    options: SolveOptions = ROLLING_OPTIONS,
    executor: Executor | None = None,
) -> RollingDay:
    """Live a day whose load is the stated one times `actual_factors`, shape [period], re-planning every period.

    Each plan follows from the one before; the two plans of the day as it was are independent, and are solved
    side by side on an `executor`.

    Raises InstanceError when the instance has scenarios or stages, when something may not be shed (the units that run
    may then fail the actual load), or when there is no plan.
    """
    actual = np.asarray(actual_factors, dtype=np.float64)
    _refuse(instance, actual)
    (planned,) = _usable(plans_of([instance], options))
    running = planned
    schedule, commitments = planned, DayCommitments(instance, planned)
    fleet, signed = commitments.day()
    queue, window = Queue(instance, planned), fleet
    moved = []
    for period in range(1, instance.periods):
        queue.live(period - 1, float(actual[period - 1]), window, running)
        rest, left = commitments.window(remaining(fleet, period, float(actual[period - 1])), period)
        window = queue.hand_over(rest, period)
        before = without_first(running, 1)
        narrow = with_change(window, before, max_nodes_moved=max_nodes_moved)
        plan = sound(
            solve(narrow, replace(options, signed=left), start=before), f"the plan from period {period} on"
        )
        if not plan.usable:
            plan = without_first(running, 1, with_service=True)
        moved.append(nodes_moved(before, plan))
        running = plan
        schedule = _splice(schedule, plan, period)
    actual_day = remaining(fleet, 0, actual)
    asked = with_change(actual_day, schedule, max_nodes_moved=0), actual_day
    lived, hindsight = _usable(plans_of(asked, replace(options, signed=signed), executor))
    return RollingDay(planned, lived, hindsight, tuple(moved))


def remaining(instance: Instance, first: int, factors: float | NDArray[np.float64]) -> Instance:
    """The instance from a period on, its load times `factors` (a number, or one value per period left)."""
    changes: dict[str, Any] = {
        "horizon.start": instance.horizon.moment(first).isoformat(),
        "horizon.periods": instance.horizon.periods - first,
    }
    instance = on_horizon_clock(instance)
    for name, workload in instance.workloads.items():
        changes[f"workloads.{name}.demand"] = demand_times(workload, instance.horizon.periods, factors, first)
    sites = sites_from(instance, first, instance.horizon.periods - first)
    return instance.model_copy(update={"baseline": None, "sites": sites}).override(changes)


def _refuse(instance: Instance, actual: NDArray[np.float64]) -> None:
    faults = []
    if instance.scenarios:
        faults.append(Fault("a day is rolled without scenarios", "scenarios"))
    if instance.stages:
        faults.append(Fault("a day is rolled without stages", "stages"))
    for name, workload in instance.workloads.items():
        if workload.shed_usd_per_million_tokens is None and workload.shed_usd_per_million_requests is None:
            faults.append(
                Fault("needs a price of shedding, for load above the forecast", f"workloads.{name}")
            )
    if actual.shape != (instance.periods,):
        faults.append(
            Fault(f"{actual.size} factors, the horizon has {instance.periods} periods", "actual_factors")
        )
    if faults:
        raise InstanceError(faults)


def _usable(plans: list[Plan]) -> list[Plan]:
    for plan in plans:
        if not plan.usable:
            raise InstanceError([Fault(f"no plan: {'; '.join(plan.reasons) or plan.status}")])
    return plans


def without_first(plan: Plan, first: int, with_service: bool = False) -> Plan:
    """A plan without its first periods, as far as its units go, or also what they serve."""
    units = tuple(replace(u, on=u.on[first:], busy_limit=u.busy_limit[first:]) for u in plan.units)
    later = replace(plan, periods=plan.periods[first:], units=units, holdings=(), placed=(), use=())
    later = replace(later, served=(), shed=(), routed=())
    if not with_service:
        return later
    served = tuple(replace(entry, per_s=entry.per_s[first:]) for entry in plan.served)
    shed = tuple(replace(entry, per_s=entry.per_s[first:]) for entry in plan.shed)
    outsourced = tuple(replace(entry, share=entry.share[first:]) for entry in plan.outsourced)
    routed = tuple(replace(entry, share=entry.share[first:]) for entry in plan.routed)
    return replace(later, served=served, shed=shed, outsourced=outsourced, routed=routed)


def _pools(plan: Plan) -> Iterator[tuple[UnitSchedule, NDArray[np.float64]]]:
    for unit in plan.units:
        yield unit, np.asarray(unit.on, dtype=np.float64) * unit.nodes


def nodes_moved(before: Plan, after: Plan) -> int:
    """Largest number of nodes that join pools, or that leave them, in any period."""
    was = {unit.unit: nodes for unit, nodes in _pools(before)}
    now = {unit.unit: nodes for unit, nodes in _pools(after)}
    nothing = np.zeros(len(after.periods))
    steps = [now.get(name, nothing) - was.get(name, nothing) for name in sorted({*was, *now})]
    joined = sum((np.maximum(step, 0) for step in steps), nothing)
    left = sum((np.maximum(-step, 0) for step in steps), nothing)
    return math.ceil(float(max(joined.max(initial=0.0), left.max(initial=0.0))) - 1e-9)


def _splice(done: Plan, plan: Plan, period: int) -> Plan:
    """Units of `done` before a period, and of `plan`, which begins there, from then on."""
    old, new = ({unit.unit: unit for unit in source.units} for source in (done, plan))
    units = []
    for name in sorted({*old, *new}):
        kind = old.get(name) or new[name]
        before = old[name].on[:period] if name in old else (0,) * period
        after = new[name].on if name in new else (0,) * len(plan.periods)
        units.append(replace(kind, on=(*before, *after), busy_limit=()))
    return replace(done, units=tuple(units), placed=())
