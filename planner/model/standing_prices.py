"""What a pool costs at least at given prices of its units: a floor of what keeps the promise, and counts near it.

A floor w x >= least(w) holds whatever the prices w >= 0 are; those at which a linear program values one more unit in a
period are those at which it asks for more. `planner.model.standing_cheapest` finds least(w) of one work.

Two works are one at weights a, as in `planner.model.standing_floors`:  v[u] = max(a part[u,1], (1 - a) part[u,2]),
here at the a that asks for most where nothing fails. Where units of their own do each of them there is more: let up_i
be that what is up of all units that can do work i carries it with all of their time, and up'_i the same if units that
can do both never failed. What carries both works has up_1 and up_2, thus each for `kept` of the time; and up'_1 and
up'_2, which are independent, so that P(up'_1) P(up'_2) >= kept. With any w = w_1 + w_2 of the units that can do both,

    w x  >=  min_e  least_1(w_1; 1 - kept, e) + least_2(w_2; 1 - kept, (1 - kept - e) / (1 - e))

the minimum over e that are missed of the first work, by cells of e, as `least` falls in what may be missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.model.standing_cheapest import CLOSELY, ROUGHLY, CheapestStanding, PricedKinds
from planner.model.standing_point import StandingFloor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.standing_cheapest import Least
    from planner.model.standing_question import PoolQuestion

    Array = NDArray[np.float64]

CELLS, ROUGH_CELLS = 4, 2
"""Into how many cells what may be missed is divided; the latter where much is asked for at prices that are none yet."""
DEARER = 1.3
"""Units that do two works count for no less than so many times what others that do the same cost: where they cost less
the floor at weights of works says it."""
LEAST_PRICE = 1e-4
"""Of the highest price in a pool, what units of no price count for."""
SHORT = 1e-6
"""Share of what is asked that a floor leaves out, beyond what any tolerance of demands and chances does."""
MOST_WORKS = 2


@dataclass(frozen=True)
class PricedPool:
    """Floors of a pool, and counts that may keep its promise, by unit of the pool."""

    floors: tuple[StandingFloor, ...]
    counts: tuple[tuple[int, ...], ...]


def priced(question: PoolQuestion, usd: Array, roughly: bool = False) -> PricedPool:
    """What the pool costs at least at these prices, shape [unit of the pool]; none of it for three works or more.

    `roughly`: a lower floor, sooner.
    """
    if len(question.works) > MOST_WORKS or usd.max() <= 0.0:
        return PricedPool((), ())
    pool = _Priced(question, np.maximum(usd, LEAST_PRICE * usd.max()), roughly)
    floors, counts = pool.weighed()
    if len(question.works) == MOST_WORKS and pool.has_own:
        more, counts = pool.divided()
        floors += more
    return PricedPool(tuple(floors), tuple(dict.fromkeys(tuple(one.tolist()) for one in counts)))


class _Priced:
    """A pool at prices."""

    def __init__(self, question: PoolQuestion, usd: Array, roughly: bool) -> None:
        self.cells = ROUGH_CELLS if roughly else CELLS
        self.tolerances: tuple[float, ...] = ROUGHLY if roughly else CLOSELY
        self.usd, self.missing = usd, 1.0 - question.pool.kept
        self.part = question.rate / question.demand
        laws = question.laws
        down = np.array([law.down if law.restarting is None else law.restarting for law in laws])
        self.down = 1.0 - (1.0 - down) ** np.array([law.nodes for law in laws])
        self.beside = np.array([law.beside for law in laws], dtype=np.int64)
        self.both = (self.part > 0).all(axis=1) & (self.part.shape[1] > 1)

    @property
    def has_own(self) -> bool:
        """Whether each work has units that do nothing else."""
        return bool((self.part[~self.both] > 0).any(axis=0).all())

    def weighed(self) -> tuple[list[StandingFloor], list[NDArray[np.int64]]]:
        """All works as one; counts are those of full nodes."""
        value = max(self._values(), key=lambda one: float((self.usd[one > 0] / one[one > 0]).min()))
        mine = np.flatnonzero(value > 0)
        kinds = self._kinds(mine, value[mine], self.usd[mine], self.beside[mine])
        least = CheapestStanding(kinds, self.missing, self.tolerances).least(self.missing)
        floors = list(self._floor(self.usd, least.bound))
        if (self.beside[mine] == 1).all():
            counts = [] if least.counts is None else [self._spread(mine, least)]
        else:
            beside, ones = self.beside[mine], np.ones(len(mine), dtype=np.int64)
            full = self._kinds(mine, value[mine] * beside, self.usd[mine] * beside, ones)
            least = CheapestStanding(full, self.missing, self.tolerances).least(self.missing)
            counts = [] if least.counts is None else [self._spread(mine, least) * self.beside]
        return floors, counts

    def _values(self) -> Iterator[Array]:
        """Values of units at all weights of the works that matter."""
        if self.part.shape[1] == 1:
            yield self.part[:, 0]
            return
        first, second = self.part.T
        kinks = np.unique(second[self.both] / (first + second)[self.both])
        for weight in [0.0, *kinks.tolist(), 1.0]:
            yield np.maximum(weight * first, (1.0 - weight) * second)

    def divided(self) -> tuple[list[StandingFloor], list[NDArray[np.int64]]]:
        """Two works, each with units of its own."""
        own = [(self.part[:, work] > 0) & ~self.both for work in range(MOST_WORKS)]
        rate = [float((self.part[one, work] / self.usd[one]).max()) for work, one in enumerate(own)]
        worth = self.part / rate
        usd = np.where(self.both, np.maximum(self.usd, DEARER * worth.sum(axis=1)), self.usd)
        asked = self.missing * np.arange(1, self.cells + 1) / self.cells
        before = asked - asked[0]
        found: list[list[Least]] = []
        mine: list[NDArray[np.int64]] = []
        for work, missing in enumerate((asked, ((self.missing - before) / (1.0 - before))[::-1])):
            able = np.flatnonzero(self.part[:, work] > 0)
            share = np.where(self.both, worth[:, work] / worth.sum(axis=1), 1.0)
            kinds = self._kinds(able, self.part[able, work], (usd * share)[able], self.beside[able])
            cheapest = CheapestStanding(kinds, self.missing, self.tolerances)
            found.append([cheapest.least(float(one)) for one in missing])
            mine.append(able)
        first, second = found[0], found[1][::-1]
        bound = min(one.bound + other.bound for one, other in zip(first, second, strict=True))
        counts = [
            self._together(self._spread(mine[0], one), self._spread(mine[1], other))
            for one, other in zip(first[:-1], second[1:], strict=True)
            if one.counts is not None and other.counts is not None
        ]
        return list(self._floor(usd, bound)), counts

    def _together(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.where(self.both, np.maximum(first, second), first + second)

    def _kinds(
        self, mine: NDArray[np.int64], value: Array, usd: Array, beside: NDArray[np.int64]
    ) -> PricedKinds:
        return PricedKinds(value, usd, self.down[mine], beside, self.both[mine])

    def _spread(self, mine: NDArray[np.int64], least: Least) -> NDArray[np.int64]:
        """Counts of some kinds among all of the pool."""
        assert least.counts is not None
        counts = np.zeros(len(self.usd), dtype=np.int64)
        counts[mine] = least.counts
        return counts

    def _floor(self, usd: Array, bound: float) -> Iterator[StandingFloor]:
        if bound > 0.0:
            yield StandingFloor(tuple((usd / bound).tolist()), 1.0 - SHORT)
