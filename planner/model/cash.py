"""Cash: what one of each variable pays and brings in over a span of the plan, in money of its day.

    nodes whose channel says when they are paid     its flows (`planner/instance/channels/cash_flows.py`)
    all else that is billed                         its cost without discount, evenly over the stages of its span

What is not served, what nodes would earn elsewhere, and a premium for risk is no payment. Amounts are expected: by the
probabilities of the scenarios. There is none of it in a plan without stages, in which no time has a date.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import spans_of
from planner.model.cash_set import SLACK
from planner.model.costs import priced_terms, term_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance.channels.cash_flows import Flow
    from planner.model.cash_set import CashSet
    from planner.model.sets import Sets

    Floats = NDArray[np.float64]

NODES = "acquire"


@dataclass(frozen=True)
class YearSpan:
    """Time between two moments, in years from the beginning. What is paid at `end` itself is in it where `closed`."""

    begin: float
    end: float
    closed: bool = False

    def holds(self, flow: Flow) -> bool:
        """Whether a payment at one moment falls in it."""
        until = self.end + SLACK if self.closed else self.end - SLACK
        return self.begin - SLACK <= flow.begin < until

    def share(self, begin: Floats | float, end: Floats | float) -> Floats:
        """Share of a time that falls in it."""
        inside = np.minimum(end, self.end) - np.maximum(begin, self.begin)
        return np.asarray(np.maximum(inside, 0.0) / (np.asarray(end) - begin))


@dataclass(frozen=True)
class Cash:
    """USD by kind that one of each variable moves, by name of the variable, on its axes."""

    at_start: dict[str, Floats]
    over_time: dict[str, Floats]
    received: dict[str, Floats]

    def paid(self) -> Iterator[tuple[str, Floats]]:
        """What goes out, by variable."""
        yield from (*self.at_start.items(), *self.over_time.items())

    def net(self) -> Iterator[tuple[str, Floats]]:
        """What goes out, and what comes in as less than nothing."""
        yield from (*self.paid(), *((name, -usd) for name, usd in self.received.items()))


@dataclass(frozen=True)
class StageUsd:
    """USD of a line of the cost that one of a variable takes in each stage, in its money, shape [stage, *axes]."""

    line: str
    variable: str
    usd: Floats


@dataclass(frozen=True)
class CashBook:
    """All that changes hands: `used` evenly over stages, nodes signed once by their flows."""

    set: CashSet
    used: tuple[StageUsd, ...]
    increment: Floats

    @classmethod
    def of(cls, sets: Sets) -> CashBook | None:
        """The book of a question with stages; None without."""
        return None if sets.cash is None else cls(sets.cash, tuple(_used(sets)), sets.offer_increment)

    @property
    def stages(self) -> tuple[YearSpan, ...]:
        """The time of each stage."""
        return tuple(YearSpan(*edges) for edges in pairwise(self.set.edges))

    @property
    def until(self) -> tuple[YearSpan, ...]:
        """From the beginning to each moment, without and with what is paid there at once; to the end, without.

        Between them the sum of what is paid and received is linear in time, so that one of them has its largest.
        """
        spans = [YearSpan(0.0, 0.0, closed=True)]
        for moment in self.set.moments:
            spans += [YearSpan(0.0, moment), YearSpan(0.0, moment, closed=True)]
        return tuple(spans[:-1])

    def within(self, span: YearSpan) -> Cash:
        """What one of each variable pays and brings in within a span of time."""
        share = np.array([float(span.share(*edges)) for edges in pairwise(self.set.edges)])
        made = Cash({}, {}, {})
        for one in self.used:
            usd, term = np.tensordot(share, one.usd, axes=1), term_of(one.line)
            if term is not None and term.received:
                _add(made.received, one.variable, -usd)
            else:
                _add(made.over_time, one.variable, usd)
        for kind, usd in _of_nodes(self.set, span).items():
            _add(getattr(made, kind), NODES, usd * self.increment)
        return made


def _add(kind: dict[str, Floats], variable: str, usd: Floats) -> None:
    kind[variable] = kind[variable] + usd if variable in kind else usd


def _of_nodes(cash: CashSet, span: YearSpan) -> dict[str, Floats]:
    """USD of one node of each offer by kind, shape [offer]."""
    by_kind = {kind: np.zeros(len(cash.flows)) for kind in ("at_start", "over_time", "received")}
    for offer, flow in ((offer, flow) for offer, flows in enumerate(cash.flows) for flow in flows or ()):
        if not flow.at_once:
            by_kind["over_time"][offer] += flow.usd * float(span.share(flow.begin, flow.end))
        elif span.holds(flow):
            by_kind["at_start" if flow.usd > 0 else "received"][offer] += abs(flow.usd)
    return by_kind


def _used(sets: Sets) -> Iterator[StageUsd]:
    """What is paid as it is used: all that is billed, but for nodes whose channel says when they are paid."""
    assert sets.cash is not None
    as_used = np.array([flows is None for flows in sets.cash.flows], dtype=bool)
    for one in costs_by_stage(sets):
        term = term_of(one.line)
        if term is None:  # a line of channels
            yield replace(one, usd=one.usd * as_used)
        elif term.billed:
            yield one


def costs_by_stage(sets: Sets) -> Iterator[StageUsd]:
    """Every line of the cost without discount, in each stage by the hours of its span there; nothing without stages.

    Over all stages, discounted, it is the line again.
    """
    if sets.cash is None:
        return
    edges = np.array(sets.cash.edges)
    stage = np.searchsorted(edges, sets.timeline.year_from + SLACK, side="right") - 1
    stages = len(edges) - 1
    counted = np.zeros((2, stages, sets.periods + 1))
    counted[0, stage, np.arange(sets.periods) + 1] = sets.timeline.weighted_hours
    counted[1, stage, np.arange(sets.periods) + 1] = sets.timeline.discounted_hours
    counted = np.cumsum(counted, axis=2)
    for line, priced in priced_terms(sets).items():
        there = np.argwhere(priced.usd)
        first, last = spans_of(sets, priced.axes, there)
        hours, discounted = counted[:, :, last + 1] - counted[:, :, first]
        spread = np.zeros((stages, *priced.usd.shape))
        spread[(slice(None), *there.T)] = priced.usd[tuple(there.T)] * hours / discounted.sum(axis=0)
        yield StageUsd(line, priced.variable, spread)
