"""The search: relaxation, fleet, relax-and-fix, then neighbourhoods of the best plan until nobody needs another."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.engines.matheuristic.choice import AdaptiveChoice
from planner.optimize.engines.matheuristic.clock import SearchClock
from planner.optimize.engines.matheuristic.construction import Construction
from planner.optimize.engines.matheuristic.neighbourhoods import Surroundings, kinds
from planner.optimize.engines.matheuristic.part import Near, PartLimits, PartSolver

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.matheuristic.host import SearchHost
    from planner.optimize.engines.matheuristic.parameters import MatheuristicParameters
    from planner.optimize.engines.matheuristic.structure import ProgramStructure

log = logging.getLogger(__name__)
ROWS_HOLD = 1e-6
"""Violation, in the scale of the program that engines see, up to which a plan counts as one."""
LEAST_GAIN = 1e-9
"""Share of the cost that counts for a gain."""
BRIEF = 0.05
"""Seconds before the end in which nothing new is begun."""


class MatheuristicSearch:
    """One run: `best` is the cheapest plan that keeps every row, `cost` its objective."""

    def __init__(
        self, structure: ProgramStructure, channel: SearchHost, parameters: MatheuristicParameters, seed: int
    ) -> None:
        self.structure, self.channel, self.parameters = structure, channel, parameters
        self.clock = SearchClock(channel.seconds_left)
        self.solver = PartSolver(structure, seed, lambda: channel.interrupted)
        self.construction = Construction(structure, self.solver, self.clock, parameters)
        self.random = np.random.default_rng(seed)
        self.choice = AdaptiveChoice(kinds(structure), parameters, self.random)
        self.best: NDArray[np.float64] | None = None
        self.cost = np.inf
        self.near: Near | None = None
        self.tired = np.ones(structure.periods)

    def run(self, hint: NDArray[np.float64] | None) -> None:
        """Search until the deadline or an interrupt."""
        self.take(hint)
        relaxed = self._relaxation()
        if relaxed is None:
            return
        point = self.construction.fleet(relaxed)
        self._construct(point)
        while not self.over:
            self.take(self.channel.take_hint())
            if self.best is None:
                time.sleep(BRIEF)  # no construction succeeded: a plan of another engine is waited for
                continue
            self.improve(point)

    @property
    def over(self) -> bool:
        """Whether to stop."""
        return self.channel.interrupted or self.late or not self.choice.kinds

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return self.clock.left < BRIEF

    def take(self, plan: NDArray[np.float64] | None) -> None:
        """Begin from a plan found elsewhere where it is better, what it holds idle given back first.

        What it does not say (NaN) is decided beside its leaders, and so is what it breaks. Where that leaves no plan
        the first construction stays near it.
        """
        if plan is None:
            return
        known = ~np.isnan(plan)
        begun = np.where(known, plan, 0.0)
        keeps = bool(known.all()) and self.structure.violation(begun) <= ROWS_HOLD
        if keeps and self.structure.cost(begun) >= self.cost:
            return
        rest = ~(self.structure.leaders & known)
        limits = PartLimits(self.clock.stretched(self.parameters.part_seconds, self.parameters.part_share))
        trimmed = self.solver.solve(begun, rest, self.structure.program.integer, limits, start=keeps).values
        if keeps:
            self.keep(begun)
        if not self.keep(trimmed) and self.best is None:
            most = begun + self.parameters.hint_rise
            self.near = Near(np.where(known, begun, -np.inf), np.where(known, most, np.inf))

    def keep(self, plan: NDArray[np.float64] | None) -> bool:
        """Keep a plan and tell of it, if it is the best and keeps every row; whether it was kept."""
        if plan is None:
            return False
        cost = self.structure.cost(plan)
        if not cost < self.cost or self.structure.violation(plan) > ROWS_HOLD:
            return False
        self.best, self.cost = plan, cost
        self.channel.report(values=plan)
        return True

    def improve(self, relaxed: NDArray[np.float64]) -> None:
        """Try one neighbourhood of the best plan."""
        assert self.best is not None
        known, before, name = self.parameters, self.cost, self.choice.next()
        kind, weights = self.choice.kinds[name], self._weights(relaxed)
        around = Surroundings(
            self.structure, self.construction.long, self.best, relaxed, weights, self.random
        )
        free = kinds(self.structure)[name](around, kind.leaders)
        if not (free & self.structure.leaders).any():
            self.choice.drop(name)
            return
        seconds = self.clock.stretched(kind.seconds, known.part_share)
        gap = known.part_gap_share * max(0.0, self.cost - self.structure.cost(relaxed))
        began = time.process_time()
        answer = self.solver.plan(
            self.best,
            free | self.construction.totals,
            PartLimits(seconds, 0.0, gap, known.part_effort),
            start=True,
        )
        used = time.process_time() - began
        self.keep(answer.values)
        gain = max(0.0, before - self.cost) / max(abs(before), 1e-12)
        gain = gain if gain > LEAST_GAIN else 0.0
        self._tire(free, gain)
        most = self._most_leaders(free)
        self.choice.learn(name, gain, used, kind.seconds, answer.proven, most)
        log.debug(
            "%s: %g leaders, %.2f s, gain %.2e, settled %s", name, kind.leaders, used, gain, answer.proven
        )

    def _most_leaders(self, free: NDArray[np.bool_]) -> float:
        """Leaders that a neighbourhood like this one may grow to: where nothing else ties periods, those of one."""
        structure, construction = self.structure, self.construction
        fleet = (free & construction.long & structure.program.integer).any()
        leaders = float(np.count_nonzero(structure.leaders))
        return leaders / structure.periods if construction.apart and not fleet else leaders

    def _construct(self, point: NDArray[np.float64]) -> None:
        """A plan soon, then a better one where there is time for it; none where there is one that is good enough."""
        known, began = self.parameters, self.clock.left
        near = known.begun_gap * abs(self.structure.cost(point))
        if self.over or self.cost - self.structure.cost(point) <= near:
            return
        self.keep(self.construction.plan(point, known.quick_gap, self.near))
        took = began - self.clock.left
        if not self.over and known.fine_time * took <= known.construction_share * self.clock.left:
            self.take(self.channel.take_hint())
            self.keep(self.construction.plan(point, known.fine_gap))

    def _relaxation(self) -> NDArray[np.float64] | None:
        count = self.structure.program.column_count
        limits = PartLimits(self.parameters.relaxation_share * max(self.clock.left, BRIEF))
        none = np.zeros(count, dtype=bool)
        return self.solver.solve(np.zeros(count), ~none, none, limits, start=False).values

    def _weights(self, relaxed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Chance of each period: what the plan costs there beyond the relaxation, less where nothing was found."""
        structure, groups = self.structure, self.structure.groups
        assert self.best is not None
        excess = structure.program.objective * (self.best - relaxed)
        short = ~self.construction.long
        by_period = np.bincount(groups.first[short], excess[short], structure.periods)
        weight = np.maximum(by_period, 0.0)
        weight = weight + max(self.parameters.least_weight * float(weight.mean()), 1e-12)
        weight = weight * self.tired
        return np.asarray(weight / weight.sum())

    def _tire(self, free: NDArray[np.bool_], gain: float) -> None:
        """Periods whose window gained nothing are drawn less; after a gain all around are fresh again."""
        groups, short = self.structure.groups, ~self.construction.long
        touched = np.unique(groups.first[free & short & self.structure.leaders])
        if gain > 0:
            self.tired[touched] = 1.0
        else:
            self.tired[touched] = np.maximum(1e-3, self.tired[touched] * self.parameters.tired_share)
        self.tired = np.minimum(1.0, self.tired * 1.02)
