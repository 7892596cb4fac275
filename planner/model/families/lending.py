"""Lending: nodes lent are idle ones held anyway, within a cap and a ramp.

    lent[l,t] = block_nodes[l] * sum_{b: first <= t <= last} lend[l,b]
    lent[l,t] <= max[l]                                                                    all l, t
    sum_{l of h} lent[l,t] <= sum_{c of h, lendable} held[c,t]                             all h, t
    sum_{l of h} lent[l,t] <= sum_{c of h, lendable} use[c,t]             metered h with others that are not, all t
    |lent[l,t] - lent[l,t - 1]| <= ramp[l] * hours[t]                                     all l with a ramp, t

nodes. Before the first period of a block none are lent, even where what runs repeats. Nodes lent count as in use
in the family `fleet`, so a running unit never stands on one. Dual: USD per further node that could be lent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.treatment import Treatment, refused
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.sets import Sets


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
    return [(variables.market["lend"][lending, block], float(taker.block_nodes)) for block in blocks]


def lent_of(sets: Sets, variables: Variables, hardware: int, period: int) -> list[Term]:
    """Terms of all nodes lent of a hardware."""
    takers = [place for place, taker in enumerate(sets.market.lendings) if taker.hardware == hardware]
    return [term for place in takers for term in lent(sets, variables, place, period)]


def rows(sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """Rows per taker and period, per hardware and period."""
    for place, taker in enumerate(sets.market.lendings):
        for period in range(sets.periods):
            terms = lent(sets, variables, place, period)
            if terms:
                yield f"lending_{place}_{period}", affine(terms) <= taker.max_nodes
            if np.isfinite(taker.ramp_nodes_per_hour):
                yield from _ramp_rows(sets, variables, place, period)
    for hardware in sorted({taker.hardware for taker in sets.market.lendings}):
        for period in range(sets.periods):
            terms = lent_of(sets, variables, hardware, period)
            for channel in sets.channels_of(hardware):
                if sets.channels[channel].lendable:
                    terms.extend((variable, -k) for variable, k in variables.held(sets, channel, period))
            yield f"lending_held_{hardware}_{period}", affine(terms) <= 0
            yield from _used_row(sets, variables, hardware, period)


def _used_row(
    sets: Sets, variables: Variables, hardware: int, period: int
) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """Nodes lent run on channels that may be lent, at what these cost to run."""
    channels = sets.channels_of(hardware)
    lendable = [channel for channel in channels if sets.channels[channel].lendable]
    terms = lent_of(sets, variables, hardware, period)
    if terms and hardware in sets.metered_hardware and len(lendable) < len(channels):
        terms += [(variables.use[channel, period], -1.0) for channel in lendable]
        yield f"lending_used_{hardware}_{period}", affine(terms) <= 0


def _ramp_rows(
    sets: Sets, variables: Variables, place: int, period: int
) -> Iterator[tuple[str, pulp.LpConstraint]]:
    block = sets.timeline.block
    before = period - 1 if period and block[period] == block[period - 1] else -1
    most = sets.market.lendings[place].ramp_nodes_per_hour * float(sets.timeline.hours[period])
    now = lent(sets, variables, place, period)
    then = lent(sets, variables, place, before) if before >= 0 else []
    change = affine([*now, *((variable, -k) for variable, k in then)])
    yield f"lending_up_{place}_{period}", change <= most
    yield f"lending_down_{place}_{period}", change >= -most
