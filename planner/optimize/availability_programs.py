"""The two linear programs at whose prices pools are asked (`planner.optimize.availability_prices`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.model import build
from planner.model.standing import StandingSet
from planner.model.standing_filled import filled_units
from planner.model.standing_point import StandingFloor, StandingPoint
from planner.optimize.engines import program_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from planner.model import Sets
    from planner.model.standing_question import PoolQuestion
    from planner.optimize.engines import IndexedProgram

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Valued:
    """What a program costs, and what one more unit is worth to it, by pool, period and unit.

    `mixed` is what it makes of each floor (its price) or of each counts (their share) of a pool and period.
    """

    cost: float
    prices: Array
    mixed: list[Array]


class PricingPrograms:
    """The linear program of a question with rows for what is ready of each unit in a pool and period."""

    def __init__(self, sets: Sets, necessary: StandingSet, places: list[int], starts: Array) -> None:
        from scipy.sparse import csr_array, eye_array

        points: list[StandingPoint] = list(necessary.points)
        assert sets.standing is not None
        rooms: list[list[StandingFloor]] = []
        for place in places:
            units = len(points[place].pool.units)
            ones = tuple(StandingFloor(tuple(row), 0.0) for row in np.eye(units).tolist())
            rooms.append(list(_rooms(sets.standing.questions[place])))
            points[place] = replace(points[place], floors=(*ones, *rooms[-1]))
        program = program_of(build(replace(sets, standing=StandingSet(tuple(points), necessary.most))))
        matrix = csr_array(program.matrix)
        others = np.setdiff1d(
            np.arange(matrix.shape[0]), self._find_floors(program, matrix, places, starts, rooms)
        )
        self.starts, self.cost, self.offset = starts, program.objective, program.offset
        self.bounds = np.column_stack([program.lower, program.upper])
        low, high = program.row_lower[others], program.row_upper[others]
        equal = low == high
        at_least, at_most = np.isfinite(low) & ~equal, np.isfinite(high) & ~equal
        self.rows, self.right = (
            _stacked((-matrix[others[at_least]], matrix[others[at_most]])),
            np.concatenate([-low[at_least], high[at_most]]),
        )
        self.equal, self.equal_right = matrix[others[equal]], low[equal]
        self.on = _only_column(self.ready)
        self._each = csr_array(eye_array(int(starts[-1])))
        mine_of = [list(points[place].pool.units) for place in places]
        hardware = np.concatenate([sets.hardware_of[some] for some in mine_of])
        pool = np.repeat(np.arange(len(places)), [len(some) for some in mine_of])
        self._by_node = csr_array(
            (
                np.concatenate([sets.nodes[some] for some in mine_of]),
                (pool * len(sets.hardware) + hardware, np.arange(int(starts[-1]))),
            ),
            shape=(len(places) * len(sets.hardware), int(starts[-1])),
        )

    def _find_floors(
        self,
        program: IndexedProgram,
        matrix: csr_array,
        places: list[int],
        starts: Array,
        rooms: list[list[StandingFloor]],
    ) -> Counts:
        """Keep what is ready of each unit, and the rooms that units fill; numbers of the rows of both."""
        from scipy.sparse import csr_array

        at, block = (
            {place: number for number, place in enumerate(places)},
            program.index.rows["standing", "floor"],
        )
        mine = np.array([place in at for place in block.at[:, 0].tolist()])
        pool = np.array([at[place] for place in block.at[mine, 0].tolist()])
        number, found = block.at[mine, 1] - np.diff(starts)[pool], block.number[mine]
        rows = np.full(int(starts[-1]), -1, dtype=np.int64)
        rows[(starts[pool + 1] + number)[number < 0]] = found[number < 0]
        self.ready: csr_array = matrix[rows]
        first = np.cumsum([0, *(len(some) for some in rooms)])
        some = number >= 0
        at_room = np.ones(np.count_nonzero(some)), ((first[pool] + number)[some], found[some])
        self.room: csr_array = csr_array(at_room, shape=(int(first[-1]), matrix.shape[0])) @ matrix
        self._room_of = _by_first_unit(rooms, starts)
        return np.asarray(found)

    def below(self, floors: list[list[StandingFloor]]) -> Valued | None:
        """With floors; prices are what these make units worth, and what units may cost more before they are used."""
        weights = self._by_unit([[floor.weight for floor in some] for some in floors])
        in_room = self._by_unit([[_in_room(floor) for floor in some] for some in floors])
        level = np.array([floor.level for some in floors for floor in some])
        found = _solved(
            self.cost,
            _stacked((self.rows, -((weights - in_room) @ self.ready + in_room @ self._room_of @ self.room))),
            np.concatenate([self.right, -level]),
            self.equal,
            self.equal_right,
            self.bounds,
        )
        if found is None:
            return None
        price = np.maximum(-found.ineqlin.marginals[len(self.right) :], 0.0)
        worth = weights.T @ price
        left = np.maximum(found.lower.marginals[self.on], 0.0)
        return Valued(
            float(found.fun) + self.offset,
            worth + left,
            np.split(price, np.cumsum([len(some) for some in floors])[:-1]),
        )

    def above(
        self,
        counts: list[dict[tuple[int, ...], None]],
        dear: Array,
        within: tuple[Array, Array] | None = None,
    ) -> Valued | None:
        """With a mix of counts in each pool and period; a part of one that has none costs that part of `dear`.

        Units may be bought and sold at the least and the most `within` which their prices are to be. Without that only
        the nodes of what is mixed are ready, of each hardware, so that units cost what their nodes do.
        """
        from scipy.sparse import csr_array, hstack

        listed = [list(some) for some in counts]
        number, none = [len(some) for some in listed], len(listed)
        columns = sum(number)
        pool = np.append(np.repeat(np.arange(none), number), np.arange(none))
        one_in_all = csr_array(
            (np.ones(columns + none), (pool, np.arange(columns + none))), shape=(none, columns + none)
        )
        ready = self._by_node if within is None else self._each
        none_taken = csr_array((int(self.starts[-1]), none))
        low, high = (np.zeros(0), np.zeros(0)) if within is None else within
        traded = hstack([self._each[:, : len(low)], -self._each[:, : len(high)]])
        more = columns + none + 2 * len(low)
        taken = hstack([self._by_unit(listed).T, none_taken, traded])
        found = _solved(
            np.concatenate([self.cost, np.zeros(columns), dear, -low, high]),
            _stacked(
                (
                    csr_array(hstack([self.rows, csr_array((len(self.right), more))])),
                    csr_array(ready @ hstack([-self.ready, taken])),
                )
            ),
            np.concatenate([self.right, np.zeros(ready.shape[0])]),
            _stacked(
                (
                    hstack([self.equal, csr_array((len(self.equal_right), more))]),
                    hstack([csr_array((none, len(self.cost))), one_in_all, csr_array((none, 2 * len(low)))]),
                )
            ),
            np.concatenate([self.equal_right, np.ones(none)]),
            np.vstack([self.bounds, np.tile([0.0, np.inf], (more, 1))]),
        )
        if found is None:
            return None
        share = found.x[len(self.cost) : len(self.cost) + columns]
        prices = ready.T @ np.maximum(-found.ineqlin.marginals[len(self.right) :], 0.0)
        return Valued(float(found.fun) + self.offset, prices, np.split(share, np.cumsum(number)[:-1]))

    def _by_unit(self, rows: Sequence[Sequence[tuple[float, ...]]]) -> csr_array:
        """Rows of figures by unit of their pool and period, on the axis of all of them."""
        from scipy.sparse import block_diag, csr_array

        blocks = [
            np.array(some, dtype=np.float64).reshape(len(some), int(width))
            for some, width in zip(rows, np.diff(self.starts), strict=True)
        ]
        return csr_array(block_diag(blocks, format="csr"))


def _rooms(question: PoolQuestion) -> Iterator[StandingFloor]:
    """For each hardware with units that fill nodes a row of the nodes that they may fill."""
    filling = filled_units(question)
    for name in np.unique(question.hardware[filling]):
        mine = filling & (question.hardware == name)
        yield StandingFloor(tuple(np.where(mine, question.nodes, 0.0).tolist()), 0.0, tuple(mine.tolist()))


def _by_first_unit(rooms: list[list[StandingFloor]], starts: Array) -> csr_array:
    """From weights of units to those of the rooms that they fill, by the first unit of each, shape [unit, room]."""
    from scipy.sparse import csr_array

    found = [
        (start + np.flatnonzero(room.filled)[0], room)
        for start, some in zip(starts.tolist(), rooms, strict=False)
        for room in some
    ]
    each = [1.0 / room.weight[int(np.flatnonzero(room.filled)[0])] for _, room in found]
    at = np.array([unit for unit, _ in found], dtype=np.int64), np.arange(len(found))
    return csr_array((np.array(each), at), shape=(int(starts[-1]), len(found)))


def _in_room(floor: StandingFloor) -> tuple[float, ...]:
    """Weights of units that count by the nodes that they fill."""
    filled = floor.filled or (False,) * len(floor.weight)
    return tuple(weight if fills else 0.0 for weight, fills in zip(floor.weight, filled, strict=True))


def _solved(*program: Any) -> Any:
    """What scipy finds for costs, rows and right sides, equations and right sides, and bounds; None without an optimum.

    Untyped: the stubs of scipy know no sparse rows.
    """
    from scipy.optimize import linprog

    costs, rows, right, equal, equal_right, bounds = program
    found = linprog(costs, rows, right, equal, equal_right, bounds)
    return found if found.status == 0 else None


def _stacked(parts: tuple[csr_array, ...]) -> csr_array:
    from scipy.sparse import csr_array, vstack

    return csr_array(vstack(parts, format="csr"))


def _only_column(rows: csr_array) -> NDArray[np.int64]:
    """The column with a positive figure in each row: units that are on."""
    matrix = rows.tocoo()
    found = np.zeros(rows.shape[0], dtype=np.int64)
    positive = matrix.data > 0
    found[matrix.row[positive]] = matrix.col[positive]
    return found
