"""The least that units cost which keep two works standing together, some of which can do both, at given prices.

Let V_i be what units of work i alone carry of it when all are up, C_i what they carry of it when some are down. Of the
time z[b] of units that do both, when all is up, work 1 takes t_1[b] and work 2 t_2[b], the first from those that favour
it most, the second from the other end, each no more than it needs:

    V_i + sum_b part[b,i] t_i[b] >= 1,      t_1 + t_2 + y = z,      y >= 0 the time that neither needs

As C_2 <= V_2, work 2 leaves work 1 at most t_1 + y at any time, and the other way round. So what carries both works has

    up_i    C_i + sum_b part[b,i] (t_i[b] + y[b]) >= 1      for both i

each for `kept` of the time, also with the losses of the t_i[b] units counted. Without those up_1 and up_2 are
independent, so that P(up_1) P(up_2) >= kept. At prices w, s = sum_b w[b] y[b] is worth s max_b part[b,i] / w[b] at most
to work i, and nothing where nothing is lost. So with `least` of one work (`planner.model.standing_cheapest`), to
which units that do both are a kind that never fails, taken in parts, beside what is spare where units are lost,

    w x  >=  min over s, e of  s + least_1(1 - kept, e; spare_1(s)) + least_2(1 - kept, f(e); spare_2(s)),
    f(e) = (1 - kept - e) / (1 - e)

e are missed of the first work. The minimum is that of cells of s and e, at the least s and the most that it is worth
in a cell, as `least` falls in what may be missed and in what is spare. Cells of s are halved where the least is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from planner.core.lateness import never
from planner.model.standing_boxes import FailingKinds
from planner.model.standing_cheapest import CheapestStanding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.lateness import Late

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]

WORKS, CELLS = 2, 16
"""Into how many cells what may be missed is divided."""
NARROW = 5e-4
"""Of what a pool costs, what it is worth at least to halve a cell."""
SPARE_AT_FIRST = 0.1
"""Of what a work needs, what the first cell of spare time is worth to it at most."""
CLOSE = 1e-3
"""A bound is raised no further once it is so close to the cheapest counts that are known."""


@dataclass(order=True, frozen=True)
class _Cell:
    """USD spent on spare time, from `low` to `high`, and the places of what is missed; ordered by the bound known."""

    bound: float
    first: int
    last: int
    low: float
    high: float


class DividedWorks:
    """Two works with units of their own, asked at prices one after another.

    `part[kind, work]` of a work that a unit carries; `kinds` are all of them, of which those that do both are sure.
    """

    def __init__(self, part: Array, down: Array, beside: Counts, taken: Counts, missing: float) -> None:
        self._part, self._both = part, np.asarray((part > 0).all(axis=1))
        missed = missing * np.arange(1, CELLS + 1) / CELLS
        before = missed - missed[0]
        left = (missing - before) / (1.0 - before)
        self._able = [np.flatnonzero(part[:, work] > 0) for work in range(WORKS)]
        self._works = [
            CheapestStanding(
                FailingKinds(part[able, work], down[able], beside[able], taken[able], self._both[able]),
                missing,
                levels,
            )
            for work, (able, levels) in enumerate(zip(self._able, (missed, left), strict=True))
        ]

    def ask(self, usd: Array, known: float, halvings: int, late: Late = never) -> tuple[float, Counts]:
        """A bound of what they cost at prices above 0, shape [kind], and counts near it.

        No higher than is of use where counts of a cost of `known` stand; more `halvings` find a higher one, later.
        """
        for able, work in zip(self._able, self._works, strict=True):
            work.at(usd[able])
        self._worth = (self._part / usd[:, None])[self._both].max(axis=0, initial=0.0).tolist()
        cells = self._first(known)
        while True:
            cell = heappop(cells)
            bound = self._bound(cell)
            if bound > cell.bound * (1.0 + 1e-9):
                heappush(cells, replace(cell, bound=bound))
                continue
            if bound >= (1.0 - CLOSE) * known or halvings <= 0 or late():
                return bound, self._counts(cell, usd)
            halves = self._halved(cell)
            if halves:
                for half in halves:
                    heappush(cells, half)
                continue
            halvings -= 1
            heappush(cells, cell)
            asked = zip(self._works, self._asked(cell), strict=True)
            refined = [work.refine(*one) for work, one in asked]
            if not any(refined):
                return bound, self._counts(cell, usd)

    def _first(self, known: float) -> list[_Cell]:
        """Cells that hold all, at the bound of what may be missed most and all that is spare."""
        all_of = _Cell(0.0, 0, CELLS - 1, 0.0, np.inf if max(self._worth) > 0.0 else 0.0)
        each = [work.bound(*asked) for work, asked in zip(self._works, self._asked(all_of), strict=True)]
        for work, other in zip(self._works, reversed(each), strict=True):
            work.leave_out(known - other)
        least = sum(each)
        if all_of.high == 0.0:
            return [replace(all_of, bound=least)]
        middle = SPARE_AT_FIRST / max(self._worth)
        cells = [replace(all_of, bound=least, high=middle), replace(all_of, bound=least + middle, low=middle)]
        heapify(cells)
        return cells

    def _halved(self, cell: _Cell) -> tuple[_Cell, ...]:
        """Two cells in place of one, by what is missed or what is spare, which raises the bound more; or none."""
        width = cell.high - cell.low
        by_spare = by_missed = 0.0
        if width > 0.0:
            by_spare = self._bound(replace(cell, high=cell.low)) - cell.bound
        if cell.last > cell.first:
            ends = [self._bound(replace(cell, first=one, last=one)) for one in (cell.first, cell.last)]
            by_missed = min(ends) - cell.bound
        if max(by_spare, by_missed) <= NARROW * cell.bound:
            return ()
        if by_spare >= by_missed:
            middle = 2.0 * cell.low if np.isinf(cell.high) else (cell.low + cell.high) / 2.0
            return replace(cell, high=middle), replace(cell, low=middle)
        between = (cell.first + cell.last) // 2
        return replace(cell, last=between), replace(cell, first=between + 1)

    def _asked(self, cell: _Cell) -> tuple[tuple[int, float], tuple[int, float]]:
        """The level and what is spare of either work at most in a cell."""
        first, second = (0.0 if worth == 0.0 else cell.high * worth for worth in self._worth)
        return (cell.last, first), (cell.first, second)

    def _bound(self, cell: _Cell) -> float:
        return cell.low + sum(
            work.bound(*asked) for work, asked in zip(self._works, self._asked(cell), strict=True)
        )

    def _counts(self, cell: _Cell, usd: Array) -> Counts:
        together = np.zeros(len(usd), dtype=np.int64)
        for able, work, asked in zip(self._able, self._works, self._asked(cell), strict=True):
            together[able] += work.counts(*asked)
        if cell.low > 0.0:
            spare = int(np.argmax(np.where(self._both, self._part.max(axis=1) / usd, 0.0)))
            together[spare] += int(np.rint(cell.low / usd[spare]))
        return together
