"""The decomposition's bound beside a search on the whole program: never above the optimum, none where not covered."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest

import planner
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.decomposition.beside import BoundBeside
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.engines import EngineOptions, program_of, prover, solve
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.small import question, record

OPTIONS = EngineOptions(time_limit_s=20.0, relative_gap=1e-6)


def best_bound(beside: BoundBeside, cost: float) -> float:
    """What it comes to by its end, or within a second after its first word."""
    began, best = time.monotonic(), -math.inf
    until = began + 60.0
    process = beside._process
    assert process is not None
    while time.monotonic() < until and (process.running or best == -math.inf):
        bound = beside.poll(cost)
        if bound > -math.inf and best == -math.inf:
            until = time.monotonic() + 1.0
        best = max(best, bound)
        time.sleep(0.02)
    return best


@pytest.mark.parametrize("seed", range(8))
def test_it_is_a_bound_also_where_families_are_left_out(seed: int) -> None:
    data = record(seed, starts=True)
    data["start_up"] = {"hours": 0.5, "minimum_up_hours": 2, "usd_per_node": 1.0}
    instance = planner.from_dict(data)
    sets = sets_of(instance, compute_rates(instance))
    assert structure_of(sets).left_out
    right = solve(program_of(build(sets)), prover(), EngineOptions(time_limit_s=30.0, relative_gap=1e-9))
    if right.values is None:
        pytest.skip("there is no plan, and nothing that a bound could lie above")
    with BoundBeside(sets, OPTIONS, DEFAULTS) as beside:
        assert beside.why_not is None
        found = best_bound(beside, right.cost)
    assert -math.inf < found <= right.cost + 1e-6 * abs(right.cost)


def test_what_is_not_covered_has_none_and_says_why() -> None:
    sets = question(2)
    shed = replace(sets, shed_usd=np.full_like(sets.shed_usd, 1.0))
    with BoundBeside(shed, OPTIONS, DEFAULTS) as beside:
        assert beside.why_not is not None
        assert "shed" in beside.why_not
        assert beside.poll(1.0) == -math.inf


def test_what_is_not_covered_has_a_plan_to_begin_from() -> None:
    """That work may be shed is left out of it, so it serves everything; the process of its prices is ended."""
    sets = question(2)
    shed = replace(sets, shed_usd=np.full_like(sets.shed_usd, 1.0))
    with BoundBeside(shed, replace(OPTIONS, relative_gap=1e-3), DEFAULTS) as beside:
        begun = beside.begun()
    assert begun is not None
    served = (sets.rate[:, :, None] * (sets.busy_limit * begun.on)[:, None]).sum(axis=0)
    assert (served >= sets.demand * (1 - 1e-8)).all()


def test_plans_in_stages_have_both() -> None:
    """What is signed for some stages alone is a pool in each of them."""
    data = record(3)
    data["stages"] = {"first": {"years": 0.5}, "second": {"years": 0.5, "demand_scale": 1.5}}
    for channels in data["fleet"].values():
        for name in channels.keys() - {"rent"}:
            channels[name]["term_years"] = 0.5
    instance = planner.from_dict(data)
    sets = sets_of(instance, compute_rates(instance))
    right = solve(program_of(build(sets)), prover(), EngineOptions(time_limit_s=30.0, relative_gap=1e-9))
    with BoundBeside(sets, replace(OPTIONS, relative_gap=1e-3), DEFAULTS) as beside:
        assert beside.why_not is None
        begun = beside.begun()
        found = best_bound(beside, right.cost)
    assert right.cost * 0.9 < found <= right.cost * (1 + 1e-6)
    assert begun is not None
    served = (sets.rate[:, :, None] * (sets.busy_limit * begun.on)[:, None]).sum(axis=0)
    assert (served >= sets.demand * (1 - 1e-8)).all()


def test_it_ends_where_others_are_far_ahead() -> None:
    """What is left to prove is less than what it is behind; before there is a plan nobody knows."""
    with BoundBeside(question(2), OPTIONS, DEFAULTS) as beside:
        process = beside._process
        assert process is not None
        until = time.monotonic() + 60.0
        while (own := beside.poll(math.inf, -math.inf)) == -math.inf and time.monotonic() < until:
            time.sleep(0.02)
        assert beside.poll(math.inf, 2.0 * own) >= own
        assert not process.ended
        assert beside.poll(3.0 * own, 1.5 * own) >= own
        assert not process.ended
        assert beside.poll(2.1 * own, 2.0 * own) >= own
        assert process.ended
