"""Lending: nodes lent are idle ones held anyway, within a cap and a ramp.

    lent[l,t] = block_nodes[l] * sum_{b: first <= t <= last} lend[l,b]
    lent[l,t] <= max[l]                                                                    all l, t
    sum_{l of h} lent[l,t] <= sum_{c of h, lendable} held[c,t]                             all h, t
    sum_{l of h} lent[l,t] <= sum_{c of h, lendable} use[c,t]             metered h with others that are not, all t
    |lent[l,t] - lent[l,t - 1]| <= ramp[l] * hours[t]                                     all l with a ramp, t

nodes. Before the first period of a block none are lent, even where what runs repeats. Nodes lent count as in use
in the family `fleet`, so a running unit never occupies one. Dual: USD per further node that could be lent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import BLOCK, LENDING
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.treatment import Treatment, refused
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row


def _lend(sets: Sets) -> Domain:
    takers = sets.market.lendings
    blocks = [(place, block) for place, taker in enumerate(takers) for block in range(len(taker.first))]
    most = [takers[place].max_nodes // takers[place].block_nodes for place, _ in blocks]
    return domain(blocks, 2, upper=np.array(most))


VARIABLES = (
    DecisionVariable(
        "lend", (LENDING, BLOCK), _lend, "multiples of block_nodes", "lent for a block", whole=True
    ),
)

AUDITED_BY = ("lending", "lent blocks")


def applies(sets: Sets) -> bool:
    """Where nodes may be lent."""
    return bool(sets.market.lendings)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return refused("nodes may be lent")


def lent(sets: Sets, variables: Variables, lending: int, period: int) -> list[Term]:
    """Terms of the nodes lent to one taker."""
    taker = sets.market.lendings[lending]
    blocks = np.flatnonzero((taker.first <= period) & (period <= taker.last)).tolist()
    return [(variables["lend"][lending, block], float(taker.block_nodes)) for block in blocks]


def lent_of(sets: Sets, variables: Variables, hardware: int, period: int) -> list[Term]:
    """Terms of all nodes lent of a hardware."""
    takers = [place for place, taker in enumerate(sets.market.lendings) if taker.hardware == hardware]
    return [term for place in takers for term in lent(sets, variables, place, period)]


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows per taker and period, per hardware and period."""
    for place, taker in enumerate(sets.market.lendings):
        for period in range(sets.periods):
            terms = lent(sets, variables, place, period)
            if terms:
                yield "", (place, period), affine(terms) <= taker.max_nodes
            if np.isfinite(taker.ramp_nodes_per_hour):
                yield from _ramp_rows(sets, variables, place, period)
    for hardware in sorted({taker.hardware for taker in sets.market.lendings}):
        for period in range(sets.periods):
            terms = lent_of(sets, variables, hardware, period)
            for channel in sets.channels_of(hardware):
                if sets.channels[channel].lendable:
                    terms.extend((variable, -k) for variable, k in variables.held(sets, channel, period))
            yield "held", (hardware, period), affine(terms) <= 0
            yield from _used_row(sets, variables, hardware, period)


def _used_row(sets: Sets, variables: Variables, hardware: int, period: int) -> Iterator[Row]:
    """Nodes lent run on channels that may be lent, at what these cost to run."""
    channels = sets.channels_of(hardware)
    lendable = [channel for channel in channels if sets.channels[channel].lendable]
    terms = lent_of(sets, variables, hardware, period)
    if terms and hardware in sets.metered_hardware and len(lendable) < len(channels):
        terms += [(variables["use"][channel, period], -1.0) for channel in lendable]
        yield "used", (hardware, period), affine(terms) <= 0


def _ramp_rows(sets: Sets, variables: Variables, place: int, period: int) -> Iterator[Row]:
    block = sets.timeline.block
    before = period - 1 if period and block[period] == block[period - 1] else -1
    most = sets.market.lendings[place].ramp_nodes_per_hour * float(sets.timeline.hours[period])
    now = lent(sets, variables, place, period)
    then = lent(sets, variables, place, before) if before >= 0 else []
    change = affine([*now, *((variable, -k) for variable, k in then)])
    yield "up", (place, period), change <= most
    yield "down", (place, period), change >= -most
