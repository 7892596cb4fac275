"""Weights of scenarios in place of a measure of risk: bounds below the optimum and above the expected cost's; plans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import planner
from planner.model import build
from planner.model.prepare import sets_of
from planner.model.risk_set import RiskSet
from planner.optimize.decomposition.bound.start_prices import root_without_starts
from planner.optimize.decomposition.bound.worst_weights import without_risk
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.scenario_weights import dearest, weighed
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.optimize.decomposition.tolerances import PROBABLE_SHARE
from planner.optimize.engines import EngineOptions, program_of, prover, solve
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.small import record

MEASURES: tuple[dict[str, Any], ...] = (
    {"measure": "worst_case"},
    {"measure": "cvar", "level": 0.6, "weight": 0.5},
    {"measure": "cvar", "level": 0.5, "weight": 1.0},
)
SCENARIOS = {
    "quiet": {"probability": 0.5, "demand_scale": 0.6},
    "likely": {"probability": 0.3},
    "busy": {"probability": 0.2, "demand_scale": 1.5},
}


def risky(seed: int, risk: dict[str, Any]) -> planner.Instance:
    return planner.from_dict(record(seed) | {"scenarios": SCENARIOS, "risk": risk})


def root_of(sets: Any) -> float:
    root = root_without_starts(structure_of(sets), DEFAULTS.bound)
    assert root is not None
    return root.prices.bound


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("risk", MEASURES)
def test_bounds_lie_between_that_of_the_expected_cost_and_the_optimum(
    seed: int, risk: dict[str, Any]
) -> None:
    instance = risky(seed, risk)
    sets = sets_of(instance, compute_rates(instance))
    right = solve(program_of(build(sets)), prover(), EngineOptions(time_limit_s=30.0, relative_gap=1e-6))
    expected, weighted = root_of(sets), root_of(without_risk(sets, DEFAULTS))
    assert expected * 1.02 < weighted <= right.cost * (1 + 1e-6)


@pytest.mark.parametrize(
    ("risk", "tail"),
    [
        (RiskSet("worst_case", 0.9, 0.5, None, np.array([0.5, 0.3, 0.2])), [0.0, 1.0, 0.0]),
        (RiskSet("cvar", 0.6, 1.0, None, np.array([0.5, 0.3, 0.2])), [0.25, 0.75, 0.0]),
        (RiskSet("cvar", 0.6, 0.5, None, np.array([0.5, 0.3, 0.2])), [0.375, 0.525, 0.1]),
        (RiskSet("expected", 0.6, 0.5, 9.0, np.array([0.5, 0.3, 0.2])), [0.5, 0.3, 0.2]),
    ],
)
def test_the_dearest_scenarios_weigh_what_the_measure_gives_them(risk: RiskSet, tail: list[float]) -> None:
    """Of costs 2, 3 and 1. The tail of 0.4 is all of the second (0.3) and 0.1 of the first."""
    found = dearest(risk, np.array([2.0, 3.0, 1.0]))
    assert found == pytest.approx(tail, abs=PROBABLE_SHARE)
    assert found.sum() == pytest.approx(1.0)
    assert (found > 0).all()


def test_a_plan_of_the_decomposition_pays_its_own_premium() -> None:
    """A node for each request/s: 10, or 30 half as likely, for two hours, at 0.6 an hour hired: 12 or 36 USD.

    The worst of both counts, 12 above the mean of 24. Held nodes at 1 an hour are dearer also where all of them serve.
    """
    fleet = {
        "x": {
            "held": {"kind": "reserved", "price_usd_per_node_hour": 1.0},
            "hired": {"kind": "on_demand", "price_usd_per_node_hour": 0.6},
        }
    }
    instance = planner.from_dict(
        {
            "version": 1,
            "name": "halves",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 2},
            "workloads": {"w": {"demand": {"requests_per_s": [10, 10]}}},
            "deployments": [{"name": "u", "role": "request", "nodes": 1, "rate_requests_per_s": {"w": 1}}],
            "hardware": {"x": {"gpus_per_node": 1}},
            "fleet": fleet,
            "scenarios": {"few": {"probability": 0.5}, "many": {"probability": 0.5, "demand_scale": 3.0}},
            "risk": {"measure": "worst_case"},
        }
    )
    plan = planner.solve(
        instance, planner.SolveOptions(method="decompose", relative_gap=2e-3, time_limit_s=20.0)
    )
    assert (plan.method, plan.status) == ("decompose", "optimal")
    assert plan.cost == pytest.approx(36.0)
    assert plan.cost_terms["risk_premium"] == pytest.approx(12.0)
    assert 36.0 * (1 - 2e-3) <= plan.bound <= 36.0


def test_a_limit_on_the_tail_stays_with_the_whole_program() -> None:
    instance = risky(1, {"measure": "cvar", "level": 0.5, "cvar_limit_usd": 1e9})
    sets = sets_of(instance, compute_rates(instance))
    left = without_risk(sets, DEFAULTS)
    assert left.risk is not None
    assert any("limit" in one.reason for one in structure_of(left).left_out)


def test_costs_that_weights_do_not_multiply_are_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    from planner.model import costs
    from planner.model.axes import OFFER
    from planner.model.costs import Priced, cost_term
    from planner.model.treatment import kept

    @cost_term(kept("whatever the scenario"))
    def flat(sets: Any) -> dict[str, Priced]:
        return {"flat": Priced("acquire", np.ones_like(sets.offer_price), (OFFER,))}

    instance = risky(1, MEASURES[0])
    sets = sets_of(instance, compute_rates(instance))
    assert sets.risk is not None
    weight = np.array([0.2, 0.3, 0.5])
    assert weighed(sets, weight).risk is None
    monkeypatch.setattr(costs, "COSTS", (*costs.COSTS, flat))
    with pytest.raises(NotCovered, match="flat"):
        weighed(sets, weight)
    sure = replace(sets, risk=replace(sets.risk, probability=weight))
    assert weighed(sure, weight).risk is None  # nothing is multiplied
