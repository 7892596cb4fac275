"""Marginal cost: what one more token per second of a work costs, in every period.

Three answers, because capacity comes in whole units: what the duals say with the plan's units held (nothing
while there is headroom), the same with everything divisible (the price in the long run), and the cost of the
next whole unit. Duals are checked by re-solves on both sides in a few periods.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import MILLION, SECONDS_PER_HOUR
from planner.study.explanation.case import EXACT
from planner.study.explanation.more_demand import demand_prices, with_more_demand
from planner.study.explanation.records import DualCheck, Marginal

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.core.solution import Solution
    from planner.optimize.engines import EnginePool, LinearProgram
    from planner.study.explanation.case import ExplainedPlan

STEP = 1e-4
SMALLEST = 1e-8  # of the demand: less is beyond an engine's tolerance
AGREE = 1e-4

Answer = "Future[Solution]"


def marginals_of(case: ExplainedPlan, engines: EnginePool, checked: int = 3) -> tuple[Marginal, ...]:
    """One record for each work and period with demand, with checks in `checked` periods of each work."""
    held, relaxed = demand_prices(case, case.held), demand_prices(case, case.relaxed)
    per_million = MILLION / (SECONDS_PER_HOUR * case.sets.timeline.discounted_hours)
    records, pending = [], []
    for work, period in np.argwhere(case.sets.demand > 0).tolist():
        records.append(
            Marginal(
                work=case.sets.works[work].name,
                period=case.plan.periods[period],
                headroom_per_s=float(case.headroom[work, period]),
                units_held=float(held[work, period]) + 0.0,
                relaxed=float(relaxed[work, period]) + 0.0,
                relaxed_per_million=float(relaxed[work, period] * per_million[period]) + 0.0,
            )
        )
        chosen = period in periods_to_check(case, work, checked)
        pending.append(_ask(case, engines, work, period, records[-1]) if chosen else None)
    return tuple(
        record if answers is None else answers(record)
        for record, answers in zip(records, pending, strict=True)
    )


def periods_to_check(case: ExplainedPlan, work: int, count: int) -> list[int]:
    """Periods spread over the demand of a work: its peak, its least, and those between."""
    asked = np.flatnonzero(case.sets.demand[work] > 0)
    order = asked[np.argsort(case.sets.demand[work, asked], kind="stable")]
    if count < 1 or not order.size:
        return []
    return sorted({int(order[round(share * (len(order) - 1))]) for share in np.linspace(1.0, 0.0, count)})


def _ask(
    case: ExplainedPlan, engines: EnginePool, work: int, period: int, record: Marginal
) -> Callable[[Marginal], Marginal]:
    """Queue the re-solves of one work and period; returns what completes its record."""
    step = max(STEP * float(case.sets.demand[work, period]), 1e-9)
    sides = [with_more_demand(case, work, period, more) for more in (-step, step)]
    both = [
        [engines.submit(program, options=EXACT) for program in programs]
        for programs in (
            [program.fixed(case.columns) for program in sides],
            [program.relaxed() for program in sides],
        )
    ]
    one = max(1.0, SMALLEST * float(case.sets.demand[work, period]))
    local = [
        engines.submit(_local(case, with_more_demand(case, work, period, more), period), options=EXACT)
        for more in (0.0, record.headroom_per_s + one)
    ]

    def complete(record: Marginal) -> Marginal:
        held, relaxed = (
            _check([future.result() for future in answers], base, step, dual)
            for answers, base, dual in zip(
                both, (case.held, case.relaxed), (record.units_held, record.relaxed), strict=True
            )
        )
        before, after = (future.result() for future in local)
        known = before.values is not None and after.values is not None
        next_unit = max(0.0, after.cost - before.cost) if known else None
        return replace(record, next_unit=next_unit, units_held_check=held, relaxed_check=relaxed)

    return complete


def _check(sides: list[Solution], base: Solution, step: float, dual: float) -> DualCheck:
    less, more = sides
    left = (base.cost - less.cost) / step if less.values is not None else None
    right = (more.cost - base.cost) / step if more.values is not None else None
    scale = max(abs(dual), abs(left or 0.0), abs(right or 0.0))
    # what an LP solver's own tolerances amount to, spread over the step
    slack = AGREE * scale + 1e-9 * abs(base.cost) / step
    known = [side for side in (left, right) if side is not None]
    # shares of whole requests make the cost bend down as well as up
    low = -np.inf if left is None else min(known)
    high = np.inf if right is None else max(known)
    agrees = low - slack <= dual <= high + slack
    degenerate = len(known) < 2 or abs(known[1] - known[0]) > 2 * slack
    return DualCheck(left=left, right=right, agrees=bool(agrees), degenerate=degenerate)


def _local(case: ExplainedPlan, program: LinearProgram, period: int) -> LinearProgram:
    """A program in which only this period's units, and starts and nodes held anywhere, may change."""
    kept = np.zeros(program.column_count, dtype=bool)
    kept[np.delete(case.on_columns, period, axis=1)] = True
    return program.held(kept, np.round(case.columns))
