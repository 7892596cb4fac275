"""An engine on the whole program joins the search of a small question, and hands over its plans as they come."""

from __future__ import annotations

import time

from planner.model.prepare import sets_of
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.solve import Decomposition
from planner.optimize.engines import EngineOptions
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated


def begun(stalled_share: float) -> Decomposition:
    """The search of a day of one kind of hardware, which has no plan yet."""
    instance = generated(Hardness(periods=24, hardware=1, seed=4))
    sets = sets_of(instance, compute_rates(instance))
    parameters = DEFAULTS.override(run__stalled_share=stalled_share)
    options = EngineOptions(time_limit_s=900.0, relative_gap=1e-4)
    return Decomposition(sets, structure_of(sets), options, parameters, None, None)


def test_it_joins_where_plans_get_no_better_and_its_plans_are_taken() -> None:
    run = begun(1e-9)
    try:
        assert not run._stop()
        assert run.progress.concurrent is not None
        until = time.monotonic() + 120.0
        while run.progress.values is None and time.monotonic() < until:
            run.progress.poll(0.05)
        assert run.progress.values is not None
        assert run.progress.bound <= run.progress.cost
    finally:
        run.progress.end()


def test_it_stays_away_while_time_is_left_for_better_plans() -> None:
    run = begun(1.0)
    try:
        assert not run._stop()
        assert run.progress.concurrent is None
    finally:
        run.progress.end()
