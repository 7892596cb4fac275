"""Search: a good plan of one heavy program by many small programs instead of one large one.

The relaxation gives a bound, and how many units it switches on (divided) says where a good plan lies:

1. choose: what is decided by yes or no is decided while counts are still divided. Half of one way and half of
   another asks for half of the units of each: next to such counts there may be no plan;
2. round: every count of units lies next to that of step 1, nodes follow;
3. improve: the counts of a few units over a stretch of periods, drawn at random, are decided anew, one more
   or less than now or as step 1 has them; all others are held.

Every small program keeps all rows, so every plan is one of the whole, and the bound of step 1 is one too. The
second step is Berthold's RENS (*Mathematical Programming Computation* 6 (2014) 33-54), the third a large
neighbourhood search (Shaw, "Using constraint programming and local search methods to solve vehicle routing
problems", CP 1998, LNCS 1520).
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

    `ask` solves a program. Nothing is proven here but by the bound: that of a relaxation, or a better one that
    `offer` is given.
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
        """Relax, choose, round, and try the plan hinted at, with so much time for each; `best` may stay None."""
        divided = self._divided(seconds)
        if divided is None:
            return
        self._near = divided[self._counts.column]
        self.offer(self._small(self._within(*self._next_to_divided), seconds, FIRST_GAP))
        hint = self._options.hint
        if hint is not None and not self.closed:
            hinted = np.nan_to_num(hint[self._counts.column], nan=0.0)
            self.offer(self._small(self._within(hinted, hinted), seconds, FIRST_GAP))

    def improve(self, seconds: float) -> None:
        """Decide groups of counts anew until the plan is proven or the time is over; never the same twice."""
        deadline = time.monotonic() + seconds
        low, high = self._next_to_divided
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
            self._raise_bound(found)

    def _raise_bound(self, found: Solution) -> None:
        self.bound = max(self.bound, found.bound)

    def _divided(self, seconds: float) -> NDArray[np.float64] | None:
        """Values with counts divided, choices made where time allows; None where not even the relaxation has any."""
        relaxed = self._small(self._program.relaxed(), seconds, 0.0)
        self._raise_bound(relaxed)
        choices = self._choices()
        if relaxed.values is None or _are_whole(relaxed.values[choices]):
            return relaxed.values
        chosen = self._small(replace(self._program, integer=choices), seconds, SMALL_GAP)
        self._raise_bound(chosen)
        return relaxed.values if chosen.values is None else chosen.values

    def _choices(self) -> NDArray[np.bool_]:
        """Which columns are decided by yes or no, counts of units aside; shape [n]."""
        program = self._program
        choices = program.integer & (program.lower >= 0) & (program.upper <= 1)
        choices[self._counts.column] = False
        return choices

    @property
    def _next_to_divided(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
        part = replace(self._options, time_limit_s=limit, relative_gap=gap, hint=start, confirm=False)
        return self._ask(program, part)


def _are_whole(values: NDArray[np.float64]) -> bool:
    return bool((np.abs(values - np.round(values)) <= WHOLE).all())
