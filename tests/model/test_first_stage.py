"""What is signed before the scenario is known, against sums worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import planner
from planner import SolveOptions
from planner.instance.channels import KINDS
from planner.model.prepare import sets_of
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.rates.compute import compute_rates
from planner.study.uncertainty import worth
from tests.market.one_node import one_node
from tests.model.listing import listing, program_for

EXACT = SolveOptions(solver="highs", method="direct", relative_gap=0.0, threads=1)
# 100 nodes with probability 0.6, 200 with 0.4
TWO = {"lo": {"probability": 0.6}, "hi": {"probability": 0.4, "demand_scale": 2}}
RENT: dict[str, Any] = {"kind": "on_demand", "price_usd_per_node_hour": 20}
AT_TEN: dict[str, dict[str, Any]] = {
    "reserved": {},
    "contract": {"hours": 24},
    "capacity_block": {"days": 1},
    "lease": {"price_usd_per_node_month": 7300, "term_months": 12},
    "purchase": {"price_usd_per_node": 87_600, "life_years": 1},
    "existing": {"nodes": 500, "forgone_usd_per_node_hour": 10},
    "spend_commitment": {"plan": "p"},
}


def newsvendor(
    kind: str, demand: list[float], period_hours: float = 24.0, **sections: Any
) -> planner.Instance:
    """A node-hour costs 10 signed beforehand in a channel of a kind, 20 on demand."""
    fields = {"kind": kind, **AT_TEN[kind]}
    if kind not in ("lease", "purchase", "existing"):
        fields["price_usd_per_node_hour"] = 10
    sections.setdefault("scenarios", TWO)
    if kind == "spend_commitment":
        sections["spend_commitments"] = {"p": sections.pop("commitment", {})}
    horizon = {"start": "2025-01-06T00:00+00:00", "periods": len(demand), "period_hours": period_hours}
    return one_node(demand, {"rent": RENT, "firm": fields}, horizon=horizon, **sections)


def costs(instance: planner.Instance) -> tuple[float, float, float]:
    found = worth(instance, EXACT)
    return found.rp, found.ws, found.eev


@pytest.mark.parametrize("kind", AT_TEN)
def test_a_day_signed_before_demand_is_known(kind: str) -> None:
    # 100 signed, 100 hired in the high scenario: 24 x (1000 + 0.4 x 2000) = 43,200; 200 signed: 48,000.
    # Each scenario alone signs what it needs: 24 x (0.6 x 1000 + 0.4 x 2000) = 33,600.
    # The mean demand is 140: 140 signed, 60 hired at times: 24 x (1400 + 0.4 x 1200) = 45,120
    assert costs(newsvendor(kind, [100])) == pytest.approx((43_200, 33_600, 45_120))


@pytest.mark.parametrize("kind", AT_TEN)
def test_stages_scale_it(kind: str) -> None:
    # two stages of a year each: 730 days; leases and the like are signed for both, blocks and contracts for a day
    years = {"first": {"years": 1}, "second": {"years": 1}}
    expected = np.array([43_200, 33_600, 45_120]) * 730
    assert costs(newsvendor(kind, [100], stages=years)) == pytest.approx(expected)


def test_a_commitment_of_two_hours_is_one_decision_for_all_scenarios() -> None:
    # hours 0-1, 1-2, ...: any two hours of four; demand is there in the middle two: 2 x (1000 + 0.4 x 2000)
    instance = newsvendor("spend_commitment", [0, 100, 100, 0], 1.0, commitment={"hours": 2})
    assert costs(instance) == pytest.approx((3_600, 2_800, 2 * (1400 + 0.4 * 1200)))


def test_a_contract_of_two_hours_begins_at_one_time_in_all_scenarios() -> None:
    # demand is early in one scenario and late in the other: a contract serves one of them, hiring the other.
    # Signed for the early hours: 2 x 10 x 100 and 0.5 x 2 x 20 x 100 hired late = 4,000, as hiring in both
    shifts = {
        "early": {"probability": 0.5, "demand_factors": [1, 1, 0, 0]},
        "late": {"probability": 0.5, "demand_factors": [0, 0, 1, 1]},
    }
    fleet = {"rent": RENT, "firm": {"kind": "contract", "hours": 2, "price_usd_per_node_hour": 10}}
    instance = one_node([100, 100, 100, 100], fleet, scenarios=shifts)
    found = worth(instance, EXACT)
    assert (found.rp, found.ws) == pytest.approx((4_000, 2_000))


def test_every_scenario_signs_the_same_and_is_charged_for_it() -> None:
    instance = newsvendor("contract", [100], risk={"measure": "worst_case"})
    # the high scenario counts: 200 signed, 48,000, against 24,000 + 48,000
    plan = planner.solve(instance, EXACT)
    assert plan.cost == pytest.approx(48_000)
    assert planner.check(instance, plan).passed
    assert [(holding.first, holding.nodes) for holding in plan.holdings] == [(0, 200), (1, 200)]


def test_what_is_hired_by_the_period_is_decided_when_the_scenario_is_known() -> None:
    recourse = {name for name, kind in KINDS.items() if not kind.traits.committed}
    assert recourse == {"on_demand", "spot", "spend_commitment"}


def test_a_workload_of_one_pool_keeps_the_pool_of_the_mean() -> None:
    # 1 request/s on a node of small, 1 USD; big serves 10 on one of 6. 4 are cheaper on small (4), 12 on big (12)
    fleet = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1}}
    data = one_node(
        [4],
        fleet,
        deployments=[
            {"name": "small", "role": "request", "nodes": 1, "rate_requests_per_s": {"w": 1.0}},
            {"name": "big", "role": "request", "nodes": 6, "rate_requests_per_s": {"w": 10.0}},
        ],
        workloads={"w": {"demand": {"requests_per_s": [4]}, "single_pool": True}},
        scenarios={"lo": {"probability": 0.9}, "hi": {"probability": 0.1, "demand_scale": 5}},
    )
    # small throughout: 0.9 x 4 + 0.1 x 20 = 5.6; big: 0.9 x 6 + 0.1 x 12 = 6.6; each its own: 3.6 + 1.2 = 4.8.
    # the mean demand, 5.6, is as dear on either: six of small, one of big
    found = worth(data, EXACT)
    assert (found.rp, found.ws) == pytest.approx((5.6, 4.8))
    assert found.eev == pytest.approx(5.6) or found.eev == pytest.approx(6.6)


def test_the_decomposition_leaves_it_to_the_direct_method() -> None:
    instance = newsvendor("capacity_block", [100, 100])
    with pytest.raises(NotCovered, match="signed"):
        structure_of(sets_of(*question(instance)))
    plan = planner.solve(instance, SolveOptions(solver="highs", method="decompose", relative_gap=0.0))
    assert plan.cost == pytest.approx(86_400)


def test_rows_tie_the_copies_of_an_offer() -> None:
    # hired: offers 0 and 1; signed: 2 in the low scenario, 3 in the high one
    tied = listing(program_for(newsvendor("contract", [100])))["first_stage_3"]
    assert tied == (0.0, {"acquire_3": 1.0, "acquire_2": -1.0}, 0.0)
    # bought once for all scenarios: nothing to tie
    assert ("first_stage", "") not in program_for(newsvendor("purchase", [100])).index.rows


def question(instance: planner.Instance) -> tuple[planner.Instance, Any]:
    return instance, compute_rates(instance)
