"""Marginal cost: what one more token per second of a work costs, in every period.

Three answers, because capacity comes in whole units: the dual of the demand row with the plan's units held
(nothing while there is headroom), the same dual with everything divisible (the price in the long run), and
the cost of the next whole unit. Duals are checked by re-solves on both sides in a few periods.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.explanation.case import EXACT
from planner.explanation.records import Check, Marginal

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from planner.engines import EnginePool, LinearProgram
    from planner.explanation.case import Case
    from planner.solution import Solution

STEP = 1e-3
AGREE = 1e-4
SECONDS_PER_HOUR = 3600.0
MILLION = 1e6

Answer = "Future[Solution]"


def marginals_of(case: Case, pool: EnginePool, checked: int = 3) -> tuple[Marginal, ...]:
    """One record for each work and period with demand, with checks in `checked` periods of each work."""
    held, relaxed = case.demand_duals(case.held), case.demand_duals(case.relaxed)
    per_million = MILLION / (SECONDS_PER_HOUR * case.sets.timeline.weighted_hours)
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
        pending.append(_ask(case, pool, work, period, records[-1]) if chosen else None)
    return tuple(
        record if answers is None else answers(record)
        for record, answers in zip(records, pending, strict=True)
    )


def periods_to_check(case: Case, work: int, count: int) -> list[int]:
    """Periods spread over the demand of a work: its peak, its least, and those between."""
    asked = np.flatnonzero(case.sets.demand[work] > 0)
    order = asked[np.argsort(case.sets.demand[work, asked], kind="stable")]
    if count < 1 or not order.size:
        return []
    return sorted({int(order[round(share * (len(order) - 1))]) for share in np.linspace(1.0, 0.0, count)})


def _ask(
    case: Case, pool: EnginePool, work: int, period: int, record: Marginal
) -> Callable[[Marginal], Marginal]:
    """Queue the re-solves of one work and period; returns what completes its record."""
    step = max(STEP * float(case.sets.demand[work, period]), 1e-9)
    both = [
        _sides(case, pool, program, work, period, step)
        for program in (_held_program(case), case.program.relaxed())
    ]
    beyond = record.headroom_per_s + max(1.0, step)
    local = [
        pool.submit(case.with_demand(_local(case, period), work, period, more), "highs", EXACT)
        for more in (0.0, beyond)
    ]

    def complete(record: Marginal) -> Marginal:
        held, relaxed = (
            _check([future.result() for future in sides], base, step, dual)
            for sides, base, dual in zip(
                both, (case.held, case.relaxed), (record.units_held, record.relaxed), strict=True
            )
        )
        before, after = (future.result() for future in local)
        known = before.values is not None and after.values is not None
        next_unit = max(0.0, after.cost - before.cost) if known else None
        return replace(record, next_unit=next_unit, units_held_check=held, relaxed_check=relaxed)

    return complete


def _held_program(case: Case) -> LinearProgram:
    return case.program.fixed(case.columns)


def _sides(
    case: Case, pool: EnginePool, program: LinearProgram, work: int, period: int, step: float
) -> list[Future[Solution]]:
    return [
        pool.submit(case.with_demand(program, work, period, more), "highs", EXACT) for more in (-step, step)
    ]


def _check(sides: list[Solution], base: Solution, step: float, dual: float) -> Check:
    less, more = sides
    left = (base.cost - less.cost) / step if less.values is not None else None
    right = (more.cost - base.cost) / step if more.values is not None else None
    scale = max(abs(dual), abs(left or 0.0), abs(right or 0.0))
    # what an LP solver's own tolerances amount to, spread over the step
    slack = AGREE * scale + 1e-9 * abs(base.cost) / step
    below = left is None or dual >= left - slack
    above = right is None or dual <= right + slack
    degenerate = left is None or right is None or right - left > 2 * slack
    return Check(left=left, right=right, agrees=below and above, degenerate=degenerate)


def _local(case: Case, period: int) -> LinearProgram:
    """The program in which only this period's units, and starts and nodes held anywhere, may change."""
    program = case.program
    kept = np.array([_is_other_period(name, period) for name in program.column_names])
    whole = np.round(case.columns)
    return program.with_bounds(np.where(kept, whole, program.lower), np.where(kept, whole, program.upper))


def _is_other_period(name: str, period: int) -> bool:
    return name.startswith("on_") and int(name.rsplit("_", 1)[1]) != period
