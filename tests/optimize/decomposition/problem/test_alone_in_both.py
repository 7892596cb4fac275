"""Units that read and write, with no others beside them: one demand, and what is promised in the same terms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import planner
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.decomposition.problem.both_roles import alone_in_both, row_of_both
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.engines import EngineOptions, program_of, prover, solve
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.bound.test_units_of_both_roles import bound_of


def question(kinds: int, availability: float | None = None, scale: float = 1.0) -> planner.Instance:
    """Co-located units of one and more nodes, hired at 1 USD an hour, for two hours."""
    chat: dict[str, Any] = {
        "demand": {
            "input_tokens_per_s": [20.0 * scale, 60.0 * scale],
            "output_tokens_per_s": [10.0 * scale, 24.0 * scale],
        }
    }
    hardware: dict[str, Any] = {"gpus_per_node": 8}
    if availability is not None:
        chat["sla"] = {"availability": availability}
        hardware |= {"failures_per_node_year": 30.0, "repair_hours": 6.0}
    return planner.from_dict(
        {
            "version": 1,
            "name": "alone",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 2},
            "workloads": {"chat": chat},
            "deployments": [
                {
                    "name": f"both{nodes}",
                    "role": "colocated",
                    "nodes": nodes,
                    "rate_tokens_per_s": {"chat": {"prefill": 5.0 * nodes**1.1, "decode": 5.0 * nodes**1.05}},
                }
                for nodes in range(1, kinds + 1)
            ],
            "hardware": {"x": hardware},
            "fleet": {"x": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}},
        }
    )


def test_time_of_all_units_is_one_demand() -> None:
    """A unit of one node does 1 / (20 / 5 + 10 / 5) of all in the first hour, 1 / (60 / 5 + 24 / 5) in the second."""
    sets = sets_of(instance := question(2), compute_rates(instance))
    alone = alone_in_both(sets)
    assert alone is not None
    able, asked = row_of_both(sets, *alone, sufficient=True)
    assert (able / asked)[0].tolist() == pytest.approx([1.0 / 6.0, 5.0 / 84.0])
    right = solve(program_of(build(sets)), prover(), EngineOptions(relative_gap=1e-9))
    assert bound_of(sets) == pytest.approx(right.cost, rel=1e-6)


def test_what_keeps_the_row_of_plans_keeps_the_promise() -> None:
    """So much work that the pool is kept standing by lines, which each kind of units keeps by itself."""
    sets = sets_of(instance := question(3, 0.999, scale=8.0), compute_rates(instance))
    assert sets.standing is not None
    assert all(point.lines and not point.counts for point in sets.standing.points)
    plans, program = structure_of(sets).of_plans(), program_of(build(sets))
    rate = plans.rates.sure[:, plans.rates.of]
    assert plans.demand[1].max() == 0.0
    for unit, each in enumerate(rate):
        on = np.zeros((len(rate), 2), dtype=np.int64)
        on[unit] = np.ceil(plans.demand[0] / each)
        fixed = program.index.spread({"on": on}, missing=np.nan)
        held = ~np.isnan(fixed)
        program.lower[held] = program.upper[held] = fixed[held]
        found = solve(program, prover(), EngineOptions(relative_gap=1e-9))
        assert found.cost == pytest.approx((on * sets.nodes[:, None]).sum())


def test_bounds_are_of_what_every_plan_has() -> None:
    sets = sets_of(instance := question(3, 0.99), compute_rates(instance))
    assert sets.standing is not None
    loose = replace(sets, standing=sets.standing.necessary())
    right = solve(program_of(build(sets)), prover(), EngineOptions(relative_gap=1e-9))
    without = bound_of(replace(sets, standing=None))
    assert without <= bound_of(loose) <= right.cost * (1 + 1e-6)
