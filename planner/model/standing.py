"""What keeps pools of units standing while some are down, for all pools and periods of a question.

In plans: one of several choices for each (`planner.model.standing_question`), each of which keeps the promise. Where a
pool has too many kinds of units for all least counts to be listed, plans that keep none of these choices may keep the
promise too. A bound then rests on `necessary`: the choices of such pools give way to floors
(`planner.model.standing_floors`) that every plan has which keeps the promise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.lateness import never
from planner.model.standing_floors import floors_of
from planner.model.standing_point import StandingPoint
from planner.model.standing_question import KeptShares, PoolQuestion
from planner.rates.filled_nodes import packs_full, some_gpus
from planner.rates.places import has_places
from planner.rates.standing import losses_of, may_go_elsewhere, standing_alone, standing_pools

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from planner.core.lateness import Late
    from planner.instance import Instance
    from planner.rates import Rates
    from planner.rates.standing import StandingPool

    Array = NDArray[np.float64]

MOST_CHOICES = 2_000
"""Choices of a whole program, beyond which pools get one line for each work, without a choice."""
UNLIMITED = 1 << 20
"""Units of a kind of which no number keeps the promise alone: that many of them may be of use beside others."""


@dataclass(frozen=True)
class StandingSet:
    """All pools and periods that need rows, and units beyond which one more never helps, shape [unit, period].

    `questions` are those of the points, in their order; empty in a set that is only necessary.
    """

    points: tuple[StandingPoint, ...]
    most: NDArray[np.int64] = field(repr=False)
    questions: tuple[PoolQuestion, ...] = field(default=(), repr=False)

    @property
    def exact(self) -> bool:
        """Whether the choices are all that keeps the promises."""
        return all(point.exact for point in self.points)

    def listed(self, counts: Mapping[int, tuple[tuple[int, ...], ...]]) -> StandingSet:
        """The same with these counts as the only choices of some points, by their place: each keeps the promise."""
        points = {
            place: StandingPoint(point.pool, point.period, point.works, counts[place], exact=False)
            for place, point in enumerate(self.points)
            if place in counts
        }
        return self._with(points)

    def beside(self, counts: Mapping[int, tuple[tuple[int, ...], ...]]) -> StandingSet:
        """The same with these counts as further choices of some points, by their place: each keeps the promise."""
        points = {
            place: replace(point, counts=(*point.counts, *counts[place]))
            for place, point in enumerate(self.points)
            if place in counts
        }
        return self._with(points)

    def _with(self, points: Mapping[int, StandingPoint]) -> StandingSet:
        """The same with other points at some places, and all units that these count."""
        most = self.most.copy()
        for point in points.values():
            units = list(point.pool.units)
            most[units, point.period] = np.maximum(most[units, point.period], np.max(point.counts, axis=0))
        all_points = tuple(points.get(place, point) for place, point in enumerate(self.points))
        return StandingSet(all_points, most, self.questions)

    def necessary(self, late: Late = never) -> StandingSet:
        """What every plan has that keeps the promises, and all units that may then be of use.

        Some of it is left out that is not found before it is `late`.
        """
        loose = [place for place, point in enumerate(self.points) if not point.exact]
        points, most = list(self.points), self.most.copy()
        floors = floors_of([self.questions[place] for place in loose], late)
        for place, found in zip(loose, floors, strict=True):
            point, question = self.points[place], self.questions[place]
            points[place] = StandingPoint(
                point.pool, point.period, point.works, (), exact=False, floors=found
            )
            counts = question.most_counts()
            for unit, count in zip(point.pool.units, counts, strict=True):
                enough = UNLIMITED if count is None else count
                most[unit, point.period] = max(most[unit, point.period], enough)
        return StandingSet(tuple(points), most)


def standing_of(instance: Instance, rates: Rates, demand: Array, headroom: Array) -> StandingSet | None:
    """Collect them; None where no availability is promised, or each pool has one type of units alone.

    `demand` has the shape [work, period]; `headroom` [unit, period] is the share of its time that a unit may be busy
    for waits.
    """
    questions = [
        question
        for pool in standing_pools(instance, rates)
        if standing_alone(instance, rates, pool, demand, headroom[pool.units[0]]) is None
        for question in _questions(instance, rates, pool, demand, headroom)
    ]
    if not questions:
        return None
    left, asked, known = MOST_CHOICES, [], {}
    shares: dict[tuple[object, ...], KeptShares] = {}
    for question in sorted(questions, key=lambda one: one.load):
        if question.key not in known:
            known[question.key] = question.listed()
        point = question.point(left, known[question.key], shares)
        left -= point.choices if point.choices > 1 else 0
        asked.append((point, question))
    asked.sort(key=lambda one: (one[0].pool.works, one[0].pool.place, one[0].period))
    most = np.zeros((len(rates.units), demand.shape[1]), dtype=np.int64)
    for point, _ in asked:
        _raise_most(most, rates, headroom, point)
    return StandingSet(tuple(point for point, _ in asked), most, tuple(question for _, question in asked))


def standing_doubts(standing: StandingSet | None, rates: Rates) -> Iterator[str]:
    """What is told of pools that are kept standing by a form that may ask for more than is needed."""
    if standing is None:
        return
    shared: dict[str, bool] = {}
    for point, question in zip(standing.points, standing.questions, strict=True):
        for work in () if point.exact else point.works:
            name = rates.works[work].workload
            shared[name] = shared.get(name, False) or any(law.lies_anywhere for law in question.laws)
    for name, sharing in shared.items():
        why = (
            "as units share nodes, which take all of them down," if sharing else "with so many kinds of units"
        )
        yield (
            f"workloads.{name}.sla.availability: {why} its pools are kept standing by a form that"
            " is safe but may ask for more than is needed; the bound counts every plan that keeps the promise, so what"
            " this may cost is part of the gap"
        )


def _raise_most(most: NDArray[np.int64], rates: Rates, headroom: Array, point: StandingPoint) -> None:
    for place, unit in enumerate(point.pool.units):
        counts = [count[place] for count in point.counts]
        for line in point.lines:
            each = line.keep[place] * rates.rate[unit, line.work] * headroom[unit, point.period]
            counts.append(int(np.ceil(line.level / each)) if each > 0 else 0)
        most[unit, point.period] = max([most[unit, point.period], *counts])


def _questions(
    instance: Instance, rates: Rates, pool: StandingPool, demand: Array, headroom: Array
) -> Iterator[PoolQuestion]:
    """One for every period in which the pool has work; those that are alike have the same choices."""
    laws = tuple(losses_of(instance, rates, unit) for unit in pool.units)
    packs = tuple(packs_full(instance, rates, pool.units))
    pieces = tuple(some_gpus(instance, rates.units[unit].hardware) for unit in pool.units)
    elsewhere = {work: may_go_elsewhere(instance, rates.works[work].workload) for work in pool.works}
    for period in range(demand.shape[1]):
        works = tuple(work for work in pool.works if demand[work, period] > 0)
        if not works:
            continue
        rate = rates.rate[np.ix_(pool.units, works)] * headroom[list(pool.units), period][:, None]
        if (rate.max(axis=0) <= 0).any():
            continue
        yield PoolQuestion(
            pool,
            period,
            works,
            laws,
            np.array([rates.units[unit].nodes for unit in pool.units], dtype=float),
            np.array([rates.units[unit].hardware for unit in pool.units]),
            rate,
            demand[list(works), period],
            tuple(elsewhere[work] for work in works),
            has_places(instance),
            packs,
            pieces,
        )
