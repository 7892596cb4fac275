"""Pools of several kinds of units: the chance that those which are up carry what is asked of them.

Units of a kind are down as their nodes are (`kernels.queueing.availability`). With x[u] units of kind u running, the
losses L[u] are independent across kinds, and of work w kind u does rate[u,w] per second:

    P(stands) = sum of P(L) over all L with  demand[w] <= sum_u rate[u,w] y[u,w],  sum_w y[u,w] <= x[u] - L[u]

a convolution over kinds, where whatever is up is divided anew among the works. For two works such a division exists
where for all weights a in [0, 1]

    sum_u (x[u] - L[u]) max(a rate[u,1] / demand[1], (1 - a) rate[u,2] / demand[2])  >=  1

(duality of linear programming); the left side is convex and piecewise linear in a, so its kinks decide.

Losses of one kind: units that lie on one node are lost together, a unit of k nodes with any of them. Where a broken
node is replaced by a spare one within s hours, a unit is down for that time, and the R nodes in repair leave too few
nodes for the last ceil(R / k) units.

The moment bound of H. Chernoff (Annals of Mathematical Statistics 23, 1952) of a mixed pool, for any theta > 0:

    sum_u x[u] (theta rate[u] - log E exp(theta rate[u] lost[u]))  >=  theta demand - log(1 - promised)

is linear in x, and whatever keeps it keeps the promise; `log_moment` is its logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NEGLIGIBLE_CHANCE = 1e-15
ROUNDING = 1e-9
NEARLY_SURE = 1e-12
"""Of a share of time: what sums of chances leave behind."""
MOST_SHORT = 2_000
"""No pool more than so many times as large as the units that must be up is looked for."""


@dataclass(frozen=True)
class UnitLosses:
    """How units of one kind fail.

    `nodes` nodes carry a unit, `beside` units fill a node; a node is down a share `down` of the time, and a
    unit restarts on a spare node a share `restarting` of the time for each of its nodes (None: it waits for repair).
    Units fill one node after another, or where it is `anywhere` may also lie on nodes with fewer of them.
    """

    nodes: int
    beside: int
    down: float
    restarting: float | None = None
    anywhere: bool = True

    def log_moment(self, weight: Array) -> Array:
        """log E exp(weight * units lost) for each unit that runs, never too small wherever units lie."""
        each = self.beside * np.asarray(weight, dtype=float)
        with np.errstate(over="ignore"):
            if self.restarting is None:
                lost = -np.expm1(self.nodes * np.log1p(-self.down)) if self.down < 1.0 else 1.0
                return np.asarray(np.log1p(lost * np.expm1(each)) / self.beside)
            up, grown = 1.0 - self.down, np.exp(each)
            broken = (up + self.down * grown) ** self.nodes
            long_broken = (up + (self.down - self.restarting) * grown) ** self.nodes
            return np.asarray(np.log(long_broken + grown * (broken - long_broken)) / self.beside)

    def lost(self, units: int) -> Array:
        """P(so many of `units` running units are lost), shape [lost], as far as it matters."""
        return _lost(self, units)

    def least(self, needed: int, promised: float) -> int | None:
        """Fewest running units of which `needed` are up for a share `promised` of the time.

        None: more than `MOST_SHORT` times as many.
        """
        if needed <= 0:
            return 0
        low, high = needed - 1, needed
        promised -= NEARLY_SURE
        while self.up_share(high, needed) < promised:
            low, high = high, high + max(1, (high - needed) or self.beside)
            if high > MOST_SHORT * (needed + 1):
                return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.up_share(middle, needed) >= promised else (middle, high)
        return high

    def up_share(self, units: int, needed: int) -> float:
        """P(at least `needed` of `units` are up), wherever units may lie: the worse of close and apart."""
        shares = [float(law.lost(units)[: units - needed + 1].sum()) for law in self.placements]
        return min(shares)

    @property
    def placements(self) -> tuple[UnitLosses, ...]:
        """The same units close together, and where they may lie so each on a node of its own."""
        return (self, replace(self, beside=1)) if self.lies_anywhere else (self,)

    @property
    def lies_anywhere(self) -> bool:
        """Whether how many units run does not say how they share nodes."""
        return self.anywhere and self.beside > 1


@lru_cache(maxsize=20_000)
def _lost(law: UnitLosses, units: int) -> Array:
    full, left = divmod(units, law.beside)
    if law.restarting is not None:
        groups = full + (left > 0)
        lost = np.zeros(units + 1)
        for count, share in enumerate(_lost_with_spares(law, groups)):
            lost[min(units, count * law.beside)] += share
        return _trimmed(lost)
    down = float(-np.expm1(law.nodes * np.log1p(-law.down))) if law.down < 1.0 else 1.0
    groups_lost = binomial(full, down)
    lost = np.zeros(units + 1)
    at = np.arange(len(groups_lost)) * law.beside
    lost[at] += groups_lost * (1.0 - down if left else 1.0)
    if left:
        lost[at + left] += groups_lost * down
    return _trimmed(lost)


def binomial(count: int, share: float) -> Array:
    """P(so many of `count` are hit, each by itself with a chance `share`), shape [hit], cut off where it vanishes."""
    if share <= 0.0 or share >= 1.0:
        return np.asarray(np.eye(1, count + 1, 0 if share <= 0.0 else count)[0])
    mean = count * share
    most = min(count, int(mean + 12.0 * np.sqrt(mean) + 40.0))
    hit = np.arange(most + 1)
    ways = gammaln(count + 1) - gammaln(hit + 1) - gammaln(count - hit + 1)
    return np.asarray(np.exp(ways + hit * np.log(share) + (count - hit) * np.log1p(-share)))


def _lost_with_spares(law: UnitLosses, groups: int) -> Array:
    """P(so many groups are lost) where spare nodes are swapped in, shape [lost].

    Groups that restart are any of them alike, so of those that still have nodes a hypergeometric number restarts.
    """
    assert law.restarting is not None
    old = law.down - law.restarting
    broken, ways = np.arange(law.nodes + 1), binomial_ways(law.nodes)
    up = (1.0 - law.down) ** (law.nodes - broken)
    calm = ways * old**broken * up
    both = ways * law.down**broken * up - calm
    one = np.zeros((2, law.nodes + 1))
    one[0], one[1] = calm, both
    together = _power(one, groups)
    lost = np.zeros(groups + 1)
    for restarts, in_repair in np.argwhere(together > NEGLIGIBLE_CHANCE).tolist():
        gone = min(groups, -(-in_repair // law.nodes))
        for count, share in _drawn(groups, restarts, groups - gone):
            lost[gone + count] += share * together[restarts, in_repair]
    return lost


def binomial_ways(count: int) -> Array:
    """Ways to choose 0 .. count of so many."""
    hit = np.arange(count + 1)
    return np.asarray(np.exp(gammaln(count + 1) - gammaln(hit + 1) - gammaln(count - hit + 1)))


def _power(one: Array, count: int) -> Array:
    """Distribution of the sum of `count` independent pairs, each as `one`, by squaring."""
    total, factor = np.ones((1, 1)), one
    while count:
        if count & 1:
            total = _sum_of(total, factor)
        factor, count = _sum_of(factor, factor), count >> 1
    return total


def _sum_of(first: Array, second: Array) -> Array:
    """Distribution of the sum of two independent pairs, what vanishes cut off."""
    rows, columns = first.shape[0] + second.shape[0] - 1, first.shape[1] + second.shape[1] - 1
    found = np.zeros((rows, columns))
    for row, column in np.argwhere(first > NEGLIGIBLE_CHANCE).tolist():
        found[row : row + second.shape[0], column : column + second.shape[1]] += first[row, column] * second
    seen = np.argwhere(found > NEGLIGIBLE_CHANCE).max(axis=0) + 1
    return found[: seen[0], : seen[1]]


def _drawn(count: int, marked: int, drawn: int) -> list[tuple[int, float]]:
    """How many of the marked are among those drawn, with its chance."""

    def ways(of: int, some: int) -> float:
        return float(gammaln(of + 1) - gammaln(some + 1) - gammaln(of - some + 1))

    least, most = max(0, drawn - (count - marked)), min(marked, drawn)
    return [
        (k, float(np.exp(ways(marked, k) + ways(count - marked, drawn - k) - ways(count, drawn))))
        for k in range(least, most + 1)
    ]


def _trimmed(lost: Array) -> Array:
    seen = np.flatnonzero(lost > NEGLIGIBLE_CHANCE)
    return np.asarray(lost[: seen[-1] + 1])


def carries(up: NDArray[np.int64], rate: Array, demand: Array) -> NDArray[np.bool_]:
    """Whether units that are up, shape [case, kind], can be divided among works, rate [kind, work], demand [work].

    Raises ValueError for more than two works with demand.
    """
    return np.asarray((up @ _worth(rate, demand) >= 1.0 - ROUNDING).all(axis=1))


def _worth(rate: Array, demand: Array) -> Array:
    """Parts of the works that a unit carries at all weights a that decide, shape [kind, weight]; see above."""
    asked = np.flatnonzero(demand > 0.0)
    if len(asked) > 2:
        raise ValueError("whether units can be divided among more than two works is not looked at here")
    part = rate[:, asked] / demand[asked]
    if len(asked) < 2:
        return np.asarray(part)
    both = part[(part > 0).all(axis=1)]
    kinks = np.unique(np.concatenate([[0.0, 1.0], both[:, 1] / both.sum(axis=1)]))
    return np.asarray(np.maximum(part[:, :1] * kinks, part[:, 1:] * (1.0 - kinks)))


def standing_share(
    units: Sequence[int],
    laws: Sequence[UnitLosses],
    rate: Array,
    demand: Array,
    negligible: float = NEGLIGIBLE_CHANCE,
) -> float:
    """P(the running units of all kinds that are up carry the demand); see `carries` for shapes and errors.

    Losses of no more than a chance `negligible` count as if nothing was carried then. Cases that no longer carry it are
    dropped at once: what is lost beside only adds.
    """
    worth = _worth(rate, demand)
    left = np.asarray(units, dtype=float)[None, :] @ worth
    left = left[(left >= 1.0 - ROUNDING).all(axis=1)]
    share = np.ones(len(left))
    for count, law, each in zip(units, laws, worth, strict=True):
        one = law.lost(int(count))
        share = (share[:, None] * one).ravel()
        left = (left[:, None, :] - np.arange(len(one))[:, None] * each).reshape(len(share), worth.shape[1])
        kept = (share > negligible) & (left >= 1.0 - ROUNDING).all(axis=1)
        left, share = left[kept], share[kept]
    return float(share.sum())
