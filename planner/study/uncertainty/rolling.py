"""Rolling re-planning: the day unfolds, the forecast moves, the plan follows within a bound on changes.

At period k the load up to k - 1 is known. The forecast for what is left is the load stated by the instance times
came[k-1] / stated[k-1], workload by workload and series by series (`planner.study.uncertainty.drift`). What was signed
for the day stays (`planner.study.uncertainty.committed`); what is left of the day is planned anew, with at most so many
nodes moved against the plan that was running, and with the work that waits by then
(`planner.study.uncertainty.carried`). Until it is planned again that plan runs. At the end the units that ran meet the
load that came, and what they cannot serve is shed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.instance import Instance
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from planner.optimize.verdict import sound
from planner.plan.change import with_change
from planner.study.sweeps.plans import plans_of
from planner.study.uncertainty.carried import Queue
from planner.study.uncertainty.committed import DayCommitments
from planner.study.uncertainty.drift import LoadThatCame, as_it_came, drift_of_works, remaining
from planner.study.unserved import without_price

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from planner.core.executors.protocol import Executor
    from planner.model.signed import Signed
    from planner.plan.contents import UnitSchedule
    from planner.plan.plan import Plan

ROLLING_OPTIONS = SolveOptions(time_limit_s=20.0, relative_gap=0.01)


@dataclass(frozen=True)
class RollingStep:
    """One time that the rest of the day was planned anew: from which period on, and what moved by it.

    `drift` is the load that came over the one stated in the period before, by workload. `nodes_moved` is the largest
    number of nodes that join pools, or leave them, in any period against the plan that ran; where there was `no_plan`
    within the limits, that plan runs on.
    """

    period: str
    drift: dict[str, float]
    nodes_moved: int
    no_plan: bool


@dataclass(frozen=True)
class RollingState:
    """A day as far as it has been lived: the first plan, the steps, and the plan that runs, from period `first` on."""

    planned: Plan
    steps: tuple[RollingStep, ...]
    running: Plan
    first: int
    schedule: Plan
    fleet: Instance
    signed: Signed | None


@dataclass(frozen=True)
class RollingDay:
    """A day lived: the first plan, the plan that was lived in the end, and the best plan in hindsight.

    `held` is what the first plan would have cost, had its units run as they were planned. All meet what came with the
    nodes that were signed.
    """

    planned: Plan
    lived: Plan
    hindsight: Plan
    held: Plan
    steps: tuple[RollingStep, ...]

    @property
    def moved(self) -> tuple[int, ...]:
        """Largest number of nodes that each step moved in any period against the plan before it."""
        return tuple(step.nodes_moved for step in self.steps)

    @property
    def regret(self) -> float:
        """Cost above the plan in hindsight with the same fleet."""
        return self.lived.cost - self.hindsight.cost


@dataclass(frozen=True)
class RollingRule:
    """How often the rest is planned anew, in periods, and how many nodes may move in a period each time."""

    every: int = 1
    max_nodes_moved: int | None = None


def roll(
    instance: Instance,
    came: ArrayLike | Instance,
    max_nodes_moved: int | None = None,
    options: SolveOptions = ROLLING_OPTIONS,
    executor: Executor | None = None,
    planned: Plan | None = None,
    every: int = 1,
) -> RollingDay:
    """Live a day, re-planning every so many periods.

    Its load is that of the instance `came`, or the stated one times factors, shape [period]. `planned` is the plan that
    it begins with; absent, one is made. Each plan follows from the one before; the last ones are independent, and are
    solved side by side on an `executor`.

    Raises InstanceError when the instance has scenarios or stages, when something may not be shed (the units that run
    may then fail the load that came), when `planned` is of another horizon, or when there is no plan.
    """
    if isinstance(came, Instance):
        load = LoadThatCame(came)
    else:
        load = _with_factors(instance, np.asarray(came, dtype=np.float64))
    rule = RollingRule(every, max_nodes_moved)
    state = roll_until(instance, load, instance.periods, rule, options, planned)
    day = as_it_came(state.fleet, load.instance)
    kept = [with_change(day, one, max_nodes_moved=0) for one in (state.schedule, _plain(state.planned))]
    signed = replace(options, signed=state.signed)
    lived, held, hindsight = _usable(plans_of((*kept, day), signed, executor))
    return RollingDay(state.planned, lived, hindsight, held, state.steps)


def roll_until(
    instance: Instance,
    came: LoadThatCame,
    known: int,
    rule: RollingRule,
    options: SolveOptions = ROLLING_OPTIONS,
    planned: Plan | None = None,
) -> RollingState:
    """Live the first `known` periods of a day; the rest is planned with what is known.

    Raises what `roll` raises.
    """
    refuse_rolling(instance, rule, planned)
    if planned is None:
        (planned,) = _usable(plans_of([instance], options))
    running, schedule, begun = planned, _plain(planned), 0
    commitments = DayCommitments(instance, planned)
    fleet, signed = commitments.day()
    queue, window = Queue(instance, planned), fleet
    steps = []
    for period in range(1, min(known, instance.periods - 1) + 1):
        queue.live(period - 1, came.instance, window, running, period - 1 - begun)
        if period % rule.every and period != known:
            continue
        drift = came.drift(instance, period - 1)
        rest, left = commitments.window(remaining(fleet, period, drift), period)
        window = queue.hand_over(rest, period)
        before = without_first(running, period - begun)
        narrow = with_change(window, before, max_nodes_moved=rule.max_nodes_moved)
        plan = sound(
            solve(narrow, replace(options, signed=left), start=before), f"the plan from period {period} on"
        )
        label, none = instance.labels()[period], not plan.usable
        if none:
            plan = without_first(running, period - begun, with_service=True)
        steps.append(
            RollingStep(
                label, drift_of_works(instance, came.instance, period - 1), nodes_moved(before, plan), none
            )
        )
        running, begun = plan, period
        schedule = _splice(schedule, plan, period)
    return RollingState(planned, tuple(steps), running, begun, schedule, fleet, signed)


def _with_factors(instance: Instance, factors: NDArray[np.float64]) -> LoadThatCame:
    """The stated load times factors, shape [period]. Raises InstanceError where they are not so many."""
    if instance.scenarios or instance.stages:
        return LoadThatCame(instance)  # refused further on, by name
    if factors.shape != (instance.periods,):
        message = f"{factors.size} factors, the horizon has {instance.periods} periods"
        raise InstanceError([Fault(message, "came")])
    return LoadThatCame(remaining(instance, 0, factors), factors)


def refuse_rolling(instance: Instance, rule: RollingRule, planned: Plan | None) -> None:
    """Raise InstanceError with everything that keeps a day from being rolled."""
    faults = []
    if instance.scenarios:
        faults.append(Fault("a day is rolled without scenarios", "scenarios"))
    if instance.stages:
        faults.append(Fault("a day is rolled without stages", "stages"))
    faults += [
        Fault("needs a price of shedding, for load above the forecast", f"workloads.{name}")
        for name in without_price(instance)
    ]
    if rule.every < 1:
        faults.append(Fault(f"{rule.every} periods: the rest is planned anew after one at least", "every"))
    if planned is not None and not planned.usable:
        faults.append(Fault(f"is no plan that runs: its status is {planned.status}", "planned"))
    elif planned is not None and list(planned.periods) != instance.labels():
        faults.append(Fault("is a plan of another horizon than the instance", "planned"))
    if faults:
        raise InstanceError(faults)


def _plain(plan: Plan) -> Plan:
    """A plan as far as its units go."""
    return replace(plan, placed=())


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
