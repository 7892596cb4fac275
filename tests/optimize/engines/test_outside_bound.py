"""Bounds proven elsewhere count beside engines, and are held against checked plans like any other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest
from engine_programs import knapsack

from planner.core.solution import Status
from planner.optimize.engines import EngineOptions, Event, searcher, solve
from planner.optimize.engines.contest import Contest
from planner.optimize.engines.process import EngineProcess


@dataclass
class Told:
    """A bound that somebody states."""

    bound: float
    name: str = "elsewhere"
    costs: list[float] = field(default_factory=list)

    def poll(self, cost: float, bound: float) -> float:
        self.costs.append(cost)
        return self.bound


def searched(told: Told, events: list[Event] | None = None, seconds: float = 5.0):
    """The search alone, which proves nothing itself, beside a bound from elsewhere."""
    process = EngineProcess(searcher())
    try:
        options = EngineOptions(time_limit_s=seconds, relative_gap=0.0)
        listen = None if events is None else events.append
        return Contest(knapsack(), options, {process: 1}, listen, outside=told).run()
    finally:
        process.end()


def test_a_true_bound_proves_a_plan_and_ends_the_run() -> None:
    told, events = Told(14.0), []
    found = searched(told, events)
    assert (found.status, found.cost, found.bound) == (Status.OPTIMAL, 14.0, 14.0)
    assert found.seconds < 4.0
    assert "elsewhere" in {event.engine for event in events}
    assert told.costs[0] == math.inf or told.costs[0] >= 14.0


@pytest.mark.parametrize("bound", [14.01, 20.0, math.inf])
def test_one_above_a_checked_plan_is_not_used(bound: float) -> None:
    found = searched(Told(bound), seconds=1.5)
    assert found.cost == 14.0
    assert found.bound == -math.inf
    assert found.status is Status.FEASIBLE
    assert any("elsewhere" in remark for remark in found.remarks) or bound == math.inf


def test_engines_that_prove_are_believed_beside_a_wrong_one() -> None:
    found = solve(
        knapsack(), searcher(), EngineOptions(time_limit_s=20, relative_gap=0.0), outside=Told(20.0)
    )
    assert (found.status, found.bound) == (Status.OPTIMAL, 14.0)
