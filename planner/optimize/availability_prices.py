"""Prices of units at which pools are asked what they cost at least, by a linear program from below and one from above.

    below   the program of a question without whole numbers, with the floors that are known      a bound
    above   the same with, for the floors, a mix of known counts in each pool and period         what these can reach

Both value one more unit in a period (D. Wentges, Int. Trans. Opl. Res. 4, 1997: prices between those of the two find
more than either). What pools cost at least at such prices (`planner.model.standing_prices`) are floors for the one, and
counts for the other. Neither program is believed: floors hold whatever the prices, and counts are looked at exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.model.standing import StandingSet
from planner.model.standing_near import NearCounts, is_counted
from planner.model.standing_prices import priced
from planner.optimize.availability_programs import PricingPrograms

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.model import Sets

    Array = NDArray[np.float64]
    Late = Callable[[], bool]
    Chosen = tuple[tuple[int, ...], ...]

BETWEEN = 0.5
"""Where between the prices from below and above pools are asked."""
LEAST_PRICE = 1e-3
"""Of the mean price of a node, what every node costs at least where pools are asked."""
MOST_ROUNDS, ROUGH_ROUNDS, MOST_MORE = 40, 18, 6
MOST_COUNTS = 1_000
"""Unit counts of a question, beyond which there is no time for this in that of a search."""
CLOSE, WORTH_IT, LOOK_BACK = 2e-3, 2e-4, 8
"""Nothing more is asked once the two are so close, or neither has moved so much in so many rounds."""
TIGHT = 1e-9
"""Price of a floor, below which a bound does not need it."""
MOST_LISTED = 12
"""Counts of a pool and period that plans may choose from: those in the mix, then the cheapest."""


@dataclass(frozen=True)
class PricedSet:
    """What every plan has that keeps the promises, and counts for plans to choose from, by the place of the point."""

    necessary: StandingSet
    counts: dict[int, Chosen]


def priced_set(sets: Sets, necessary: StandingSet, late: Late) -> PricedSet:
    """Floors beside those that are known, and counts that keep the promises, of pools whose counts decide that.

    As many as are found before it is `late`.
    """
    assert sets.standing is not None
    places = [
        place
        for place, (point, question) in enumerate(
            zip(sets.standing.points, sets.standing.questions, strict=True)
        )
        if is_counted(point, question)
    ]
    if not places or late() or sets.on_limit.size > MOST_COUNTS:
        return PricedSet(necessary, {})
    return _Rounds(sets, necessary, places).run(late)


class _Rounds:
    """The two programs, and what is known of every pool and period."""

    def __init__(self, sets: Sets, necessary: StandingSet, places: list[int]) -> None:
        assert sets.standing is not None
        self.necessary, self.places = necessary, places
        self.questions = [sets.standing.questions[place] for place in places]
        self.floors = [list(necessary.points[place].floors) for place in places]
        self.counts: list[dict[tuple[int, ...], None]] = [{} for _ in places]
        self.units = [list(question.pool.units) for question in self.questions]
        self.starts = np.cumsum([0, *(len(units) for units in self.units)])
        self.lp = PricingPrograms(sets, necessary, places, self.starts)
        self.mixed: list[Array] = []
        self.hardware = [sets.hardware_of[units] for units in self.units]
        self._first = node_prices(sets)

    def run(self, late: Late) -> PricedSet:
        """Ask until it is late, or there is no more to be found."""
        moved: list[tuple[float, float]] = []
        for node_usd in self._first:
            for place in range(len(self.places)):
                if not late():
                    usd = node_usd[self.hardware[place]] * self.questions[place].nodes
                    self._ask(place, usd, True, late)
        dear = 2.0 * np.array([self._cost_of_first(place) for place in range(len(self.places))])
        for number in range(MOST_ROUNDS):
            below = self.lp.below(self.floors)
            if below is None or late():
                break
            above = self.lp.above(self.counts, dear)
            prices = below.prices if above is None else BETWEEN * below.prices + (1 - BETWEEN) * above.prices
            if above is not None:
                self.mixed = above.mixed
                moved.append((below.cost, above.cost))
            if moved and self._is_enough(moved):
                break
            for place in range(len(self.places)):
                if late():
                    break
                usd = prices[self.starts[place] : self.starts[place + 1]]
                self._ask(place, usd, number < ROUGH_ROUNDS, late)
        return self._found()

    def _cost_of_first(self, place: int) -> float:
        """What the first counts cost that are known of a pool and period, at the highest prices."""
        usd = self._first[-1][self.hardware[place]] * self.questions[place].nodes
        return float(usd @ next(iter(self.counts[place]), (1,) * len(usd)))

    def _is_enough(self, moved: list[tuple[float, float]]) -> bool:
        (below, above), before = moved[-1], moved[max(0, len(moved) - 1 - LOOK_BACK)]
        slow = len(moved) > LOOK_BACK and abs(below - before[0]) + abs(above - before[1]) < WORTH_IT * abs(
            above
        )
        return slow or above - below < CLOSE * abs(above)

    def _ask(self, place: int, usd: Array, roughly: bool, late: Late) -> None:
        """Floors and counts of one pool and period at some prices of its units."""
        question = self.questions[place]
        usd = usd + LEAST_PRICE * float(usd.sum() / question.nodes.sum()) * question.nodes
        found = priced(question, usd, roughly)
        self.floors[place] += found.floors
        near = NearCounts(question, usd, np.ones(len(usd), dtype=bool), late)
        for counts in found.counts[:MOST_MORE]:
            if late():
                break
            grown = near.grown(counts)
            if grown is not None:
                self.counts[place] |= {near.trimmed(grown, usd): None}

    def _found(self) -> PricedSet:
        points, below = list(self.necessary.points), self.lp.below(self.floors)
        for at, place in enumerate(self.places):
            first, floors = len(points[place].floors), self.floors[at]
            tight = [] if below is None else np.flatnonzero(below.mixed[at] > TIGHT).tolist()
            points[place] = replace(
                points[place], floors=(*floors[:first], *(floors[one] for one in tight if one >= first))
            )
        counts = {place: self._listed(at) for at, place in enumerate(self.places) if self.counts[at]}
        return PricedSet(StandingSet(tuple(points), self.necessary.most), counts)

    def _listed(self, at: int) -> Chosen:
        """Counts in the mix first, then those that were found last."""
        known = list(self.counts[at])
        share = self.mixed[at] if self.mixed else np.zeros(0)
        order = sorted(range(len(known)), key=lambda one: (-(share[one] if one < len(share) else 0.0), -one))
        return tuple(known[one] for one in order[:MOST_LISTED])


def node_prices(sets: Sets) -> tuple[Array, Array]:
    """What a node costs in a period by the cheapest and by the dearest channel, shape [hardware] each."""
    each = sets.offer_price / (sets.last - sets.first + 1)
    hardware = np.array([channel.hardware for channel in sets.channels])[sets.offer_channel]
    low, high = np.full(len(sets.hardware), np.inf), np.zeros(len(sets.hardware))
    np.minimum.at(low, hardware, each)
    np.maximum.at(high, hardware, each)
    dearest = max(1e-9, float(high.max(initial=0.0)))
    return np.where(np.isfinite(low), np.maximum(low, 0.0), dearest), np.where(high > 0, high, dearest)
