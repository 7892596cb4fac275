"""What a pool costs at least at given prices of its units: a floor of what keeps the promise, and counts near it.

A floor w x >= least(w) holds whatever the prices w >= 0 are; those at which a linear program values one more unit in a
period are those at which it asks for more. `planner.model.standing_cheapest` finds least(w) of one work.

Units that share nodes are no more than fill these (`planner.model.standing_filled`): a second floor, on nodes.

Two works are one at weights a, as in `planner.model.standing_floors`:  v[u] = max(a part[u,1], (1 - a) part[u,2]),
here at the a that asks for most where nothing fails. Where units of their own do each of them there is more
(`planner.model.standing_divided`).

What was halved of a pool's boxes at some prices is there at the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.core.lateness import never
from planner.model.standing_boxes import FailingKinds
from planner.model.standing_cheapest import CheapestStanding
from planner.model.standing_divided import CLOSE, DividedWorks
from planner.model.standing_filled import FillingKinds
from planner.model.standing_point import StandingFloor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.core.lateness import Late
    from planner.model.standing_question import PoolQuestion

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]

MOST_HALVINGS = 40
"""A floor is raised no further once it is so close to the cheapest counts that are known, or after so many halvings."""
LEAST_PRICE = 1e-4
"""Of the highest price in a pool, what units of no price count for."""
SHORT = 1e-6
"""Share of what is asked that a floor leaves out, beyond what any tolerance of demands and chances does."""
MOST_WORKS = 2


@dataclass(frozen=True)
class PoolAnswer:
    """Floors of a pool, and counts that may keep its promise, by unit of the pool."""

    floors: tuple[StandingFloor, ...]
    counts: tuple[tuple[int, ...], ...]


class PricedPool:
    """A pool that is asked at prices, one after another."""

    def __init__(self, question: PoolQuestion) -> None:
        self.missing = 1.0 - question.pool.kept
        self.part = question.rate / question.demand
        laws = question.laws
        down = np.array([law.down if law.restarting is None else law.restarting for law in laws])
        self.down = 1.0 - (1.0 - down) ** np.array([law.nodes for law in laws])
        self.beside = np.array([law.beside for law in laws], dtype=np.int64)
        self.taken = np.array([1 if law.lies_anywhere else law.beside for law in laws], dtype=np.int64)
        self.works = self.part.shape[1]
        self._fills = FillingKinds.of(question)
        self.both = (self.part > 0).all(axis=1) & (self.works > 1)
        self._weighed: dict[tuple[int, bool], CheapestStanding] = {}
        self._full: dict[int, tuple[CheapestStanding, Counts]] = {}

    def ask(
        self,
        usd: Array,
        known: float = np.inf,
        halvings: int = MOST_HALVINGS,
        late: Late = never,
    ) -> PoolAnswer:
        """What the pool costs at least at these prices, shape [unit of the pool]; none of it for three works or more.

        `known` is what counts cost that keep the promise. More `halvings` find a higher floor, later; none is raised
        further once it is `late`.
        """
        if self.works > MOST_WORKS or usd.max() <= 0.0:
            return PoolAnswer((), ())
        usd = np.maximum(usd, LEAST_PRICE * usd.max())
        floors: list[StandingFloor] = []
        counts: list[Counts] = []
        if not self.has_own or self.both.any():
            more, counts = self._weighted(usd, known, halvings)
            floors += more
        if self.has_own:
            bound, together = self._divided.ask(usd, known, halvings, late)
            floors += _floor(usd, bound)
            counts = [together]
        floors += self._filled(usd, halvings)
        return PoolAnswer(tuple(floors), tuple(dict.fromkeys(tuple(one.tolist()) for one in counts)))

    @property
    def has_own(self) -> bool:
        """Whether there are two works, and each has units that do nothing else."""
        return self.works == MOST_WORKS and bool((self.part[~self.both] > 0).any(axis=0).all())

    def _weighted(self, usd: Array, known: float, halvings: int) -> tuple[list[StandingFloor], list[Counts]]:
        """All works as one; counts are those of full nodes."""
        least = [float((usd[one > 0] / one[one > 0]).min()) for one in self._values]
        at = int(np.argmax(least))
        value = self._values[at]
        mine = np.flatnonzero(value > 0)
        cheapest = self._cheapest(at, full=False)
        cheapest.at(usd[mine])
        bound = _raised(cheapest, known, halvings)
        counts = np.zeros(len(usd), dtype=np.int64)
        if (self.beside[mine] == 1).all():
            counts[mine] = cheapest.counts(0)
        else:
            full, beside = self._cheapest(at, full=True), self.beside[mine]
            full.at(usd[mine] * beside)
            _raised(full, known, halvings)
            counts[mine] = full.counts(0) * beside
        return list(_floor(usd, bound)), [counts]

    def _filled(self, usd: Array, halvings: int) -> Iterator[StandingFloor]:
        """All works as one, units that fill nodes by the nodes that they fill."""
        if self._fills is None:
            return
        usd = self._fills.by_node(usd)
        least = [float((usd[one > 0] / one[one > 0]).min()) for one in self._values]
        at = int(np.argmax(least))
        if at not in self._full:
            value = self._values[at]
            kinds, mine = self._fills.kinds(value, self.down)
            self._full[at] = CheapestStanding(kinds, self.missing, np.array([self.missing])), mine
        cheapest, mine = self._full[at]
        cheapest.at(self._fills.of_kinds(usd, mine))
        for floor in _floor(usd, _raised(cheapest, np.inf, halvings)):
            yield replace(floor, filled=tuple(self._fills.filled.tolist()))

    def _cheapest(self, at: int, full: bool) -> CheapestStanding:
        """All works as one at weights; `full`: by nodes that are full of units."""
        if (at, full) not in self._weighed:
            value = self._values[at]
            mine = np.flatnonzero(value > 0)
            none_sure = np.zeros(len(mine), dtype=bool)
            kinds = FailingKinds(value[mine], self.down[mine], self.beside[mine], self.taken[mine], none_sure)
            if full:
                ones = np.ones(len(mine), dtype=np.int64)
                kinds = FailingKinds(kinds.value * kinds.beside, kinds.down, ones, ones, kinds.sure)
            self._weighed[at, full] = CheapestStanding(kinds, self.missing, np.array([self.missing]))
        return self._weighed[at, full]

    @cached_property
    def _values(self) -> list[Array]:
        """Values of units at all weights of the works that matter."""
        if self.works == 1:
            return [self.part[:, 0]]
        first, second = self.part.T
        kinks = np.unique(second[self.both] / (first + second)[self.both])
        return [np.maximum(weight * first, (1.0 - weight) * second) for weight in [0.0, *kinks.tolist(), 1.0]]

    @cached_property
    def _divided(self) -> DividedWorks:
        return DividedWorks(self.part, self.down, self.beside, self.taken, self.missing)


def _raised(work: CheapestStanding, known: float, halvings: int) -> float:
    """What one work costs at least."""
    while True:
        bound = work.bound(0)
        if bound >= (1.0 - CLOSE) * known or halvings <= 0 or not work.refine(0):
            return bound
        halvings -= 1


def _floor(usd: Array, bound: float) -> Iterator[StandingFloor]:
    if bound > 0.0:
        yield StandingFloor(tuple((usd / bound).tolist()), 1.0 - SHORT)
