"""The least that units cost which keep one work standing, at given prices: never more than that, and counts near it.

Units of kind u have a value v[u], a part of the work, a price w[u], and lie n[u] on a node; nodes are lost each by
itself with a chance q[u]. A loss takes no less than one unit, so x units lose at least L(x), v[u] times the number lost
of floor(x[u] / n[u]) nodes, which grows with x. Counts that keep the work standing have

    P(sum_u v[u] L[u](x) <= sum_u v[u] x[u] - 1)  >=  1 - missing

Branch and bound over boxes least <= x <= most. Counts in a box that cost less than W have a reserve v x - 1 of no more
than s, by what W leaves beyond the least of each buys best, and lose no less than the least do. So where
P(v L(least) <= s) < 1 - missing no counts in the box cost less than W and stand; other boxes are halved. Once none is
left, W is a bound. Losses rarer than matter count as none. Where n[u] = 1 for all kinds the best counts stand by these
losses; else whoever uses them asks again.

Losses of kinds that are `sure` are left out where a second chance is asked for: P'(...) >= 1 - missing_if_sure. Both
must hold.

A kind j is left out where m of another kind i do all it does, for no more, and are up whenever it is:
m v[i] >= v[j], m w[i] <= w[j], (1 - q[i])^m >= 1 - q[j], both alone on their nodes, and i sure if j is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.model.loss_cases import cases_of, most_losses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]

CLOSELY, ROUGHLY = (4e-3, 1.5e-2, 6e-2, 0.25), (1e-2, 5e-2, 0.25)
"""How far below the cheapest counts that are known the bound may lie; the next where the one before takes too long."""
MOST_BOXES, AT_ONCE, MOST_TRIED = 2_000, 64, 12
SIZE_ROUNDING, CHANCE_ROUNDING = 2e-9, 2e-9
LEFT_OUT = 0.01
"""Of what may be missed, what cases that are not looked at make up at most."""
FIRST_COUNTS, FIRST_BEYOND = 40, 1.5
"""Counts of a kind alone that are looked at first, up to so many times what its work fills."""


@dataclass(frozen=True)
class Least:
    """No counts that stand cost less than `bound`; `counts` do that cost `usd`, None where none was found."""

    bound: float
    usd: float = np.inf
    counts: Counts | None = None


@dataclass(frozen=True, eq=False)
class PricedKinds:
    """Types of units for a work of 1: see above. All of shape [kind]; prices above 0."""

    value: Array
    usd: Array
    down: Array
    beside: Counts
    sure: Flags

    @cached_property
    def useful(self) -> Counts:
        """Types that no other stands in for, those of most value for their price first."""
        v, w, up, alone = self.value, self.usd, np.log1p(-self.down), self.beside == 1
        number = np.ceil(v[None, :] / v[:, None] - 1e-12)  # of i for one j, [i, j]
        instead = (number * w[:, None] <= w) & (number * up[:, None] >= up - 1e-15)
        instead &= alone[:, None] & alone & (self.sure[:, None] >= self.sure)
        first = np.arange(len(v))[:, None] < np.arange(len(v))
        instead &= ~instead.T | first
        np.fill_diagonal(instead, val=False)
        kept = np.flatnonzero(~instead.any(axis=0))
        return np.asarray(kept[np.argsort(-v[kept] / w[kept], kind="stable")])

    def of(self, kinds: Counts) -> PricedKinds:
        """Some of them."""
        return PricedKinds(
            self.value[kinds], self.usd[kinds], self.down[kinds], self.beside[kinds], self.sure[kinds]
        )


class CheapestStanding:
    """Asks for the least cost at several chances to be missed."""

    def __init__(self, kinds: PricedKinds, missing: float, tolerances: tuple[float, ...] = CLOSELY) -> None:
        self._all, self._missing, self._tolerances = len(kinds.value), missing, tolerances
        self._kept = kinds.useful
        self._kinds = kinds.of(self._kept)
        self._odds = self._kinds.down / (1.0 - self._kinds.down)
        self._none = np.log1p(-self._kinds.down)
        self._best: Counts | None = None

    def least(self, missing_if_sure: float) -> Least:
        """The least cost; to be asked with what may be missed rising, as counts found before stand then too."""
        best = self._best if self._best is not None else self._first(missing_if_sure)
        if best is None:
            return Least(0.0)
        bound = 0.0
        for tolerance in self._tolerances:
            bound, best = self._bounded(missing_if_sure, best, tolerance)
            if bound > 0.0:
                break
        self._best, counts = best, np.zeros(self._all, dtype=np.int64)
        counts[self._kept] = best
        return Least(bound, float(self._kinds.usd @ best), counts)

    def _first(self, missing: float) -> Counts | None:
        """Counts of the kind that is cheapest alone."""
        kinds, found = self._kinds, []
        for kind, value in enumerate(kinds.value.tolist()):
            least = int(np.ceil(1.0 / value - 1e-9))
            some = np.unique(
                np.ceil(np.linspace(least, FIRST_BEYOND * least + 8, FIRST_COUNTS)).astype(np.int64)
            )
            counts = np.zeros((len(some), len(kinds.value)), dtype=np.int64)
            counts[:, kind] = some
            stands = self._may_stand(counts, counts @ kinds.value - 1.0, missing)
            if stands.any():
                found.append(counts[int(stands.argmax())])
        return min(found, key=lambda one: float(kinds.usd @ one), default=None)

    def _bounded(self, missing: float, best: Counts, tolerance: float) -> tuple[float, Counts]:
        """A bound, 0 where too many boxes are left, and the cheapest counts that were found."""
        value, usd = self._kinds.value, self._kinds.usd
        least, most = (
            np.zeros((1, len(usd)), dtype=np.int64),
            np.ceil(usd @ best / usd).astype(np.int64)[None],
        )
        for _ in range(MOST_BOXES // AT_ONCE):
            if not len(least):
                return float(usd @ best) * (1.0 - tolerance), best
            low, high, least, most = least[-AT_ONCE:], most[-AT_ONCE:], least[:-AT_ONCE], most[:-AT_ONCE]
            left = float(usd @ best) * (1.0 - tolerance) - low @ usd
            high = np.minimum(
                high, low + np.floor(np.maximum(left, 0.0)[:, None] / usd + 1e-9).astype(np.int64)
            )
            room = (high - low) * usd
            spent = np.minimum(room, np.maximum(0.0, left[:, None] - (np.cumsum(room, axis=1) - room)))
            reserve = low @ value - 1.0 + spent @ (value / usd)
            open_ = (left > 0) & (reserve >= -SIZE_ROUNDING)
            open_[open_] = self._may_stand(low[open_], reserve[open_], missing)
            low, high, spent = low[open_], high[open_], spent[open_]
            best = self._better(low + np.floor(spent / usd + 1e-9).astype(np.int64), best, missing)
            wide = (high > low).any(axis=1)
            halves = _halves(low[wide], high[wide], spent[wide], usd)
            least, most = np.vstack([least, halves[0]]), np.vstack([most, halves[1]])
        return 0.0, best

    def _better(self, counts: Counts, best: Counts, missing: float) -> Counts:
        """The cheapest that stand of those counts that carry most, if they cost less than the best."""
        counts = counts[counts @ self._kinds.usd < self._kinds.usd @ best]
        if not len(counts):
            return best
        counts = counts[np.argsort(-(counts @ self._kinds.value), kind="stable")[:MOST_TRIED]]
        stands = self._may_stand(counts, counts @ self._kinds.value - 1.0, missing)
        found = counts[stands]
        return best if not len(found) else np.asarray(found[int((found @ self._kinds.usd).argmin())])

    def _may_stand(self, counts: Counts, reserve: Array, missing_if_sure: float) -> Flags:
        """Whether what so many units lose is no more than the reserve often enough, shape [count]."""
        nodes = counts // self._kinds.beside
        some = np.flatnonzero(nodes.any(axis=0))
        holds = np.asarray(reserve >= -SIZE_ROUNDING)
        if not len(some) or not len(counts):
            return holds
        nodes, sure = nodes[:, some], self._kinds.sure[some]
        rare = LEFT_OUT * min(self._missing, missing_if_sure)
        most = most_losses(float((nodes @ self._kinds.down[some]).max()), rare)
        cases = cases_of(len(some), most)
        chance = np.repeat(np.exp(nodes @ self._none[some])[:, None], len(cases), axis=1)
        for place, odds in enumerate(self._odds[some].tolist()):
            chance *= _ways(nodes[:, place], odds, most)[:, cases[:, place]]
        missed = chance * ((cases @ self._kinds.value[some])[None, :] > reserve[:, None] + SIZE_ROUNDING)
        holds &= missed.sum(axis=1) <= self._missing + CHANCE_ROUNDING
        if not sure.any():
            return np.asarray(holds & (missed.sum(axis=1) <= missing_if_sure + CHANCE_ROUNDING))
        alone = (cases[:, sure] == 0).all(axis=1)
        up = np.exp(nodes[:, sure] @ self._none[some[sure]])
        return np.asarray(holds & (missed[:, alone].sum(axis=1) / up <= missing_if_sure + CHANCE_ROUNDING))


def _ways(count: Counts, odds: float, most: int) -> Array:
    """Chances that 0 .. `most` of so many are lost, by that of none, shape [count, lost]."""
    ways = np.ones((len(count), most + 1))
    for lost in range(1, most + 1):
        ways[:, lost] = ways[:, lost - 1] * np.maximum(count - lost + 1, 0) / lost * odds
    return ways


def _halves(low: Counts, high: Counts, spent: Array, usd: Array) -> tuple[Counts, Counts]:
    """Boxes in two along the kind on which most is spent, the half with more of it last."""
    row = np.arange(len(low))
    side = np.where(high > low, spent + 1e-6 * usd, -1.0).argmax(axis=1)
    more = np.floor(spent[row, side] / usd[side] / 2 + 1e-9).astype(np.int64)
    middle = low[row, side] + np.clip(more, 0, high[row, side] - low[row, side] - 1)
    first, second = high.copy(), low.copy()
    first[row, side], second[row, side] = middle, middle + 1
    return np.vstack([low, second]), np.vstack([first, high])
