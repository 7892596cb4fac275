"""Nodes held over some periods and not over others: a pool for each span, and how much of a price counts in each.

The periods between two at which some offer of a pool begins or ends are a *span*: what is held is the same throughout.

    held[s] = sum over offers o that cover s of acquire[o],     no more of a channel at once than its limit

With any shares[o,s] >= 0 of the price of o that add up to it, what is signed costs at least as much as if the nodes of
every span were signed apart at such prices, the cheapest first: an offer is copied for each span that it covers
(M. Guignard, S. Kim, Lagrangean decomposition, Mathematical Programming 39 (1987) 215-228). So no choice of shares
needs proof. Those that lose nothing of the linear relaxation are what a node is worth in a span there, less what the
limit of its channel is worth:

    minimise   sum_o price[o] acquire[o] + sum_ct price[c,t] hired[c,t] + sum_pt running[p,t] use[p,t]
    where      sum_h best[h,w,t] nodes[h,w,t] >= demand[w,t]                      every work and period
               sum_w nodes[h,w,t] <= sum_p of h use[p,t] + sum_c of h hired[c,t]   every hardware and period
               use[p,t] <= sum over offers of p that cover t of acquire[o]
               sum over offers of c that cover s of acquire[o] <= limit of c        every channel and span
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.node_pools import NodePool
from planner.optimize.decomposition.problem.row_program import RowProgram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.optimize.decomposition.problem.node_pools import Hire

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HeldChannels:
    """Channels of one hardware whose nodes are held and cost the same in use, and their spans.

    `edges` are the first periods of the spans, then the end.
    """

    sets: Sets
    places: tuple[int, ...]

    @property
    def hardware(self) -> int:
        """Position on the hardware axis."""
        return self.sets.channels[self.places[0]].hardware

    @cached_property
    def offers(self) -> NDArray[np.int64]:
        """Positions on the offer axis."""
        every = [self.sets.channels[place].offers for place in self.places]
        return np.concatenate([np.arange(some.start, some.stop) for some in every])

    @cached_property
    def edges(self) -> NDArray[np.int64]:
        """First periods of spans, then the number of periods."""
        first, last = self.sets.first[self.offers], self.sets.last[self.offers]
        return np.unique(np.concatenate((first, last + 1, [0, self.sets.periods])))

    @property
    def spans(self) -> int:
        """Number of spans."""
        return len(self.edges) - 1

    @cached_property
    def covers(self) -> NDArray[np.bool_]:
        """Whether an offer covers a span, shape [offer, span]."""
        first, last = self.sets.first[self.offers, None], self.sets.last[self.offers, None]
        return np.asarray((first <= self.edges[:-1]) & (last >= self.edges[1:] - 1))

    @property
    def running(self) -> Array:
        """USD of a part of a node in use, shape [period]."""
        hours = self.sets.timeline.discounted_hours
        return np.asarray(self.sets.running_usd[self.places[0]] * hours / self.sets.parts[self.hardware])

    @cached_property
    def price(self) -> Array:
        """USD of a part of a node over an offer, shape [offer]."""
        return np.asarray(self.sets.offer_price[self.offers] / self.sets.parts[self.hardware])

    @cached_property
    def step(self) -> NDArray[np.int64]:
        """Parts of nodes in an increment, shape [offer]."""
        nodes = np.array([channel.increment_nodes for channel in self.sets.channels])
        each = nodes[self.sets.offer_channel[self.offers]] * self.sets.parts[self.hardware]
        return np.asarray(np.rint(each).astype(np.int64))

    @cached_property
    def most(self) -> NDArray[np.int64]:
        """Parts of nodes that can be taken of an offer, shape [offer]."""
        return np.asarray(self.sets.acquire_most[self.offers] * self.step)

    def limit(self, place: int) -> float:
        """Parts of nodes of a channel that can be held at once; inf without a limit."""
        channel = self.sets.channels[place]
        return channel.most_increments * channel.increment_nodes * float(self.sets.parts[self.hardware])


def pools_by_span(held: HeldChannels, shares: Array) -> list[NodePool]:
    """One pool a span, at shares[offer, span] of the prices, dearer nodes last."""
    sets, pools = held.sets, []
    for span in range(held.spans):
        segments: list[tuple[float, int, int, int]] = []
        for place in held.places:
            room = held.limit(place)
            mine = np.flatnonzero(held.covers[:, span] & (sets.offer_channel[held.offers] == place))
            for at in mine[np.argsort(shares[mine, span], kind="stable")].tolist():
                nodes = int(min(float(held.most[at]), room))
                room -= nodes
                if nodes > 0:
                    segments.append(
                        (float(shares[at, span]), nodes, int(held.offers[at]), int(held.step[at]))
                    )
        segments.sort()
        inside = np.zeros(sets.periods, dtype=bool)
        inside[held.edges[span] : held.edges[span + 1]] = True
        pools.append(
            NodePool(
                hardware=held.hardware,
                price=np.array([price for price, _, _, _ in segments]),
                nodes=np.array([nodes for _, nodes, _, _ in segments], dtype=np.int64),
                offer=np.array([offer for _, _, offer, _ in segments], dtype=np.int64),
                increment=np.array([step for _, _, _, step in segments], dtype=np.int64),
                minimum=0,
                running=np.where(inside, held.running, np.inf),
            )
        )
    return [pool for pool in pools if pool.maximum > 0]


def shared_prices(
    sets: Sets, every: Sequence[HeldChannels], hires: Sequence[Hire], most_columns: int
) -> list[Array]:
    """Shares of the price of each offer in USD per part of a node, shape [offer, span] each.

    By hours where the program has more columns than that, or no optimum.
    """
    worth = _worth(sets, every, hires, most_columns)
    found = []
    for place, held in enumerate(every):
        hours = np.add.reduceat(sets.timeline.discounted_hours, held.edges[:-1])
        by_hours = held.covers * hours
        share = by_hours if worth is None else held.covers * worth[place]
        total = share.sum(axis=1, keepdims=True)
        share = np.where(total > 0, share, by_hours)
        found.append(held.price[:, None] * share / share.sum(axis=1, keepdims=True))
    return found


def _worth(
    sets: Sets, every: Sequence[HeldChannels], hires: Sequence[Hire], most_columns: int
) -> list[Array] | None:
    """What a part of a node that an offer holds is worth in each span, shape [offer, span] each."""
    periods, works = sets.periods, np.flatnonzero(sets.demand.max(axis=1, initial=0.0) > 0).tolist()
    if (len(sets.hardware) * len(works) + len(every) + len(hires)) * periods > most_columns:
        return None
    program = RowProgram()
    nodes = [program.rows_at_least(np.zeros(periods)) for _ in sets.hardware]
    for work in works:
        asked = program.rows_at_least(sets.demand[work])
        able = sets.rate[:, work, None] * sets.busy_limit / sets.unit_parts[:, None]
        best = np.zeros((len(sets.hardware), periods))
        np.maximum.at(best, sets.hardware_of, able)
        for hardware in np.flatnonzero(best.any(axis=1)).tolist():
            used = program.columns(np.zeros(periods), np.inf)
            program.put(asked, used, best[hardware])
            program.put(nodes[hardware], used, -1.0)
    for hire in hires:
        program.put(nodes[hire.hardware], program.columns(hire.price, float(hire.maximum)), 1.0)
    rows = [_held_rows(program, held, nodes[held.hardware]) for held in every]
    duals = program.duals()
    if duals is None:
        return None
    return [_worth_of(held, duals, *of) for held, of in zip(every, rows, strict=True)]


def _held_rows(
    program: RowProgram, held: HeldChannels, nodes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], dict[int, NDArray[np.int64]]]:
    """Rows of nodes in use by period, and of limits by channel and span."""
    sets, at_most = held.sets, dict[int, "NDArray[np.int64]"]()
    use, there = program.columns(held.running, np.inf), program.rows_at_least(np.zeros(sets.periods))
    program.put(nodes, use, 1.0)
    program.put(there, use, -1.0)
    for place in held.places:
        if np.isfinite(held.limit(place)):
            at_most[place] = program.rows_at_least(np.full(held.spans, -held.limit(place)))
    for at, offer in enumerate(held.offers.tolist()):
        column = program.columns(held.price[at : at + 1], float(held.most[at]))
        program.put(there[sets.first[offer] : sets.last[offer] + 1], column, 1.0)
        place = int(sets.offer_channel[offer])
        if place in at_most:
            program.put(at_most[place][held.covers[at]], column, -1.0)
    return there, at_most


def _worth_of(
    held: HeldChannels,
    duals: Array,
    there: NDArray[np.int64],
    at_most: dict[int, NDArray[np.int64]],
) -> Array:
    in_use = np.add.reduceat(np.maximum(duals[there], 0.0), held.edges[:-1])
    none = np.zeros(held.spans)
    limits = [
        np.maximum(duals[at_most[place]], 0.0) if place in at_most else none
        for place in held.sets.offer_channel[held.offers].tolist()
    ]
    return np.asarray(np.maximum(in_use - np.array(limits), 0.0))
