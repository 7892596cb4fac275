"""Search: a good plan of one heavy program by many small programs instead of one large one.

The relaxation gives a bound, and how many units it switches on (divided) says where a good plan lies:

1. round: every count of units lies next to that of the relaxation, nodes follow;
2. improve: the counts of a few units over a stretch of periods, drawn at random, are decided anew, one more
   or less than now or as the relaxation has them; all others are held.

Every small program keeps all rows, so every plan is one of the whole. The first step is Berthold's RENS
(*Mathematical Programming Computation* 6 (2014) 33-54), the second a large neighbourhood search (Shaw, "Using
constraint programming and local search methods to solve vehicle routing problems", CP 1998, LNCS 1520).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.solution import Solution, is_proven, relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from planner.model.index import Index
    from planner.optimize.engines import EngineOptions, IndexedProgram, LinearProgram

    Ask = Callable[[LinearProgram, EngineOptions], Solution]

FREE_COUNTS = 120
LONGEST_STRETCH = 24
FIRST_GAP = 3e-3
SMALL_GAP = 5e-4
SMALL_LIMIT_S = 0.3
LEAST_LIMIT_S = 0.05
WHOLE = 1e-6


@dataclass(frozen=True, eq=False)
class Counts:
    """The columns of a program that count units on, with the unit and the period of each; shapes [count]."""

    column: NDArray[np.int64]
    unit: NDArray[np.int64]
    period: NDArray[np.int64]

    def groups(self, seed: int) -> Iterator[NDArray[np.bool_]]:
        """Which counts to decide anew, shape [count], without end: every unit comes once a round."""
        draw = np.random.default_rng(seed)
        units, periods = np.unique(self.unit), int(self.period.max()) + 1
        stretch = min(periods, LONGEST_STRETCH)
        width = max(1, FREE_COUNTS // stretch)
        while True:
            order = draw.permutation(units)
            for start in range(0, len(order), width):
                first = int(draw.integers(periods))
                near = (self.period - first) % periods < stretch
                yield near & np.isin(self.unit, order[start : start + width])


def counts_of(index: Index) -> Counts:
    """The columns of a formulation that count units on."""
    on = index.column_block("on", 2)
    return Counts(on.number, *on.at.T)


class Search:
    """The search of one program: the best plan and the best bound so far, from any solve.

    `ask` solves a program. Nothing is proven here but by the bound: that of the relaxation, or a better one
    that `offer` is given.
    """

    def __init__(self, program: IndexedProgram, options: EngineOptions, ask: Ask) -> None:
        self._program = program
        self._options = options
        self._ask = ask
        self._counts = counts_of(program.index)
        self._near = np.zeros(len(self._counts.column))
        self._round = 0
        self.best: Solution | None = None
        self.bound = -math.inf

    @property
    def gap(self) -> float:
        """Relative gap between the best plan and the best bound, inf without a plan."""
        return math.inf if self.best is None else relative_gap(self.best.cost, self.bound)

    @property
    def closed(self) -> bool:
        """Whether the best plan is proven to the gap that was asked for."""
        return self.best is not None and is_proven(self.best.cost, self.bound, self._options.relative_gap)

    def begin(self, seconds: float) -> None:
        """Relax, round, and try the plan hinted at, with so much time for each; `best` may stay None."""
        relaxed = self._small(self._program.relaxed(), seconds, 0.0)
        if relaxed.values is None:
            return
        self.bound = relaxed.bound
        self._near = relaxed.values[self._counts.column]
        self.offer(self._small(self._within(*self._next_to_relaxed), seconds, FIRST_GAP))
        hint = self._options.hint
        if hint is not None and not self.closed:
            hinted = np.nan_to_num(hint[self._counts.column], nan=0.0)
            self.offer(self._small(self._within(hinted, hinted), seconds, FIRST_GAP))

    def improve(self, seconds: float) -> None:
        """Decide groups of counts anew until the plan is proven or the time is over; never the same twice."""
        deadline = time.monotonic() + seconds
        low, high = self._next_to_relaxed
        self._round += 1
        for free in self._counts.groups(self._options.seed * 1000 + self._round):
            left = deadline - time.monotonic()
            if self.best is None or self.best.values is None or self.closed or left <= 0:
                return
            here = self.best.values[self._counts.column]
            small = self._within(
                np.where(free, np.minimum(low, here - 1), here),
                np.where(free, np.maximum(high, here + 1), here),
            )
            limit = min(left, SMALL_LIMIT_S)
            self.offer(self._small(small, limit, SMALL_GAP, self.best.values))

    def offer(self, found: Solution, bound_holds: bool = False) -> None:
        """Take a plan if it is the cheapest, and a bound where it holds for the whole program."""
        if found.values is not None and (self.best is None or found.cost < self.best.cost):
            self.best = found
        if bound_holds:
            self.bound = max(self.bound, found.bound)

    @property
    def _next_to_relaxed(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.floor(self._near + WHOLE), np.ceil(self._near - WHOLE)

    def _within(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> LinearProgram:
        """The program with its counts between two ends, as far as its own limits allow."""
        lower, upper, column = self._program.lower.copy(), self._program.upper.copy(), self._counts.column
        lower[column] = np.clip(low, self._program.lower[column], self._program.upper[column])
        upper[column] = np.clip(high, self._program.lower[column], self._program.upper[column])
        return self._program.with_bounds(lower, upper)

    def _small(
        self, program: LinearProgram, seconds: float, gap: float, start: NDArray[np.float64] | None = None
    ) -> Solution:
        limit = max(LEAST_LIMIT_S, seconds)
        return self._ask(program, replace(self._options, time_limit_s=limit, relative_gap=gap, hint=start))
