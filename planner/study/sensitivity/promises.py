"""Cost of promises: what each costs were it one step looser or tighter, all else as it is.

    change = cost(step) - cost(stated),   by proof between bound(step) - cost(stated) and cost(step) - bound(stated)

Steps: a time limit (time to first token, time per output token, deadline) times or divided by `times`; its percentile
to the next of p50, p90, p95, p99, p999 at the same limit; an availability with ten times or a tenth of the time lost.
Both plans are proven only to a gap: where zero lies between the ends nobody knows which of them costs more, and no
change is reported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.core.executors.each import each
from planner.core.solution import Status
from planner.core.suggest import did_you_mean
from planner.instance import Instance
from planner.instance.deferral import Deferral
from planner.optimize.solve_options import SolveOptions
from planner.study.sweeps.plans import SolveRequest, plan_of, plans_of, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.core.executors.protocol import Executor
    from planner.plan.plan import Plan

    Data = dict[str, Any]

PERCENTILES = ("p50", "p90", "p95", "p99", "p999")
TIMES = 1.5
"""How far a time limit moves where nobody says otherwise."""
TENFOLD = 10.0
DIGITS = 12
"""Digits of a limit that moved."""


@dataclass(frozen=True)
class PromiseStep:
    """One promise of a workload moved by one step: its key, and its value before and after as text."""

    workload: str
    promise: str
    stated: str
    moved: str
    tighter: bool
    changed: Instance


@dataclass(frozen=True)
class PromiseCost:
    """What a step costs (negative: saves), in the currency of the instance; `plan` is the best one found there."""

    step: PromiseStep
    base: Plan
    plan: Plan

    @property
    def change(self) -> float | None:
        """Cost after less cost before; None where there is no plan, or where the gaps cannot tell it from nothing."""
        return self.plan.cost - self.base.cost if self.reported else None

    @property
    def least(self) -> float:
        """No less than this by proof; -inf without a bound."""
        return self.plan.bound - self.base.cost

    @property
    def most(self) -> float:
        """No more than this by proof; inf without a plan."""
        return self.plan.cost - self.base.bound if self.plan.usable else math.inf

    @property
    def reported(self) -> bool:
        """Whether the proofs tell which of the two costs more, or that they cost the same."""
        if not self.plan.usable:
            return False
        return self.least > 0 or self.most < 0 or self.least == self.most

    @property
    def impossible(self) -> bool:
        """Whether no plan can keep it."""
        return self.plan.status is Status.INFEASIBLE


def promise_steps(
    instance: Instance, times: float = TIMES, workloads: Sequence[str] = ()
) -> list[PromiseStep]:
    """Every promise of every workload, or of some, looser and tighter by one step where there is one.

    Raises InstanceError where nothing is promised, a workload is none, or `times` is not above 1.
    """
    faults = [
        Fault(f"there is no workload {name!r}{did_you_mean(name, instance.workloads)}")
        for name in workloads
        if name not in instance.workloads
    ]
    if not (math.isfinite(times) and times > 1.0):
        faults.append(Fault(f"limits move by a factor above 1, not by {times:g}"))
    if faults:
        raise InstanceError(faults)
    asked = [name for name in instance.workloads if not workloads or name in workloads]
    steps = [step for name in asked for step in _of_workload(instance, name, times)]
    if not steps:
        raise InstanceError([Fault("nothing is promised: give sla or deferral", "workloads")])
    return steps


def promise_costs(
    instance: Instance,
    options: SolveOptions | None = None,
    executor: Executor | None = None,
    times: float = TIMES,
    workloads: Sequence[str] = (),
    plan: Plan | None = None,
) -> list[PromiseCost]:
    """Solve an instance with every step of `promise_steps`, and as it is unless its `plan` is given.

    On an `executor` the steps are solved side by side.

    Raises InstanceError where `promise_steps` does, or where there is no plan of the instance as it is.
    """
    steps = promise_steps(instance, times, workloads)
    options = options or SolveOptions()
    base = plan if plan is not None else plans_of([instance], options)[0]
    if not base.usable:
        reasons = "; ".join(base.reasons) or str(base.status)
        raise InstanceError([Fault(f"no plan with the promises as stated: {reasons}", "workloads")])
    how = options if executor is None else side_by_side(options)
    asked = [SolveRequest(step.changed, how, None if step.tighter else base) for step in steps]
    found = each(plan_of, asked, executor)
    return [PromiseCost(step, base, plan) for step, plan in zip(steps, found, strict=True)]


def _of_workload(instance: Instance, name: str, times: float) -> Iterator[PromiseStep]:
    """Steps of one workload, in the order of the schema."""
    workload = instance.workloads[name]
    sla = workload.sla
    if sla.ttft_ms is not None:
        limits = {key: value for key, value in sla.ttft_ms if value is not None}
        for key, limit in limits.items():
            for tighter, moved in _time_steps(limit, times):
                changed = _with(instance, name, "sla", ttft_ms={**limits, key: moved})
                yield PromiseStep(name, f"ttft_ms.{key}", f"{limit:g}", f"{moved:g}", tighter, changed)
            for tighter, other in _percentile_steps(key):
                kept = {at: value for at, value in limits.items() if at != key}
                kept[other] = min(limit, limits.get(other, math.inf))
                changed = _with(instance, name, "sla", ttft_ms=kept)
                yield PromiseStep(name, f"ttft_ms {limit:g}", key, other, tighter, changed)
    if sla.tpot_ms is not None:
        for tighter, moved in _time_steps(sla.tpot_ms, times):
            changed = _with(instance, name, "sla", tpot_ms=moved)
            yield PromiseStep(name, "tpot_ms", f"{sla.tpot_ms:g}", f"{moved:g}", tighter, changed)
    if sla.availability is not None:
        for tighter, moved in _availability_steps(sla.availability):
            changed = _with(instance, name, "sla", availability=moved)
            yield PromiseStep(name, "availability", f"{sla.availability:g}", f"{moved:.9g}", tighter, changed)
    if workload.deferral is not None and workload.deferral.deadline_hours > 0:
        hours = workload.deferral.deadline_hours
        for tighter, moved in _deadline_steps(hours, times, instance.horizon.period_hours):
            changed = _with(instance, name, "deferral", deadline_hours=moved)
            yield PromiseStep(name, "deferral.deadline_hours", f"{hours:g}", f"{moved:g}", tighter, changed)


def _time_steps(limit: float, times: float) -> tuple[tuple[bool, float], ...]:
    """Whether it is tighter, and the limit, rounded to what can be read."""
    return (False, float(f"{limit * times:.4g}")), (True, float(f"{limit / times:.4g}"))


def _deadline_steps(limit: float, times: float, period_hours: float) -> Iterator[tuple[bool, float]]:
    """Steps of a deadline in hours, of which whole periods count: another number of them each time."""

    def periods(hours: float) -> int:
        return Deferral(deadline_hours=hours).periods(period_hours)

    yield False, max(periods(limit) + 1, periods(limit * times)) * period_hours
    if periods(limit) > 0:
        yield True, min(periods(limit) - 1, periods(limit / times)) * period_hours


def _percentile_steps(key: str) -> Iterator[tuple[bool, str]]:
    place = PERCENTILES.index(key)
    if place > 0:
        yield False, PERCENTILES[place - 1]
    if place + 1 < len(PERCENTILES):
        yield True, PERCENTILES[place + 1]


def _availability_steps(share: float) -> Iterator[tuple[bool, float]]:
    lost = 1.0 - share
    looser, tighter = round(1.0 - TENFOLD * lost, DIGITS), round(1.0 - lost / TENFOLD, DIGITS)
    if looser > 0.0:
        yield False, looser
    if tighter < 1.0:
        yield True, tighter


def _with(instance: Instance, workload: str, part: str, **values: Any) -> Instance:
    """The instance with other values in one part of a workload, whose name may have dots in it."""
    data: Data = instance.to_dict()
    one = data["workloads"][workload]
    one[part] = {**one[part], **values}
    return Instance.from_dict(data)
