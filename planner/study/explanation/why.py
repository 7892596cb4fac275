"""Explain: an instance and its plan -> Explanation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.core.solution import Status
from planner.instance import Phase
from planner.instance.length_choices import as_planned
from planner.model.prepare import sets_of
from planner.optimize.engines import EnginePool
from planner.optimize.infeasibility.hardest import WINDOW, is_long
from planner.optimize.infeasibility.reasons import infeasible_reasons
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from planner.optimize.verdict import of_the_instance, sound
from planner.plan.duration import duration
from planner.plan.ending import ending
from planner.rates.compute import compute_rates
from planner.study.explanation.binding import hours_of
from planner.study.explanation.case import case_of
from planner.study.explanation.commitments import commitments_of
from planner.study.explanation.full import full_channels
from planner.study.explanation.lost import lost_of
from planner.study.explanation.marginal import marginals_of
from planner.study.explanation.next_best import next_best_of
from planner.study.explanation.part import hardest_part
from planner.study.explanation.records import Explanation
from planner.study.explanation.sentences import sentences
from planner.verify.audit import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.study.explanation.case import ExplainedPlan


NEARBY = (
    "availability admits numbers of units near those of this plan alone: prices of more demand, and what lost, are "
    "told among such plans, and nothing is proven of others"
)


@dataclass(frozen=True)
class ExplainOptions:
    """How much to find out: `time_limit_s` for the whole-number re-solves of the next best options,
    `checked_periods` of each work where marginal costs are checked by re-solves; `solve` is how a plan is
    found where none is given."""

    time_limit_s: float = 30.0
    checked_periods: int = 3
    workers: int = 2
    seed: int = 1
    solve: SolveOptions = field(default_factory=SolveOptions)


def explain(
    instance: Instance, plan: Plan | None = None, options: ExplainOptions | None = None
) -> Explanation:
    """Say why a plan is as it is; without a plan one is solved for first.

    Of a long horizon the hardest window is explained. Where no plan exists the explanation has only
    `reasons`: what is short, where, and the cheapest repairs. Raises InstanceError when the plan given does
    not hold for the instance.
    """
    options = options or ExplainOptions()
    plan = sound(plan if plan is not None else solve(instance, options.solve))
    instance = as_planned(instance, plan.question)
    rates = compute_rates(instance)
    if not plan.usable:
        return _without_plan(instance, plan, rates)
    of_the_instance(plan, "an explanation")
    violations = check(instance, plan, rates).violations
    if violations:
        head = Fault("the plan does not hold for this instance")
        raise InstanceError([head, *(Fault(str(violation)) for violation in violations)])
    if is_long(instance):
        return _of_part(instance, hardest_part(instance, plan, rates, WINDOW), options)
    with EnginePool(options.workers) as engines:
        case = case_of(instance, plan, rates, engines)
        found = Explanation(
            instance=instance.name,
            status=str(plan.status),
            currency=instance.currency,
            cost=plan.cost,
            bound=plan.bound if math.isfinite(plan.bound) else None,
            relaxed_cost=case.relaxed.cost,
            gap_asked=plan.gap_asked,
            duration=duration(plan),
            period_hours=plan.period_hours,
            nearby=case.nearby,
            full=full_channels(case, engines),
            hours=hours_of(case),
            marginals=marginals_of(case, engines, options.checked_periods),
            lost=lost_of(case, engines),
            next_best=next_best_of(case, engines, options.time_limit_s, options.seed),
            break_even=commitments_of(case),
            notes=tuple(_notes(case)),
        )
    return replace(found, sentences=tuple(sentences(found)))


def _of_part(instance: Instance, part: Instance, options: ExplainOptions) -> Explanation:
    """The explanation of a window of a long horizon, and the note that says so."""
    explanation = explain(part, None, options)
    note = (
        f"this is about {part.horizon.periods:,} of {instance.horizon.periods:,} periods, from "
        f"{part.labels()[0]} on, where demand is closest to its peak, planned again with the commitments "
        "of the plan held"
    )
    return replace(explanation, notes=(note, *explanation.notes))


def _without_plan(instance: Instance, plan: Plan, rates: Rates) -> Explanation:
    reasons = plan.reasons
    if plan.status is Status.NO_PLAN:
        reasons = (f"no plan was found ({ending(plan.limit)}), and none was proven impossible",)
    elif not reasons:
        reasons = infeasible_reasons(instance, rates, sets_of(instance, rates))
    return Explanation(
        instance=plan.instance,
        status=str(plan.status),
        currency=plan.currency,
        cost=None,
        bound=None,
        relaxed_cost=None,
        reasons=reasons,
    )


def _notes(case: ExplainedPlan) -> Iterator[str]:
    plan = case.plan
    rounding = plan.cost - case.relaxed.cost
    if plan.cost > 0 and not case.nearby:
        yield (
            f"were everything divisible, the cost would be {case.relaxed.cost:,.2f}: whole units, whole "
            f"nodes and what is not yet proven make up {rounding / plan.cost:.2%}"
        )
    if case.nearby:
        yield NEARBY
    yield from _transfers(case)
    yield from case.sets.remarks
    yield "prices of the relaxation need not be unique; where a check says so, the price is one of many"


def _transfers(case: ExplainedPlan) -> Iterator[str]:
    """What handing KV caches over takes of each promised time to first token, for the units that the plan runs."""
    running = {schedule.unit for schedule in case.plan.units}
    for place, work in enumerate(case.rates.works):
        workload = case.instance.workloads[work.workload]
        if work.phase is not Phase.PREFILL or workload.sla.ttft_ms is None:
            continue
        details = {
            unit.name: case.rates.details[index][work.name]
            for index, unit in enumerate(case.rates.units)
            if case.rates.rate[index, place] > 0 and unit.name in running
        }
        for what, key in (("transfer of the KV cache", "kv_transfer_ms"), ("network", "network_ms")):
            by_unit = {name: getattr(detail, key) for name, detail in details.items()}
            parts = [
                f"{name} {milliseconds:,.1f} ms" for name, milliseconds in by_unit.items() if milliseconds
            ]
            if parts:
                yield f"{work.workload}: its time to first token holds the {what}: {', '.join(parts)}"
