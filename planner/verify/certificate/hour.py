"""The least cost of an hour at given prices, over whole units, for many demands at once.

    w(d) = min sum_h curve_h[a_h + b_h] + shift_h[0] a_h + shift_h[1] b_h
    where  sum_h able_h[0][a_h] >= d[0]  and  sum_h able_h[1][b_h] >= d[1]

a_h and b_h are nodes of a hardware under units of either role. Money and rates are whole numbers of quanta, so costs
are exact. With prices p >= 0 of the demands an option's reduced cost is its cost less p able; those of all hardware add
up, and a choice of options costs at least

    lagrangian + sum of reduced costs,     lagrangian = p d + sum_h least reduced cost of h.

So all choices within a limit are listed, and w is at least the smaller of their least cost and lagrangian + limit.
Reduced costs are floating-point numbers: `slack` covers their rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Floats = NDArray[np.float64]

NEVER = np.int64(2) ** 62
"""Cost of what cannot be, in quanta."""
ROUNDING_SHARE = 1e-13
"""Of the largest amount that enters a reduced cost: hundreds of units in the last place, for a dozen operations."""
MOST_LABELS = 4_000_000
"""Choices listed at once; where there are more the limit is lowered."""
LOOK_UPS = 2_000_000
BINS = 128


@dataclass(frozen=True, eq=False)
class HourSide:
    """One hardware at the prices of an hour, in quanta: curve[nodes in use], able[role][nodes], shift[role] a node."""

    curve: Whole
    able: tuple[Whole, Whole]
    shift: tuple[int, int]


@dataclass(frozen=True, eq=False)
class _ListedChoices:
    """Choices of options of some hardware: cost and able[role] in quanta, reduced cost beyond the least."""

    cost: Whole
    able: tuple[Whole, Whole]
    reduced: Floats

    def take(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> _ListedChoices:
        return _ListedChoices(
            self.cost[which], (self.able[0][which], self.able[1][which]), self.reduced[which]
        )


class HourlyMinimum:
    """The hour of `sides`, with price[role] of a quantum of demand in quanta of money."""

    def __init__(self, sides: list[HourSide], price: tuple[float, float]) -> None:
        self.sides, self.price = sides, price
        options = [self._options(side) for side in sides]
        least = [float(one.reduced.min()) for one in options]
        self.base = sum(least)
        self.options = [
            _ListedChoices(one.cost, one.able, one.reduced - low)
            for one, low in zip(options, least, strict=True)
        ]
        sizes = [
            float(side.curve.max()) + sum(abs(shift) * len(side.curve) for shift in side.shift)
            for side in sides
        ]
        earned = [price[role] * float(side.able[role].max()) for side in sides for role in (0, 1)]
        self.size = sum(sizes) + sum(earned)

    def least(self, demand: Whole, limit: float) -> Whole:
        """A lower bound of w for each demand[role, .], in quanta: w itself where the limit is wide enough."""
        slack = ROUNDING_SHARE * (
            self.size + self.price[0] * demand[0].max() + self.price[1] * demand[1].max()
        )
        lagrangian = self.price[0] * demand[0] + self.price[1] * demand[1] + self.base
        pivot = max(range(len(self.sides)), key=lambda place: len(self.options[place].cost))
        others = [one for place, one in enumerate(self.options) if place != pivot]
        labels = _listed(others, limit + slack)
        while labels is None:
            limit /= 2
            labels = _listed(others, limit + slack)
        found = self._completed(labels, self.sides[pivot], demand, lagrangian - slack)
        return np.asarray(np.minimum(found, floored(lagrangian + limit - slack)))

    def _options(self, side: HourSide) -> _ListedChoices:
        """All splits of its nodes between the roles, those left out that do no more than fewer nodes."""
        steps = [np.flatnonzero(np.diff(able, prepend=-1) > 0) for able in side.able]
        first, second = (one.ravel() for one in np.meshgrid(*steps, indexing="ij"))
        there = first + second < len(side.curve)
        first, second = first[there], second[there]
        cost = side.curve[first + second] + side.shift[0] * first + side.shift[1] * second
        able = side.able[0][first], side.able[1][second]
        return _ListedChoices(cost, able, cost - self.price[0] * able[0] - self.price[1] * able[1])

    def _completed(self, labels: _ListedChoices, pivot: HourSide, demand: Whole, lagrangian: Floats) -> Whole:
        """The least cost of a label with the fewest nodes of the pivot that complete it, for each demand."""
        best, at = np.full(demand.shape[1], NEVER), 0
        active = np.arange(demand.shape[1])
        curve = np.concatenate([pivot.curve, np.full(len(pivot.able[0]) + len(pivot.able[1]), NEVER)])
        while len(active) and at < len(labels.cost):
            chunk = slice(at, at + max(1, min(LOOK_UPS // len(active), 64 if at == 0 else LOOK_UPS)))
            nodes, lost = [], np.zeros(1, dtype=np.bool_)
            for role in (0, 1):
                needed = demand[role, active, None] - labels.able[role][None, chunk]
                found = np.searchsorted(pivot.able[role], needed)
                lost = lost | (found == len(pivot.able[role]))
                nodes.append(np.minimum(found, len(pivot.able[role]) - 1))
            cost = curve[nodes[0] + nodes[1]] + pivot.shift[0] * nodes[0] + pivot.shift[1] * nodes[1]
            cost = np.where(lost, NEVER, cost + labels.cost[None, chunk])
            best[active] = np.minimum(best[active], cost.min(axis=1))
            at = chunk.stop
            if at < len(labels.cost):
                active = active[best[active] > lagrangian[active] + labels.reduced[at]]
        return best


def floored(quanta: Floats) -> Whole:
    """Rounded down; amounts that no hour has become less than what cannot be."""
    return np.asarray(np.floor(np.clip(quanta, -float(NEVER) / 2, float(NEVER) / 2)).astype(np.int64))


def _listed(parts: list[_ListedChoices], limit: float) -> _ListedChoices | None:
    """All choices up to a limit on the reduced cost, least first; None where they are too many."""
    nothing = np.zeros(1, dtype=np.int64)
    labels = _ListedChoices(nothing, (nothing, nothing), np.zeros(1))
    for part in sorted(parts, key=lambda one: np.count_nonzero(one.reduced <= limit)):
        near = part.take(part.reduced <= limit)
        near = near.take(np.argsort(near.reduced, kind="stable"))
        until = np.searchsorted(near.reduced, limit - labels.reduced, side="right")
        count = int(until.sum())
        if count > MOST_LABELS:
            return None
        mine = np.repeat(np.arange(len(until)), until)
        theirs = np.arange(count) - np.repeat(np.cumsum(until) - until, until)
        able = tuple(one[mine] + other[theirs] for one, other in zip(labels.able, near.able, strict=True))
        labels = _undominated(
            _ListedChoices(
                labels.cost[mine] + near.cost[theirs],
                (able[0], able[1]),
                labels.reduced[mine] + near.reduced[theirs],
            )
        )
    return labels.take(np.argsort(labels.reduced, kind="stable"))


def _undominated(labels: _ListedChoices) -> _ListedChoices:
    """Without most labels of which another does more in both roles and costs no more."""
    if len(labels.cost) < BINS:
        return labels
    bins = []
    for able in labels.able:
        low, width = int(able.min()), max(1, int(able.max()) - int(able.min()) + 1)
        bins.append(((able - low).astype(np.float64) * (BINS / width)).astype(np.int64))
    table = np.full((BINS + 2, BINS + 2), NEVER)
    np.minimum.at(table, (bins[0], bins[1]), labels.cost)
    for axis in (0, 1):
        table = np.flip(np.minimum.accumulate(np.flip(table, axis), axis=axis), axis)
    return labels.take(labels.cost < table[bins[0] + 1, bins[1] + 1])
