"""Decode money by stage: what a plan costs there, what it pays and receives, and how much is tied up at most."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.model.cash import CashBook, costs_by_stage
from planner.model.cash_set import SLACK
from planner.model.premium import tight_premium
from planner.plan.contents import CashOfStage, CostOfStage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from planner.model.cash import YearSpan
    from planner.model.sets import Sets
    from planner.model.values import Values


PREMIUM = "risk_premium"


def cash_by_stage(sets: Sets, values: Values) -> tuple[CashOfStage, ...]:
    """One record a stage; none without stages."""
    book = CashBook.of(sets)
    if book is None:
        return ()
    tied_up = [(span, _total(values, book.within(span).net())) for span in book.until]
    records = []
    for name, span, (begin, end) in zip(book.set.stages, book.stages, pairwise(book.set.edges), strict=True):
        moved = book.within(span)
        at_start = _total(values, moved.at_start.items())
        over_time = _total(values, moved.over_time.items())
        received = _total(values, moved.received.items())
        peak = max(usd for until, usd in tied_up if _falls_in(until, begin, end))
        records.append(CashOfStage(name, at_start, over_time, received, peak))
    return tuple(records)


def cost_by_stage(sets: Sets, values: Values) -> tuple[CostOfStage, ...]:
    """One record for each stage and line of the cost that is not nothing there; none without stages."""
    records = []
    for one in costs_by_stage(sets):
        decided = np.full(1, tight_premium(sets, values)) if one.line == PREMIUM else values.at(one.variable)
        for stage, usd in zip(sets.cash.stages if sets.cash else (), one.usd, strict=True):
            if cost := float((usd * decided).sum()):
                records.append(CostOfStage(stage, one.line, cost))
    return tuple(records)


def _falls_in(until: YearSpan, begin: float, end: float) -> bool:
    """Whether a moment is one of a stage: what is paid at its beginning counts in it, what is paid at its end not."""
    inside = begin + SLACK < until.end < end - SLACK
    return inside or abs(until.end - (begin if until.closed else end)) <= SLACK


def _total(values: Values, cash: Iterable[tuple[str, NDArray[np.float64]]]) -> float:
    return sum(float((usd * values.at(name)).sum()) for name, usd in cash)
