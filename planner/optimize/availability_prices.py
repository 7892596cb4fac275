"""Prices of units at which pools are asked what they cost at least, by a linear program from below and one from above.

    below   the program of a question without whole numbers, with the floors that are known      a bound
    above   the same with, for the floors, a mix of known counts in each pool and period         what these can reach

The latter values one more unit in a period: first as the nodes of it, which few counts tell, then unit by unit, within
some factor of the prices that gave the highest bound, and ever closer to them where that rises no more (R. E. Marsten,
W. W. Hogan, J. W. Blankenship, The BOXSTEP method, Oper. Res. 23, 1975).
What pools cost at least at such prices (`planner.model.standing_prices`) are floors for the one, and
counts for the other. Neither program is believed: floors hold whatever the prices, and counts are looked at exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.lateness import never
from planner.model.standing import StandingSet
from planner.model.standing_near import NearCounts, is_counted
from planner.model.standing_prices import PricedPool
from planner.optimize.availability_programs import PricingPrograms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.core.lateness import Late
    from planner.model import Sets
    from planner.optimize.availability_programs import Valued

    Array = NDArray[np.float64]
    Chosen = tuple[tuple[int, ...], ...]

LEAST_PRICE = 1e-3
"""Of the mean price of a node, what every node costs at least where pools are asked."""
MOST_ROUNDS, FIRST_HALVINGS, HALVINGS = 60, 3, 12
NEAR, SMALL = 1.1, 0.05
"""By what factor prices of units are from the best ones; beyond that, of the price of their nodes, that share of it."""
SHIFTED = 1.25
"""By what factor each hardware's price is more and less, in turn, where pools are asked first."""
MOST_COUNTS = 1_000
"""Unit counts of a question, beyond which there is no time for this in that of a search."""
CLOSE, WORTH_IT, LOOK_BACK = 2e-3, 2e-4, 2
"""Nothing more is asked once the two are so close, or neither has moved so much in so many rounds."""
LP_ROUNDING = 1e-6
"""Of the cost of a linear program, what its tolerances may add to it."""
TIGHT = 1e-9
"""Price of a floor, below which a bound does not need it."""
IDLE_PRICE = 0.02
"""Of the price of the dearest nodes, what all nodes cost beside where a mix is rounded."""
ROUNDED_UP = (1e-9, 0.3, 0.5, 0.7, 1.0 - 1e-9)
"""What is added to counts of a mix before parts of units are cut off."""
MOST_LISTED = 6
"""Counts of a pool and period that plans may choose from: those in the mix, then the cheapest."""


@dataclass(frozen=True)
class PricedSet:
    """What every plan has that keeps the promises, and counts for plans to choose from, by the place of the point.

    `bound` is what the linear program with these floors costs at least, -inf where it was not solved.
    """

    necessary: StandingSet
    counts: dict[int, Chosen]
    bound: float = -math.inf


def asks_at_prices(sets: Sets) -> bool:
    """Whether all pools that are kept standing by a loose form are asked what they cost at prices."""
    standing = sets.standing
    if standing is None or sets.on_limit.size > MOST_COUNTS:
        return False
    pairs = zip(standing.points, standing.questions, strict=True)
    return all(point.exact or is_counted(point, question) for point, question in pairs)


def priced_set(sets: Sets, necessary: StandingSet, late: Late, over: Late = never) -> PricedSet:
    """Floors beside those that are known, and counts that keep the promises, of pools whose counts decide that.

    As many as are found before it is `late`; counts near these until it is `over`.
    """
    rounds = None if late() else priced_rounds(sets, necessary)
    return PricedSet(necessary, {}) if rounds is None else rounds.run(late, over)


def priced_rounds(sets: Sets, necessary: StandingSet) -> PricedRounds | None:
    """The same to be run, and run on; None where there are no such pools, or no time for them in that of a search."""
    assert sets.standing is not None
    places = [
        place
        for place, (point, question) in enumerate(
            zip(sets.standing.points, sets.standing.questions, strict=True)
        )
        if is_counted(point, question)
    ]
    many = sets.on_limit.size > MOST_COUNTS
    return None if many or not places else PricedRounds(sets, necessary, places)


class PricedRounds:
    """The two programs, and what is known of every pool and period; `run` again and again until it is `exhausted`."""

    def __init__(self, sets: Sets, necessary: StandingSet, places: list[int]) -> None:
        assert sets.standing is not None
        self.necessary, self.places = necessary, places
        self.questions = [sets.standing.questions[place] for place in places]
        self.floors = [list(necessary.points[place].floors) for place in places]
        self.counts: list[dict[tuple[int, ...], None]] = [{} for _ in places]
        self.pools = [PricedPool(question) for question in self.questions]
        self.starts = np.cumsum([0, *(len(question.nodes) for question in self.questions)])
        self.lp = PricingPrograms(sets, necessary, places, self.starts)
        self.mixed: list[Array] = []
        self._best: Valued | None = None
        self.prices = np.zeros(int(self.starts[-1]))
        self.hardware = [sets.hardware_of[list(question.pool.units)] for question in self.questions]
        self.exhausted, self._late = False, never
        self._asking = self._asked()
        low, high = node_prices(sets)
        self._typical, self._dearest = np.sqrt(np.maximum(low, LEAST_PRICE * high) * high), high

    def run(self, late: Late, over: Late) -> PricedSet:
        """Ask on until it is late, or there is no more to be found; what is known then."""
        self._late = late
        while not self.exhausted and not late():
            self.exhausted = next(self._asking, True)
        return self._found(over)

    def _asked(self) -> Iterator[bool]:
        """Ask pool by pool."""
        for node_usd in _first_prices(self._typical):
            for place in range(len(self.places)):
                self._ask(place, node_usd[self.hardware[place]] * self.questions[place].nodes, FIRST_HALVINGS)
                yield False
        dear = 2.0 * np.array([self._cost_of_first(place) for place in range(len(self.places))])
        yield from self._by_nodes(dear)
        yield from self._by_units(dear)

    def _by_nodes(self, dear: Array) -> Iterator[bool]:
        """Ask at prices of nodes until the bounds at such prices rise no more."""
        moved: list[tuple[float, float]] = []
        for _ in range(MOST_ROUNDS):
            above = self.lp.above(self.counts, dear)
            if above is None:
                break
            self.mixed, self.prices = above.mixed, above.prices
            if self._is_enough(moved):
                break
            yield from self._raise(above.prices)
            moved.append((-math.inf if self._best is None else self._best.cost, above.cost))

    def _by_units(self, dear: Array) -> Iterator[bool]:
        """Ask at prices of units near the best ones, ever nearer to them."""
        node = np.concatenate(
            [self._typical[some] * one.nodes for some, one in zip(self.hardware, self.questions, strict=True)]
        )
        factor = NEAR
        for _ in range(MOST_ROUNDS):
            best = self._best
            if best is None:
                break
            most = best.prices * factor + (factor - 1.0) * SMALL * node
            above = self.lp.above(self.counts, dear, (best.prices / factor, most))
            if above is None:
                break
            self.mixed, self.prices = above.mixed, above.prices
            if above.cost - best.cost < CLOSE * abs(above.cost):
                break
            yield from self._raise(above.prices)
            if self._best is best:
                factor = math.sqrt(factor)

    def _raise(self, prices: Array) -> Iterator[bool]:
        """Ask all pools at some prices, which are the best ones where these floors alone give the highest bound."""
        known = [len(some) for some in self.floors]
        for place in range(len(self.places)):
            self._ask(place, prices[self.starts[place] : self.starts[place + 1]], HALVINGS)
            yield False
        below = self.lp.below([some[first:] for some, first in zip(self.floors, known, strict=True)])
        if below is not None and (self._best is None or below.cost > self._best.cost):
            self._best = replace(below, prices=prices)

    def _cost_of_first(self, place: int) -> float:
        """What the first counts cost that are known of a pool and period, at the dearest nodes."""
        usd = self._dearest[self.hardware[place]] * self.questions[place].nodes
        return float(usd @ next(iter(self.counts[place]), (1,) * len(usd)))

    def _is_enough(self, moved: list[tuple[float, float]]) -> bool:
        if not moved:
            return False
        (below, above), before = moved[-1], moved[max(0, len(moved) - 1 - LOOK_BACK)]
        slow = len(moved) > LOOK_BACK and abs(below - before[0]) + abs(above - before[1]) < WORTH_IT * abs(
            above
        )
        return slow or above - below < CLOSE * abs(above)

    def _ask(self, place: int, usd: Array, halvings: int) -> None:
        """Floors and counts of one pool and period at some prices of its units."""
        question = self.questions[place]
        usd = usd + LEAST_PRICE * float(usd.sum() / question.nodes.sum()) * question.nodes
        known = min((float(usd @ counts) for counts in self.counts[place]), default=np.inf)
        found = self.pools[place].ask(usd, known, halvings, self._late)
        self.floors[place] += found.floors
        near = NearCounts(question, usd, np.ones(len(usd), dtype=bool), self._late)
        for counts in found.counts:
            grown = near.grown(counts)
            if grown is not None:
                self.counts[place] |= {near.trimmed(grown, usd): None}

    def _found(self, over: Late) -> PricedSet:
        points, below = list(self.necessary.points), self.lp.below(self.floors)
        for at, place in enumerate(self.places):
            first, floors = len(points[place].floors), self.floors[at]
            tight = [] if below is None else np.flatnonzero(below.mixed[at] > TIGHT).tolist()
            points[place] = replace(
                points[place], floors=(*floors[:first], *(floors[one] for one in tight if one >= first))
            )
        counts = {place: self._listed(at, over) for at, place in enumerate(self.places) if self.counts[at]}
        bound = -math.inf if below is None else below.cost - LP_ROUNDING * abs(below.cost)
        return PricedSet(StandingSet(tuple(points), self.necessary.most), counts, bound)

    def _listed(self, at: int, over: Late) -> Chosen:
        """Counts near the mix first, then those in it, then those that were found last."""
        known = list(self.counts[at])
        share = self.mixed[at] if self.mixed else np.zeros(0)
        order = sorted(range(len(known)), key=lambda one: (-(share[one] if one < len(share) else 0.0), -one))
        near = self._rounded(at, share, over) if len(share) else ()
        return tuple(dict.fromkeys((*near, *(known[one] for one in order[:MOST_LISTED]))))

    def _rounded(self, at: int, share: Array, over: Late) -> Iterator[tuple[int, ...]]:
        """Whole counts near the mix of a pool and period: what is mixed is seldom what all periods can have at once."""
        question = self.questions[at]
        usd = self.prices[self.starts[at] : self.starts[at + 1]]
        usd = usd + IDLE_PRICE * self._dearest[self.hardware[at]] * question.nodes
        mix = np.array(list(self.counts[at])[: len(share)], dtype=np.float64).T @ share
        near = NearCounts(question, usd, np.ones(len(usd), dtype=bool), over)
        for start in dict.fromkeys(tuple(np.floor(mix + up).astype(int).tolist()) for up in ROUNDED_UP):
            grown = near.grown(start)
            if grown is not None:
                yield near.trimmed(grown, usd)


def _first_prices(usd: Array) -> Iterator[Array]:
    """Prices of nodes of each hardware, then with each of them more and less."""
    yield usd
    for hardware in range(len(usd) if len(usd) > 1 else 0):
        for factor in (SHIFTED, 1.0 / SHIFTED):
            yield np.where(np.arange(len(usd)) == hardware, factor, 1.0) * usd


def node_prices(sets: Sets) -> tuple[Array, Array]:
    """What a node costs in a period by the cheapest and by the dearest channel, shape [hardware] each."""
    each = sets.offer_price / (sets.last - sets.first + 1)
    hardware = np.array([channel.hardware for channel in sets.channels])[sets.offer_channel]
    low, high = np.full(len(sets.hardware), np.inf), np.zeros(len(sets.hardware))
    np.minimum.at(low, hardware, each)
    np.maximum.at(high, hardware, each)
    dearest = max(1e-9, float(high.max(initial=0.0)))
    return np.where(np.isfinite(low), np.maximum(low, 0.0), dearest), np.where(high > 0, high, dearest)
