"""What is asked of a pool in a period, and its choices: least counts where they can be listed, safe lines elsewhere.

    counts    on[u] >= count[u] for all u          exact: the least running units of some kinds that keep the promise
    line      sum_u keep[u] rate[u,w] busy[u,w] >= level        for one work: the moment bound of H. Chernoff

`kernels.queueing.standing` has both. Where a pool has few kinds of units all least counts are listed, and the choices
are all that keeps the promise. In other pools the counts are those of each kind alone, beside lines at a few thetas,

    keep[u] = 1 - log E exp(theta rate[u,w] lost[u]) / (theta rate[u,w]),
    level   = demand[w] - log(missing / works of the pool) / theta

which hold however the time of units is divided among works, as the logarithm is convex in the share given to each
(0 where it is less than `LEAST_KEPT`: such units count for nothing). That is safe, and may ask for more than is needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import standing_share
from planner.model.standing_point import StandingLine, StandingPoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kernels.queueing import UnitLosses
    from planner.rates.standing import StandingPool

    Array = NDArray[np.float64]
    Listed = tuple[tuple[tuple[int, ...], ...], tuple[float, ...]]
    Kept = dict[tuple[object, ...], "KeptShares"]

LEAST_KEPT = 0.2
"""Units of which a line would count less than this share count for nothing in it."""
MOST_LOOKS, MOST_COUNTS = 3_000, 256
"""Looks at a mix and least counts up to which a pool is listed."""
SMALL = 12.0
"""Units that work fills, beyond which pools get one line for each work, without a choice."""
LINES, WORTH_A_LINE = 3, 1e-3
CERTAIN = 1.0 - 1e-9
NEARLY_WHOLE, NEARLY_SURE = 1e-9, 1e-12
THETAS = np.geomspace(0.02, 30.0, 60)
"""Thetas that are looked at, in units of 1 / rate of a kind."""
BUCKET, MARGIN = 1.02, 1e-3
"""Periods that share thetas and shares: a factor of their demands, and by what share of it their rates are less."""


@dataclass(frozen=True)
class KeptShares:
    """Thetas of a work and keep[unit of the pool, theta] at rates that are no less than those of the periods it is for.

    The share falls with the rate (log E exp is convex, and 0 at 0), so it is safe at any rate below.
    """

    theta: Array
    rate: Array
    keep: Array

    def holds(self, rate: Array) -> bool:
        """Whether it is safe at these rates, and close to what they would have."""
        return bool(((rate <= self.rate) & (rate >= self.rate * (1.0 - 2.0 * MARGIN))).all())


@dataclass(frozen=True)
class PoolQuestion:
    """A pool in a period. rate[unit of the pool, work] is what a unit does of the works with demand, headroom kept.

    Units that `packs` says fill nodes (`planner.rates.filled_nodes`), in `pieces` where GPUs beside them are sold.
    """

    pool: StandingPool
    period: int
    works: tuple[int, ...]
    laws: tuple[UnitLosses, ...]
    nodes: Array
    hardware: NDArray[np.str_]
    rate: Array
    demand: Array
    elsewhere: tuple[bool, ...]
    sited: bool
    packs: tuple[bool, ...] = ()
    pieces: tuple[bool, ...] = ()

    @property
    def load(self) -> float:
        """Units that the works fill, each done by the fastest."""
        return float((self.demand / self.rate.max(axis=0)).sum())

    @property
    def key(self) -> tuple[object, ...]:
        """What the list of least counts depends on."""
        return self.pool, self.works, self.rate.tobytes(), self.demand.tobytes()

    def point(self, left: int, listed: Listed | None, known: Kept) -> StandingPoint:
        """The choices, no more than are left; `known` has shares of other periods, and gains this one's."""
        if listed is not None and len(listed[0]) <= max(1, left):
            counts, carried = listed
            return StandingPoint(self.pool, self.period, self.works, counts, carried)
        missing = (1.0 - self.pool.kept) / len(self.works)
        alone = int(np.count_nonzero((self.rate > 0).all(axis=1)))
        few = self._choices(LINES, missing, known) if self.load <= SMALL and left > alone else None
        return few if few is not None and few.choices <= left else self._choices(1, missing, known)

    def _choices(self, lines: int, missing: float, known: Kept) -> StandingPoint:
        """Safe choices: kinds alone, where several lines are wanted, and lines."""
        counts = dict.fromkeys(self._alone()) if lines > 1 else {}
        found = [
            line
            for place in range(len(self.works))
            for line in self._lines(place, self._shares(place, lines, missing, known), missing)
        ]
        idle = tuple(work for work, goes in zip(self.works, self.elsewhere, strict=True) if goes)
        return StandingPoint(
            self.pool, self.period, self.works, tuple(counts), (), tuple(found), idle, exact=False
        )

    def _alone(self) -> Iterator[tuple[int, ...]]:
        """Least units of each kind that carries all works by itself."""
        if self.sited and len(self.works) > 1:
            return
        for place in np.flatnonzero((self.rate > 0).all(axis=1)).tolist():
            needed = _whole((self.demand / self.rate[place]).sum())
            least = self.laws[place].least(needed, self.pool.kept)
            if least is not None:
                yield tuple(least if one == place else 0 for one in range(len(self.laws)))

    def _lines(self, place: int, shares: KeptShares, missing: float) -> Iterator[StandingLine]:
        """Lines of a work."""
        level = float(self.demand[place]) - np.log(missing) / shares.theta
        for at in range(len(shares.theta)):
            yield StandingLine(self.works[place], tuple(shares.keep[:, at].tolist()), float(level[at]))

    def _keep(self, rate: Array, theta: Array) -> Array:
        """Share of a unit that counts, shape [unit of the pool, theta]."""
        keep = np.zeros((len(rate), len(theta)))
        for unit in np.flatnonzero(rate > 0).tolist():
            weight = theta * rate[unit]
            keep[unit] = 1.0 - self.laws[unit].log_moment(weight) / weight
        return np.where(np.isfinite(keep) & (keep >= LEAST_KEPT), keep, 0.0)

    def _shares(self, place: int, wanted: int, missing: float, known: Kept) -> KeptShares:
        """Thetas and shares of a work, those of about the same demand and rates where these have been asked for."""
        bucket = round(float(np.log(self.demand[place]) / np.log(BUCKET)))
        key, rate = (self.pool, self.works, place, wanted, bucket), self.rate[:, place]
        if key not in known or not known[key].holds(rate):
            theta = known[key].theta if key in known else self._chosen(place, wanted, missing)
            above = rate * (1.0 + MARGIN)
            known[key] = KeptShares(theta, above, self._keep(above, theta))
        return known[key]

    def _chosen(self, place: int, wanted: int, missing: float) -> Array:
        """The theta that is best for all hardware on the whole, then those that help some of it most."""
        rate, demand = self.rate[:, place], float(self.demand[place])
        able = np.flatnonzero(rate > 0)
        theta = np.unique(np.outer(1.0 / rate[able], THETAS).ravel())
        keep = self._keep(rate, theta)
        level = demand - np.log(missing) / theta
        nodes = self._nodes_asked(rate, keep, level)
        alone = nodes[able] / nodes[able].min(axis=1, keepdims=True)
        kinds = [
            np.flatnonzero((self.hardware == one) & (rate > 0)) for one in np.unique(self.hardware[able])
        ]
        asked = np.array([nodes[kind].min(axis=0) for kind in kinds])
        chosen = [int(np.argmin((asked / asked.min(axis=1, keepdims=True)).sum(axis=0)))]
        while len(chosen) < wanted:
            best = alone[:, chosen].min(axis=1)
            total = np.minimum(best[:, None], alone).sum(axis=0)
            one = int(np.argmin(total))
            if total[one] >= best.sum() * (1.0 - WORTH_A_LINE):
                break
            chosen.append(one)
        return np.asarray(theta[chosen])

    def _nodes_asked(self, rate: Array, keep: Array, level: Array) -> Array:
        """Nodes that lines ask for of each kind alone, shape [unit of the pool, theta]."""
        each, never = keep * rate[:, None], np.finfo(float).max ** 0.5
        nodes = np.full_like(each, never)
        return np.divide(self.nodes[:, None] * level, each, out=nodes, where=each > 0)

    def listed(self) -> Listed | None:
        """All least counts of a pool, and what each carries; None where there are too many."""
        shared = any(law.lies_anywhere for law in self.laws)
        if self.sited or shared or len(self.works) > 2:
            return None
        if not any(self.elsewhere) and self._looks_at_least() > MOST_LOOKS:
            return None
        most = [count for count in self.most_counts() if count is not None]
        if len(most) < len(self.laws):
            return None
        if any(self.elsewhere):
            return self._levels(most) if len(self.works) == 1 else None
        looks = math.prod(count + 1 for count in most[:-1])
        if looks * (1 + np.log2(most[-1] + 1)) > MOST_LOOKS:
            return None
        counts = self._least_counts(most)
        return (counts, ()) if counts and len(counts) <= MOST_COUNTS else None

    def _looks_at_least(self) -> float:
        """Mixes of all kinds but the last that there are with no more of each than its works fill."""
        part = np.divide(self.demand, self.rate, out=np.zeros_like(self.rate), where=self.rate > 0)
        return float(np.prod(np.ceil(part.sum(axis=1) - NEARLY_WHOLE)[:-1] + 1.0))

    def most_counts(self) -> list[int | None]:
        """Units of each kind beyond which one more is never needed, whatever runs beside them; None: no number."""
        found = []
        for place, law in enumerate(self.laws):
            able = self.rate[place] > 0
            needed = _whole((self.demand[able] / self.rate[place, able]).sum())
            found.append(law.least(needed, self.pool.kept if able.all() else max(self.pool.kept, CERTAIN)))
        return found

    def stands(self, counts: tuple[int, ...]) -> bool:
        """Whether so many units keep the promise."""
        return standing_share(counts, self.laws, self.rate, self.demand) >= self.pool.kept - NEARLY_SURE

    def _least_counts(self, most: list[int]) -> tuple[tuple[int, ...], ...]:
        """All counts that keep the promise, of which none has less of one kind and no more of the others."""
        found: list[tuple[int, ...]] = []
        for first in np.ndindex(*(count + 1 for count in most[:-1])):
            low, high = -1, most[-1] + 1
            # what fewer of the other kinds need of the last is enough here too
            below = [one[-1] for one in found if all(x <= y for x, y in zip(one[:-1], first, strict=True))]
            high = min([high, *below])
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if self.stands((*first, middle)) else (middle, high)
            if high <= most[-1] and high < min([most[-1] + 1, *below]):
                found.append((*first, high))
        return tuple(
            one
            for one in found
            if not any(
                other != one and all(x <= y for x, y in zip(other, one, strict=True)) for other in found
            )
        )

    def _levels(self, most: list[int]) -> Listed | None:
        """Counts and what they carry of the only work, those left out that carry no more than smaller ones."""
        if math.prod(count + 1 for count in most) > MOST_COUNTS:
            return None
        found: dict[tuple[int, ...], float] = {}
        for counts in np.ndindex(*(count + 1 for count in most)):
            level = self._level(counts)
            less = (tuple(c - (k == kind) for k, c in enumerate(counts)) for kind in range(len(counts)))
            if level > max((self._level(one) for one in less if min(one) >= 0), default=-1.0):
                found[counts] = level
        return tuple(found), tuple(found.values())

    def _level(self, counts: tuple[int, ...]) -> float:
        """The most of the only work, no more than its demand, that so many units carry as long as promised."""
        demand = float(self.demand[0])
        sums = {0.0: 1.0}
        for count, law, rate in zip(counts, self.laws, self.rate[:, 0].tolist(), strict=True):
            grown: dict[float, float] = {}
            for lost, share in enumerate(law.lost(count).tolist()):
                for capacity, chance in sums.items():
                    at = round(capacity + (count - lost) * rate, 9)
                    grown[at] = grown.get(at, 0.0) + chance * share
            sums = grown
        kept = 0.0
        for capacity in sorted(sums, reverse=True):
            kept += sums[capacity]
            if kept >= self.pool.kept - NEARLY_SURE:
                return min(demand, capacity)
        return 0.0


def _whole(load: float) -> int:
    """Whole units that work fills, at least one."""
    return max(1, int(np.ceil(load - NEARLY_WHOLE)))
