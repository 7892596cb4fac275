"""Cash: what is paid in a stage, and what is tied up at any time, in plans with stages.

    sum of what is paid in stage k                                          <= cash_usd_per_stage     all k
    sum of what is paid until z, less what comes in until z                 <= peak_funding_usd       all moments z

in money of its day (`planner/model/cash.py`), divided by 1,000. Between two moments at which money changes hands at
once, or what is paid evenly changes, the sum is linear in time: it is largest at one of them, before or after what is
paid there. Duals: USD saved by one more dollar of the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.cash import CashBook
from planner.model.relaxable import RelaxableLimit, rows_of
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.variables import Row

THOUSAND = 1e3

AUDITED_BY = ("cash limits", "cash")


def applies(sets: Sets) -> bool:
    """Where cash is limited."""
    limits = sets.market.limits
    return limits.cash_usd_per_stage is not None or limits.peak_funding_usd is not None


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on payments, no part of the cost")


def relaxable(sets: Sets) -> Iterator[RelaxableLimit]:
    """Limits that a user can move."""
    limits, book = sets.market.limits, CashBook.of(sets) if applies(sets) else None
    if book is None:
        return
    if limits.cash_usd_per_stage is not None:
        stages = rows_of("stage", ((stage,) for stage in range(len(book.stages))), -1.0 / THOUSAND)
        yield RelaxableLimit("limits.cash_usd_per_stage", "USD", limits.cash_usd_per_stage, stages, np.inf)
    if limits.peak_funding_usd is not None:
        spans = rows_of("funding", ((at,) for at in range(len(book.until))), -1.0 / THOUSAND)
        yield RelaxableLimit("limits.peak_funding_usd", "USD", limits.peak_funding_usd, spans, np.inf)


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """A row for each stage, and two for each moment."""
    limits, book = sets.market.limits, CashBook.of(sets)
    assert book is not None
    if limits.cash_usd_per_stage is not None:
        for stage, span in enumerate(book.stages):
            terms = _terms(variables, book.within(span).paid())
            yield "stage", (stage,), affine(terms) <= limits.cash_usd_per_stage / THOUSAND
    if limits.peak_funding_usd is not None:
        for at, span in enumerate(book.until):
            terms = _terms(variables, book.within(span).net())
            yield "funding", (at,), affine(terms) <= limits.peak_funding_usd / THOUSAND


def _terms(variables: Variables, cash: Iterable[tuple[str, NDArray[np.float64]]]) -> Iterator[Term]:
    for name, usd in cash:
        there = np.nonzero(usd)
        for position, amount in zip(np.transpose(there).tolist(), usd[there].tolist(), strict=True):
            yield variables[name][tuple(position)], amount / THOUSAND
