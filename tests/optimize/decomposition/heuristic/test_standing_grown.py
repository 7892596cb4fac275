"""Plans to begin from where pools stand by a loose form: units are added until they stand, counted exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kernels.queueing import standing_share
from planner.core.lateness import never
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.decomposition.beside import BoundBeside
from planner.optimize.decomposition.heuristic.standing_repair import counts_kept, standing_grown
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.required import leaves_out_plans
from planner.optimize.engines import EngineOptions, program_of, prover, solve
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.problem.test_alone_in_both import question

HALF = 0.5


def test_a_plan_of_the_hourly_problem_is_mended_and_bounds_are_of_the_question() -> None:
    """As many units as the work fills stand too rarely; a few more stand, and no more than the form asks for."""
    sets = sets_of(instance := question(3, 0.999, scale=8.0), compute_rates(instance))
    assert leaves_out_plans(sets)
    with BoundBeside(sets, EngineOptions(time_limit_s=60.0, relative_gap=1e-3), DEFAULTS) as beside:
        begun = beside.begun()
        bound = beside.poll(np.inf)
    assert begun is not None
    assert sets.standing is not None
    counts = counts_kept(sets, begun.on, HALF, never)
    assert sorted(counts) == [0, 1]
    for place, (some,) in counts.items():
        asked = sets.standing.questions[place]
        share = standing_share(some, asked.laws, asked.rate, asked.demand)
        assert share >= asked.pool.kept
        assert (np.array(some) <= begun.on[:, asked.period]).all()
    options = EngineOptions(relative_gap=1e-6)
    loose, listed = (
        solve(program_of(build(replace(sets, standing=one))), prover(), options).cost
        for one in (sets.standing, sets.standing.beside(counts))
    )
    nodes = float((begun.on * sets.nodes[:, None]).sum())
    assert bound <= listed * (1 + 1e-9) <= nodes * (1 + 1e-6)
    assert nodes < loose


def test_no_time_changes_nothing() -> None:
    sets = sets_of(instance := question(3, 0.999, scale=8.0), compute_rates(instance))
    none = np.zeros((3, 2), dtype=np.int64)
    assert (standing_grown(sets, none, HALF, lambda: True) == none).all()
    assert counts_kept(sets, none, HALF, never) == {}
    assert standing_grown(sets, none, HALF, never).sum() > 0


@pytest.mark.parametrize("availability", [None, 0.9])
def test_what_is_exact_stays_as_it_is(availability: float | None) -> None:
    sets = sets_of(instance := question(2, availability), compute_rates(instance))
    assert not leaves_out_plans(sets)
    on = np.ones((2, 2), dtype=np.int64)
    assert (standing_grown(sets, on, HALF, never) == on).all()
