"""Standing: units that are up carry what workloads are promised, for as long as their availability says.

    sum_k stand[p,k] = 1                                                   all pools p with work in a period, works
    on[u,t] - late[u,t] >= sum_k count[p,k,u] * stand[p,k]                 all units u of p
    sum_u keep[u] * rate[u,w] * busy[u,w,t] + elsewhere[w,t]
        >= level[p,k] * stand[p,k] + sum_{j other lines} implied[j,k] * stand[p,j]        all lines k of p
    sum_k carried[p,k] * stand[p,k] + elsewhere[w,t] >= demand[w,t]        where some of a work may go elsewhere
    elsewhere[w,t] >= demand[w,t] * stand[p,k]                             k: all of it goes elsewhere
    sum_u weight[f,u] * (on[u,t] - late[u,t]) + sum_h weight[f,h] * room[h,t] >= level[f]
                                                                           all floors f of p, in programs for bounds
    room[h,t] = sum_{c of h} serving[c,t] - sum_{u of whole nodes on h} nodes[u] * on[u,t] - lent[h,t]

units; tokens/s (requests/s) divided by demand_scale. A pool is made of promised works and all units at a place that can
do any of them (`planner.rates.standing`), a choice k one of the ways to keep its promise (`planner.model.standing`):
least counts of units, or for each work a line, by the moment bound. Late are units that start for all of the period;
`busy` is as in the family `demand`, where dedicated units serve all they can; elsewhere is what is shed or sold.
Where units share nodes, floors are on the room that they have too. Floors stand in for
the choices where these are not all that keeps the promise, and a bound is asked for (`planner.model.standing_floors`).
At sites the sum of choices is that of the routes that a workload takes to the place. A pool of one type of units that
does nothing else needs no rows: its headroom says it. Dual: USD per further unit that must be up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.model.axes import Axis
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.families.demand import served
from planner.model.families.lending import lent_of
from planner.model.families.outsource import taken
from planner.model.treatment import Treatment, dropped, kept, mended
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.axes import Spans
    from planner.model.sets import Sets
    from planner.model.standing_point import StandingFloor, StandingLine, StandingPoint
    from planner.model.variables import Row, Term


def _points(sets: Sets) -> tuple[StandingPoint, ...]:
    return () if sets.standing is None else sets.standing.points


def _spans(sets: Sets, at: NDArray[np.int64]) -> Spans:
    period = np.array([point.period for point in _points(sets)], dtype=np.int64)
    return period[at[:, -1]], period[at[:, -1]]


POINT = Axis("point", lambda sets: len(_points(sets)), _spans)
CHOICE = Axis("choice", lambda sets: max((point.choices for point in _points(sets)), default=0))


def _stand(sets: Sets) -> Domain:
    at = [
        (place, choice)
        for place, point in enumerate(_points(sets))
        if _is_chosen(sets, point)
        for choice in range(point.choices)
    ]
    return domain(at, 2, upper=1)


VARIABLES = (
    DecisionVariable(
        "stand", (POINT, CHOICE), _stand, "0 or 1", "whether a pool keeps its promise in this way", whole=True
    ),
)

AUDITED_BY = ("availability",)


def applies(sets: Sets) -> bool:
    """Where availability is promised and several types of units, or something else, may serve a pool."""
    return bool(_points(sets))


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    shared = set(sets.shared_units)
    elsewhere = any(point.idle or point.carried for point in _points(sets))
    if (
        sets.has_starts
        or sets.sites is not None
        or elsewhere
        or any(shared.intersection(point.pool.units) for point in _points(sets))
    ):
        return dropped("failures only ask for more units that run: no part of the cost")
    if all(point.counts == () and len(point.lines) == len(point.works) for point in _points(sets)):
        return kept("units that stand in for those that are down are asked for hour by hour")
    return mended("the least that any choice asks for; units are added where a plan keeps none")


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows per pool and period."""
    for place, point in enumerate(_points(sets)):
        choice = _Choice(sets, variables, place, point)
        yield from choice.rows()


def _is_chosen(sets: Sets, point: StandingPoint) -> bool:
    """Whether there is anything to choose: with one way, and one place, there is not, nor with floors alone."""
    return point.choices > 1 or (point.choices == 1 and sets.sites is not None)


class _Choice:
    """The rows of one pool in one period."""

    def __init__(self, sets: Sets, variables: Variables, place: int, point: StandingPoint) -> None:
        self.sets, self.variables, self.place, self.point = sets, variables, place, point

    def rows(self) -> Iterator[Row]:
        """All of them."""
        point, place = self.point, self.place
        if _is_chosen(self.sets, point):
            for work in point.works:
                ways = [self._way(choice, 1.0)[0] for choice in self._choices_of(work)]
                yield "", (place, work), affine([*ways, *self._routes(work, -1.0)]) >= self._due(work)
        for unit_place, unit in enumerate(point.pool.units):
            counts = [count[unit_place] for count in point.counts]
            if any(counts):
                terms = [
                    *self._ready(unit),
                    *(t for k, n in enumerate(counts) for t in self._way(k, -float(n))),
                ]
                yield "count", (place, unit), affine(terms) >= self._fixed(max(counts))
        for number, line in enumerate(point.lines):
            yield "line", (place, number), self._line(number, line)
        for number, floor in enumerate(point.floors):
            yield "floor", (place, number), affine(self._floor(floor)) >= floor.level
        yield from self._elsewhere_rows()

    def _floor(self, floor: StandingFloor) -> list[Term]:
        """Units that are ready; of those that fill nodes all that there is room for on the nodes of their hardware."""
        sets = self.sets
        terms: list[Term] = []
        by_node: dict[int, float] = {}
        filled = floor.filled or (False,) * len(floor.weight)
        for unit, weight, fills in zip(self.point.pool.units, floor.weight, filled, strict=True):
            if fills:
                by_node[int(sets.hardware_of[unit])] = weight / float(sets.nodes[unit])
            elif weight > 0:
                terms += [(variable, factor * weight) for variable, factor in self._ready(unit)]
        for hardware, weight in by_node.items():
            terms += [(variable, factor * weight) for variable, factor in self._room(hardware)]
        return terms

    def _room(self, hardware: int) -> list[Term]:
        """Nodes that serve, without those under units of whole nodes and those that are lent."""
        sets, period = self.sets, self.point.period
        terms = lent_of(sets, self.variables, hardware, period)
        for unit in sets.units_of[hardware]:
            if sets.nodes[unit] >= 1.0:
                terms.append((self.variables["on"][unit, period], float(sets.nodes[unit])))
        terms = [(variable, -factor) for variable, factor in terms]
        for channel in sets.channels_of(hardware):
            terms += self.variables.serving(sets, channel, period)
        return terms

    def _choices_of(self, work: int) -> list[int]:
        point = self.point
        lines = len(point.counts)
        mine = [lines + number for number, line in enumerate(point.lines) if line.work == work]
        idle = [lines + len(point.lines) + number for number, one in enumerate(point.idle) if one == work]
        return [*range(lines), *mine, *idle]

    def _way(self, choice: int, factor: float) -> list[Term]:
        """Term of a choice; none where nothing is chosen, and the only way is a number."""
        if not _is_chosen(self.sets, self.point) or factor == 0.0:
            return []
        return [(self.variables["stand"][self.place, choice], factor)]

    def _fixed(self, value: float) -> float:
        """Right side: what the only way asks for where nothing is chosen."""
        return 0.0 if _is_chosen(self.sets, self.point) else value

    def _due(self, work: int) -> float:
        """Choices due where no route is decided."""
        return 0.0 if self._routes(work, 1.0) else float(self._always_here(work))

    def _always_here(self, work: int) -> bool:
        sites = self.sets.sites
        return sites is None or bool(self._ways(work))

    def _ways(self, work: int) -> list[int]:
        """Routes that bring a work to the place."""
        sites, workload = self.sets.sites, self.sets.market.workload_of[work]
        assert sites is not None
        ends = sites.last if self.sets.works[work].phase is Phase.DECODE else sites.first
        return np.flatnonzero(sites.may[workload] & (ends == self.point.pool.place)).tolist()

    def _routes(self, work: int, factor: float) -> list[Term]:
        """Terms of the routes taken to the place."""
        if self.sets.sites is None:
            return []
        workload, grid = self.sets.market.workload_of[work], self.variables["taken"]
        at = [(workload, way, self.point.period) for way in self._ways(work)]
        return [(grid[one], factor) for one in at if one in grid]

    def _ready(self, unit: int) -> list[Term]:
        """Terms of units that are on, without those that start for all of the period."""
        terms: list[Term] = [(self.variables["on"][unit, self.point.period], 1.0)]
        before = self.point.period
        for lost in self.sets.lost_share:
            if before < 0 or lost < 1.0:
                break
            terms.append((self.variables["start"][unit, before], -1.0))
            before = int(self.sets.timeline.previous[before])
        return terms

    def _line(self, number: int, line: StandingLine) -> object:
        point, period = self.point, self.point.period
        scale = float(self.sets.demand_scale[line.work, period])
        terms = [
            (variable, factor * line.keep[unit_place])
            for unit_place, unit in enumerate(point.pool.units)
            if line.keep[unit_place] > 0 and self.sets.rate[unit, line.work] > 0
            for variable, factor in served(self.sets, self.variables, line.work, period, {unit})
        ]
        gone, fixed = self._gone(line.work)
        level = line.level / scale
        choice = len(point.counts) + number
        terms += [*gone, *self._way(choice, -level)]
        for other, implied in self._implied(number, line):
            terms += self._way(other, -implied / scale)
        return affine(terms) >= self._fixed(level) - fixed

    def _implied(self, number: int, line: StandingLine) -> Iterator[tuple[int, float]]:
        """What other lines of the same work ask of this one's left side."""
        for other, one in enumerate(self.point.lines):
            if other == number or one.work != line.work:
                continue
            part = [mine / theirs for mine, theirs in zip(line.keep, one.keep, strict=True) if theirs > 0]
            yield len(self.point.counts) + other, one.level * min(1.0, *part) * (1.0 - 1e-9)

    def _gone(self, work: int) -> tuple[list[Term], float]:
        """What of a work does not come to the place, in multiples of demand_scale: terms, and a number."""
        sets, period = self.sets, self.point.period
        if sets.sites is None:
            unserved = self.variables.unserved(sets, work, period)
            return [*unserved, *taken(sets, self.variables, work, period)], 0.0
        demand = float(sets.demand[work, period] / sets.demand_scale[work, period])
        workload, flow = sets.market.workload_of[work], self.variables["flow"]
        return [(flow[workload, way, period], -demand) for way in self._ways(work)], demand

    def _elsewhere_rows(self) -> Iterator[Row]:
        """What counts carry of a work of which some may go elsewhere, and works of which all does."""
        point, sets = self.point, self.sets
        for number, work in enumerate(point.works if point.carried else point.idle):
            gone, fixed = self._gone(work)
            scale = float(sets.demand_scale[work, point.period])
            demand = float(sets.demand[work, point.period]) / scale
            if point.carried:
                carried = [t for k, most in enumerate(point.carried) for t in self._way(k, most / scale)]
                yield "carried", (self.place, work), affine([*gone, *carried]) >= demand - fixed
            else:
                choice = len(point.counts) + len(point.lines) + number
                yield "idle", (self.place, work), affine([*gone, *self._way(choice, -demand)]) >= -fixed
