"""A first plan: the fleet from the relaxation, then relax-and-fix over windows of periods."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.engines.matheuristic.part import Near, PartLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.optimize.engines.matheuristic.clock import SearchClock
    from planner.optimize.engines.matheuristic.parameters import MatheuristicParameters
    from planner.optimize.engines.matheuristic.part import PartSolver
    from planner.optimize.engines.matheuristic.structure import ProgramStructure


class Construction:
    """Makes a plan from a point of the linear relaxation, window by window."""

    def __init__(
        self,
        structure: ProgramStructure,
        solver: PartSolver,
        clock: SearchClock,
        parameters: MatheuristicParameters,
    ) -> None:
        self.structure, self.solver, self.clock, self.parameters = structure, solver, clock, parameters
        leaders, periods = structure.leaders, structure.periods
        density = max(1.0, float(np.count_nonzero(leaders)) / periods)
        self.window = int(np.clip(parameters.construction_leaders / density, 1, periods))
        self.long = structure.long(math.ceil(parameters.long_windows * self.window))
        self.totals = self.long & ~structure.program.integer
        self.apart = not structure.tied(~self.long)
        self.allowed_gap, self.most_seconds = 0.0, math.inf

    def fleet(self, relaxed: NDArray[np.float64]) -> NDArray[np.float64]:
        """The point with the columns of many periods whole and all others relaxed; the point itself where that
        fails.
        """
        structure, parameters = self.structure, self.parameters
        whole = self.long & structure.program.integer
        if not whole.any():
            return relaxed
        limits = PartLimits(
            parameters.fleet_share * self.clock.total
            if math.isfinite(self.clock.total)
            else self.clock.stretched(60.0),
            parameters.fleet_gap,
        )
        everything = np.ones(structure.program.column_count, dtype=bool)
        answer = self.solver.solve(relaxed, everything, whole, limits, start=False)
        return relaxed if answer.values is None else answer.values

    def plan(
        self, point: NDArray[np.float64], gap: float, near: Near | None = None
    ) -> NDArray[np.float64] | None:
        """A plan, by relax-and-fix from a point of the relaxation; None where a window stays without values.

        `gap` is how far a window may be from its best, as a share of its part of the cost.

        A window is decided, its neighbourhood in time relaxed, what lies further ahead held at the point. Where that
        leaves no room the window before is decided again, then the fleet and all that is to come are opened.
        Leaders are decided within bounds that are `near` where they can be.
        """
        structure = self.structure
        self.allowed_gap = gap * abs(structure.cost(point)) * self.window / structure.periods
        settled = np.zeros(structure.program.column_count, dtype=bool)
        until = self.clock.left - self.parameters.construction_share * self.clock.total
        for first in range(0, structure.periods, self.window):
            if self.clock.left <= 0.0 or self.solver.interrupted():
                return None
            windows = math.ceil((structure.periods - first) / self.window)
            self.most_seconds = self.parameters.behind_time * max(0.0, self.clock.left - until) / windows
            values = self._decided(point, settled, first, near)
            if values is None:
                return None
            point = values
            settled |= self._inside(first, first + self.window) & ~self.long
        rest = structure.program.integer & (np.abs(point - np.round(point)) > 1e-9)
        if not rest.any():
            return point
        answer = self.solver.plan(point, ~settled, self._limits(), start=False)
        return answer.values

    def _decided(
        self, point: NDArray[np.float64], settled: NDArray[np.bool_], first: int, near: Near | None
    ) -> NDArray[np.float64] | None:
        attempts = list(self._attempts(settled, first))
        narrow = [] if near is None else [(*attempts[0], self._within_reach(near, attempts[0][1]))]
        for free, decided, bounds in (*narrow, *((*each, None) for each in attempts)):
            whole = self.structure.leaders & decided
            found = self.solver.solve(
                point, free | self.totals, whole, self._limits(), start=False, near=bounds
            ).values
            if found is not None:
                found = self._followed(found, free, decided)
            if found is not None:
                return found
        return None

    def _within_reach(self, near: Near, decided: NDArray[np.bool_]) -> Near:
        """The bounds of the program, but for leaders that are decided."""
        program, mine = self.structure.program, self.structure.leaders & decided
        return Near(
            np.where(mine, np.maximum(near.lower, program.lower), program.lower),
            np.where(mine, np.minimum(near.upper, program.upper), program.upper),
        )

    def _followed(
        self, values: NDArray[np.float64], free: NDArray[np.bool_], decided: NDArray[np.bool_]
    ) -> NDArray[np.float64] | None:
        """The same with the followers of a window whole too."""
        structure = self.structure
        own = values[decided & structure.followers]
        if (np.abs(own - np.round(own)) <= 1e-6).all():
            values[decided & structure.followers] = np.round(own)
            return values
        held = free & ~(decided & structure.leaders)
        whole = decided & structure.program.integer
        return self.solver.solve(values, held | self.totals, whole, self._limits(), start=False).values

    def _attempts(
        self, settled: NDArray[np.bool_], first: int
    ) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """Free columns and those among them that are decided, ever more of both."""
        windows, short = 0.0 if self.apart else self.parameters.lookahead_windows, ~self.long
        ahead = math.ceil(windows * self.window)
        window = self._inside(first, first + self.window) & short & ~settled
        near = self._inside(first - ahead, first + self.window + ahead) & short & ~settled
        yield near | window, window
        before = self._inside(max(0, first - 2 * self.window), first + self.window) & short
        yield near | before, before
        yield ~settled | before, before | self.long
        yield ~settled | before | (self._inside(first - ahead, first + ahead) & short), before | self.long

    def _inside(self, first: int, end: int) -> NDArray[np.bool_]:
        """Columns of periods first..end - 1, the last before the first of all on a ring."""
        inside = np.zeros(self.structure.periods, dtype=bool)
        if end - first >= len(inside):
            inside[:] = True
        else:
            inside[np.arange(first, end) % len(inside)] = True
        return self.structure.within(inside)

    def _limits(self) -> PartLimits:
        parameters = self.parameters
        seconds = self.clock.stretched(parameters.construction_seconds, parameters.construction_share)
        least = self.clock.stretched(parameters.least_construction_seconds)
        return PartLimits(max(least, min(seconds, self.most_seconds)), 0.0, self.allowed_gap)
