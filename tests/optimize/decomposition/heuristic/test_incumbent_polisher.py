"""Plans of the best fleet: one as soon as there is time, deeper ones while the fleet stays, none that does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.model.decode import cost_terms_of
from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost, first_fleet
from planner.optimize.decomposition.heuristic.incumbent_polisher import IncumbentPolisher
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated

if TYPE_CHECKING:
    from planner.model.values import Values


@dataclass
class Clock:
    """A clock that advances by a second with every plan."""

    left: float = 1e6
    spent: float = 0.0
    kept: list[Values] = field(default_factory=list)

    def keep(self, values: Values | None) -> None:
        assert values is not None
        self.kept.append(values)
        self.spent += 1.0


def test_a_fleet_is_searched_deeper_when_due_and_no_deeper_than_there_is() -> None:
    instance = generated(Hardness(24, 6, 2))
    sets = sets_of(instance, compute_rates(instance))
    structure = structure_of(sets)
    model = HourModel(structure, aggregated(structure, 100, up=True), DEFAULTS.bound)
    fleet = first_fleet(FleetCost(model, None, DEFAULTS.heuristic), None)
    clock = Clock()
    of = np.arange(structure.periods)
    polisher = IncumbentPolisher(sets, model, None, of, clock, 1.0, DEFAULTS.heuristic)
    polisher.offer(fleet)
    polisher.offer(fleet)  # not due yet
    assert len(clock.kept) == 1
    for _ in range(5):
        clock.spent += 10.0
        polisher.offer(fleet)
    assert len(clock.kept) == len(DEFAULTS.heuristic.polish_combinations)
    usd = [sum(cost_terms_of(sets, values).values()) for values in clock.kept]
    assert usd[-1] <= usd[0]
    clock.left, clock.spent = 0.5, clock.spent + 10.0
    polisher.offer(fleet + 1)  # takes longer than there is time for
    assert len(clock.kept) == len(DEFAULTS.heuristic.polish_combinations)
