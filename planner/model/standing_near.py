"""Counts of units near those of a plan that keep a pool standing, exactly: what a safe form asks for beyond is cut off.

A pool grows by the unit that adds most to the share of time for which it stands, for each USD that its nodes cost
beyond those that are held and idle; then every unit goes without which the pool still stands, dearest first. What the
convolution leaves out counts as time in which the pool does not stand, so the counts are safe, and the least near them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import standing_share
from planner.core.lateness import late_after, never
from planner.model.held_nodes import held_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from kernels.queueing import UnitLosses
    from planner.core.lateness import Late
    from planner.model.sets import Sets
    from planner.model.standing import StandingSet
    from planner.model.standing_point import StandingPoint
    from planner.model.standing_question import PoolQuestion
    from planner.model.values import Values

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]

LEFT_OUT = 1e-8
"""Chance below which a case is not looked at, as a share of what may be missed."""
MOST_GROWN, MOST_WORKS, MOST_LISTED = 60, 2, 12
FEW_KINDS, FACTOR = 8, 10.0
HARDLY_MORE = 1e-6
"""Share of time that one more unit adds, below which it is not told from none."""
IDLE_SHARE = 1e-3
"""Of its price, what a node that is held and idle counts for."""


def ready_of(sets: Sets, values: Values) -> Counts:
    """Units that are on, without those that start for all of a period, shape [unit, period]."""
    ready, before = values.on.copy(), np.arange(sets.periods)
    for lost in sets.lost_share:
        if lost < 1.0:
            break
        ready = ready - np.where(before >= 0, values.start[:, before], 0)
        before = np.where(before >= 0, sets.timeline.previous[before], -1)
    return np.maximum(ready, 0)


def one_more_usd(sets: Sets, values: Values) -> Array:
    """What one more unit costs in a period by the cheapest channel that has nodes left, shape [unit, period]."""
    held = held_nodes(sets, values.acquire)
    most = [np.inf if channel.maximum_nodes is None else channel.maximum_nodes for channel in sets.channels]
    room = held < np.array(most)[:, None]
    price = np.full((len(sets.hardware), sets.periods), np.inf)
    each = sets.offer_price / (sets.last - sets.first + 1)
    hardware = np.array([channel.hardware for channel in sets.channels])[sets.offer_channel]
    short = sets.first == sets.last
    hired = short & room[sets.offer_channel, sets.first]
    np.minimum.at(price, (hardware[hired], sets.first[hired]), each[hired])
    for offer in np.flatnonzero(~short).tolist():
        span = slice(int(sets.first[offer]), int(sets.last[offer]) + 1)
        there = np.where(room[sets.offer_channel[offer], span], each[offer], np.inf)
        price[hardware[offer], span] = np.minimum(price[hardware[offer], span], there)
    known = price[np.isfinite(price)]
    price = np.where(np.isfinite(price), price, 10.0 * known.max(initial=1.0))
    used = np.zeros_like(price)
    np.add.at(used, sets.hardware_of, values.on * sets.nodes[:, None])
    idle = -used
    for place, channel in enumerate(sets.channels):
        idle[channel.hardware] += held[place] * channel.available_share
    nodes, idle = sets.nodes[:, None], np.maximum(idle, 0.0)[sets.hardware_of]
    beyond = np.maximum(nodes - idle, 0.0)
    return np.asarray((beyond + IDLE_SHARE * nodes) * np.maximum(price[sets.hardware_of], 1e-9))


@dataclass(frozen=True, eq=False)
class NearSet:
    """Counts near those of plans as the only choices of loose pools, and the choice of the first plan by point."""

    standing: StandingSet
    chosen: dict[int, int]

    def kept_by(self, plan: Values) -> Values:
        """The first plan, once more, with what it chooses of these counts."""
        before = plan.at("stand")
        shape = len(self.standing.points), max(point.choices for point in self.standing.points)
        stand = np.zeros(shape)
        for place in range(shape[0]):
            if place in self.chosen:
                stand[place, self.chosen[place]] = 1.0
            else:
                some = min(shape[1], before.shape[1])
                stand[place, :some] = before[place, :some]
        return replace(plan, market={**plan.market, "stand": stand})


def counts_near(
    sets: Sets,
    plans: Sequence[Values],
    seconds: float | None = None,
    beside: Mapping[int, tuple[tuple[int, ...], ...]] | None = None,
) -> NearSet | None:
    """Counts near those of the plans, of which the first keeps its promises, and those `beside`, by place of the point.

    None where some pool has none.

    Pools of which work may go elsewhere keep the choices that they have. After so many `seconds` pools have the counts
    of the first plan, as they are.
    """
    standing, late = sets.standing, late_after(seconds)
    assert standing is not None
    beside = beside or {}
    ready = [ready_of(sets, plan) for plan in plans]
    usd = [one_more_usd(sets, plan) for plan in plans]
    runs = (
        np.any([one.any(axis=1) for one in ready], axis=0) if plans else np.zeros(len(sets.units), dtype=bool)
    )
    found: dict[int, dict[tuple[int, ...], None]] = {}
    more: list[tuple[int, NearCounts, tuple[int, ...]]] = []
    for place, (point, question) in enumerate(zip(standing.points, standing.questions, strict=True)):
        if not is_counted(point, question):
            continue
        units, some = list(point.pool.units), dict[tuple[int, ...], None]()
        usable = runs[units] | (len(units) <= FEW_KINDS)
        for count, price in zip(ready, usd, strict=True):
            near = NearCounts(question, price[units, point.period], usable, late)
            grown = near.grown(tuple(count[units, point.period].tolist()))
            if grown is not None:
                some |= {near.trimmed(grown, near.usd): None}
                more.append((place, near, grown))
        if not some and place not in beside:
            return None
        found[place] = some
    for place, near, grown in more:  # what is worth most is there for all of them before anything else
        if late():
            break
        orders = _varied(near.usd, np.flatnonzero(grown))
        found[place] |= dict.fromkeys(near.trimmed(grown, varied) for varied in orders)
        found[place] |= dict.fromkeys(near.swapped(grown))
    listed = {}
    for place, known in found.items():
        point = standing.points[place]
        near_first = _cheapest(list(known), usd[0][list(point.pool.units), point.period]) if known else ()
        listed[place] = tuple(dict.fromkeys((*near_first, *beside.get(place, ()))))
    return NearSet(standing.listed(listed), dict.fromkeys(listed, 0)) if listed else None


def keeps_promises(sets: Sets, plan: Values, filling: bool = False) -> bool:
    """Whether all loose pools stand whose counts say so, wherever their units lie; an audit judges the others.

    `filling`: units that share nodes fill one after another, which an audit judges too.
    """
    assert sets.standing is not None
    ready = ready_of(sets, plan)
    for point, question in zip(sets.standing.points, sets.standing.questions, strict=True):
        if is_counted(point, question):
            units = list(point.pool.units)
            laws = tuple(replace(law, anywhere=law.anywhere and not filling) for law in question.laws)
            asked = replace(question, laws=laws)
            near = NearCounts(asked, np.ones(len(units)), np.ones(len(units), dtype=bool))
            if not near.keeps(tuple(ready[units, point.period].tolist())):
                return False
    return True


def is_counted(point: StandingPoint, question: PoolQuestion) -> bool:
    """Whether counts decide whether a pool stands that has no exact choices."""
    elsewhere = question.sited or any(question.elsewhere)
    return not point.exact and not elsewhere and len(question.works) <= MOST_WORKS


def _varied(usd: Array, units: Counts) -> Iterator[Array]:
    """What one more unit costs where each of some kinds is much dearer or cheaper than it is."""
    for unit in units.tolist():
        for factor in (FACTOR, 1.0 / FACTOR):
            yield np.where(np.arange(len(usd)) == unit, factor * usd, usd)


def _cheapest(counts: list[tuple[int, ...]], usd: Array) -> tuple[tuple[int, ...], ...]:
    """The first of some counts, which is near the first plan, and of the others those that cost least."""
    return (counts[0], *sorted(counts[1:], key=lambda one: float(np.dot(one, usd)))[: MOST_LISTED - 1])


@dataclass(frozen=True)
class NearCounts:
    """The counts that keep a promise near some that may not.

    By unit of the pool: `usd` of one more, and whether it is `usable`, one that may grow. Once it is `late`
    nothing grows, and nothing goes.
    """

    question: PoolQuestion
    usd: Array
    usable: NDArray[np.bool_]
    late: Late = never

    def grown(self, ready: tuple[int, ...]) -> tuple[int, ...] | None:
        """Counts no less than `ready`, by unit of the pool; None where no growth makes the pool stand."""
        counts, share = ready, self._share(ready)
        for _ in range(MOST_GROWN):
            if share >= self.question.pool.kept:
                return counts
            if self.late():
                return None
            grown = [(self._share(more), unit, more) for unit, more in self._larger(counts)]
            if not grown:
                return None
            worth = [(more - share) / self.usd[unit] for more, unit, _ in grown]
            if max(worth) * self.usd.max() < HARDLY_MORE:  # far from what is asked: whatever carries most
                worth = [self._part[unit] / self.usd[unit] for _, unit, _ in grown]
            share, _, counts = grown[int(np.argmax(worth))]
        return None

    @cached_property
    def _part(self) -> Array:
        """Parts of the works that one unit of each kind carries, in all, shape [unit of the pool]."""
        return np.asarray((self.question.rate / self.question.demand).sum(axis=1))

    def _larger(self, counts: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
        units = np.flatnonzero(self.usable & (self._part > 0)).tolist()
        return [(unit, tuple(n + (k == unit) for k, n in enumerate(counts))) for unit in units]

    def swapped(self, counts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Counts with one unit less of each kind, for which others stand in, the kind itself last of all."""
        for unit in np.flatnonzero(counts).tolist():
            if self.late():
                return
            usd = np.where(np.arange(len(counts)) == unit, FACTOR * self.usd, self.usd)
            fewer = tuple(n - (kind == unit) for kind, n in enumerate(counts))
            grown = replace(self, usd=usd).grown(fewer)
            if grown is not None:
                yield self.trimmed(grown, usd)

    def trimmed(self, counts: tuple[int, ...], usd: Array) -> tuple[int, ...]:
        """Counts that still keep the promise, those left out of which one more has the highest `usd`."""
        for unit in np.argsort(-usd, kind="stable").tolist():
            while counts[unit] > 0 and not self.late():
                fewer = tuple(n - (k == unit) for k, n in enumerate(counts))
                if not self.keeps(fewer):
                    break
                counts = fewer
        return counts

    def keeps(self, counts: tuple[int, ...]) -> bool:
        """Whether so many units keep the promise."""
        return self._share(counts) >= self.question.pool.kept

    def _share(self, counts: tuple[int, ...]) -> float:
        """The share for which they stand, no less: the worse of units of a node together and apart, as far as kept."""
        if counts not in self._known:
            question = self.question
            some = [place for place, count in enumerate(counts) if count]
            few = [counts[place] for place in some]
            least, share = LEFT_OUT * (1.0 - question.pool.kept), 1.0
            for laws in self._laws:
                if share < question.pool.kept:
                    break
                mine = [laws[place] for place in some]
                one = standing_share(few, mine, question.rate[some], question.demand, least)
                share = min(share, one)
            self._known[counts] = share
        return self._known[counts]

    @cached_property
    def _known(self) -> dict[tuple[int, ...], float]:
        return {}

    @cached_property
    def _laws(self) -> list[list[UnitLosses]]:
        """How units fail that lie together, and where some do how they fail apart."""
        together = list(self.question.laws)
        apart = [law.placements[-1] for law in together]
        return [together] if together == apart else [together, apart]
