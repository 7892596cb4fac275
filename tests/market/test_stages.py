"""Plans over years: terms, lives, lead times, retirements and changing prices, worked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import planner
from planner.instance.channels.offers import terms
from planner.instance.demand_series import series
from tests.market.in_process import solve_here
from tests.market.one_node import one_node

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan

YEARS: dict[str, Any] = {"first": {"years": 1.0}, "second": {"years": 1.0, "demand_scale": 2.0}}
RENT = {"kind": "on_demand", "price_usd_per_node_hour": 2.0}
EXACT_STAGES = planner.SolveOptions(solver="highs", method="direct", relative_gap=0.0, threads=1)
BUY = {"kind": "purchase", "price_usd_per_node": 17_520.0, "life_years": 2.0, "price_change_per_year": -0.5}


def staged(fleet: dict[str, Any], stages: dict[str, Any] = YEARS, **sections: Any) -> Instance:
    horizon = {"start": "2025-01-01T00:00+00:00", "periods": 2, "period_hours": 12}
    return one_node([1.0, 1.0], fleet, stages=stages, horizon=horizon, **sections)


def spans(plan: Plan, channel: str) -> dict[tuple[int, int], int]:
    return {(h.first, h.last): h.nodes for h in plan.holdings if h.channel == channel}


def test_stages_weigh_as_many_horizons_as_they_hold() -> None:
    instance = staged({"rent": RENT})
    assert instance.timeline.weight.tolist() == [365.0] * 4
    assert instance.timeline.block.tolist() == [0, 0, 1, 1]
    assert instance.timeline.year_from.tolist() == [0.0, 0.0, 1.0, 1.0]
    assert series(instance, "w", "requests_per_s").tolist() == [1.0, 1.0, 2.0, 2.0]
    assert instance.labels()[2] == "second 2025-01-01T00:00+00:00"
    assert solve_here(instance).cost == pytest.approx(3 * 17_520.0)


def test_one_is_bought_now_and_one_when_it_is_cheaper() -> None:
    """A node is 8,760 a year now, 4,380 in the second year; hired 17,520: buy one in each year."""
    plan = solve_here(staged({"rent": RENT, "buy": BUY}))
    assert plan.cost == pytest.approx(17_520 + 4_380)
    assert spans(plan, "buy") == {(0, 3): 1, (2, 3): 1}


def test_what_arrives_late_is_hired_until_then() -> None:
    plan = solve_here(staged({"rent": RENT, "buy": {**BUY, "lead_time_hours": 8760}}))
    assert plan.cost == pytest.approx(17_520 + 2 * 4_380)
    assert spans(plan, "buy") == {(2, 3): 2}
    assert spans(plan, "rent") == {(0, 0): 1, (1, 1): 1}


def test_supply_of_a_stage_is_limited() -> None:
    plan = solve_here(staged({"rent": RENT, "buy": {**BUY, "lead_time_hours": 8760, "max_new_nodes": 1}}))
    assert plan.cost == pytest.approx(17_520 + 4_380 + 17_520)


def test_a_commitment_of_one_year_is_signed_each_year_at_its_price() -> None:
    commit = {
        "kind": "reserved",
        "price_usd_per_node_hour": 1.2,
        "term_years": 1,
        "price_change_per_year": -0.5,
    }
    plan = solve_here(staged({"rent": RENT, "commit": commit}))
    assert spans(plan, "commit") == {(0, 1): 1, (2, 3): 2}
    assert plan.cost == pytest.approx(1.2 * 8760 + 2 * 0.6 * 8760)


def test_existing_nodes_retire() -> None:
    plan = solve_here(
        staged(
            {
                "rent": RENT,
                "have": {
                    "kind": "existing",
                    "nodes": 5,
                    "retires_after_years": 1.5,
                    "forgone_usd_per_node_hour": 0.1,
                },
            }
        )
    )
    assert spans(plan, "have") == {(0, 1): 1}
    assert plan.cost == pytest.approx(876 + 2 * 17_520)


def test_capex_is_counted_at_the_price_of_its_year() -> None:
    fleet = {"rent": RENT, "buy": BUY}
    assert solve_here(staged(fleet, limits={"capex_usd": 26_280.0})).cost == pytest.approx(21_900)
    assert solve_here(staged(fleet, limits={"capex_usd": 26_279.0})).cost > 21_900 + 1


def test_capex_of_each_year_is_limited() -> None:
    fleet = {"rent": RENT, "buy": BUY}
    plan = solve_here(staged(fleet, limits={"capex_usd_per_year": 8_760.0}))
    assert spans(plan, "buy") == {(2, 3): 1}  # 17,520 today is too much, 8,760 in the second year buys one
    assert plan.cost == pytest.approx(17_520 + 4_380 + 17_520)


def test_terms_cover_whole_stages_for_one_at_least() -> None:
    halves = {str(number): {"years": 0.5} for number in range(4)}
    timeline = staged({"rent": RENT}, halves).timeline
    assert _pairs(terms(timeline)) == [(0, 7), (2, 7), (4, 7), (6, 7)]
    assert _pairs(terms(timeline, 1.0)) == [(0, 3), (2, 5), (4, 7), (6, 7)]
    assert _pairs(terms(timeline, 0.25)) == [(0, 1), (2, 3), (4, 5), (6, 7)]
    assert _pairs(terms(timeline, 1.0, 4380)) == [(2, 5), (4, 7), (6, 7)]
    assert _pairs(terms(timeline, None, 3 * 8760)) == []


def _pairs(run: tuple[Any, Any]) -> list[tuple[int, int]]:
    return list(zip(run[0].tolist(), run[1].tolist(), strict=True))


def test_offers_span_the_scenarios_of_their_stages() -> None:
    scenarios = {"low": {"probability": 0.5}, "high": {"probability": 0.5, "demand_scale": 3.0}}
    instance = staged({"rent": RENT, "buy": BUY}, scenarios=scenarios)
    assert instance.periods == 8
    assert instance.timeline.scenario.tolist() == [0, 0, 1, 1] * 2
    assert instance.timeline.weight.tolist() == [182.5] * 8
    assert series(instance, "w", "requests_per_s").tolist() == [1, 1, 3, 3, 2, 2, 6, 6]
    assert instance.labels()[6] == "second high 2025-01-01T00:00+00:00"
    assert _pairs(terms(instance.timeline)) == [(0, 7), (4, 7)]
    plan = solve_here(instance)
    # first year: one node is sure and bought for good, two are wanted at even odds and hired for 8,760 each;
    # second year: five more are worth buying at 4,380 where hiring costs 8,760 at even odds, 17,520 when sure
    assert plan.cost == pytest.approx(17_520 + 2 * 8_760 + 5 * 4_380)


def test_growth_instance_says_what_to_buy_when() -> None:
    plan = planner.solve(
        planner.load("instances/build_up.yaml"),
        planner.SolveOptions(solver="highs", method="direct", relative_gap=0.005, threads=1),
    )
    assert plan.status is planner.Status.OPTIMAL
    assert plan.warnings == ("costs are present values at the beginning of the plan, at 0.1 a year",)
    bought = spans(plan, "buy")
    assert min(first for first, _ in bought) >= 24  # none stands in the first stage
    assert all(nodes <= 12 for nodes in bought.values())
    assert np.all([last == 95 for _, last in bought])  # four years of life outlast the plan
    assert spans(plan, "have") == {(0, 47): 3}


def test_weekly_supply_counts_the_weeks_a_stage_tells() -> None:
    slow = {**BUY, "price_usd_per_node": 1.0, "max_new_nodes_per_week": 1}
    wide = {"only": {"years": 3 * 168 / 8760, "demand_scale": 5.0}}
    instance = staged({"rent": RENT, "buy": slow}, wide)
    assert instance.timeline.weeks_represented.tolist() == pytest.approx([3.0, 3.0])
    assert spans(solve_here(instance), "buy") == {(0, 1): 3}


def test_existing_nodes_that_retire_before_the_first_stage_ends_stand_in_none() -> None:
    # two stages of two years and of one; nodes that retire after a year and a half do not stand to the end of either
    fleet: dict[str, Any] = {
        "old": {"kind": "existing", "nodes": 5, "retires_after_years": 1.5},
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0},
    }
    stages = {"first": {"years": 2.0}, "second": {"years": 1.0}}
    plan = planner.solve(one_node([1], fleet, stages=stages), EXACT_STAGES)
    assert plan.cost == pytest.approx(3 * 8760)
    longer = {**fleet, "old": {**fleet["old"], "retires_after_years": 2.0}}
    assert planner.solve(one_node([1], longer, stages=stages), EXACT_STAGES).cost == pytest.approx(8760)


def test_a_week_delivers_as_many_nodes_in_every_scenario() -> None:
    # 4 nodes a week; a year told by a day has 52.14 weeks, in the scenario of one in ten too: 208 of 365 node-days
    fleet = {
        "few": {"kind": "on_demand", "price_usd_per_node_hour": 1.0, "max_new_nodes_per_week": 4},
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 2.0},
    }
    scenarios = {"rare": {"probability": 0.1}, "usual": {"probability": 0.9, "demand_scale": 1e-9}}
    horizon = {"start": "2025-01-06T00:00+00:00", "periods": 1, "period_hours": 24}
    instance = one_node([300], fleet, stages={"year": {"years": 1.0}}, scenarios=scenarios, horizon=horizon)
    cost = planner.solve(instance, EXACT_STAGES).cost_terms["hire"]
    assert cost == pytest.approx(8760 * (0.1 * (208 + 2 * 92) + 0.9))


def test_upfront_payments_of_contracts_count_as_capital() -> None:
    # 10 nodes for a day: a contract costs 5 upfront and 24 later, hiring 48; 23 upfront pay for four contracts
    fleet = {
        "contract": {
            "kind": "contract",
            "hours": 24,
            "price_usd_per_node_hour": 1.0,
            "upfront_usd_per_node": 5.0,
        },
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 2.0},
    }
    horizon = {"start": "2025-01-06T00:00+00:00", "periods": 1, "period_hours": 24}
    instance = one_node([10], fleet, horizon=horizon, limits={"capex_usd": 23.0})
    assert planner.solve(instance, EXACT_STAGES).cost == pytest.approx(4 * 29 + 6 * 48)
    # in two scenarios they are signed once
    alike = {"a": {"probability": 0.5}, "b": {"probability": 0.5}}
    twice = one_node([10], fleet, horizon=horizon, limits={"capex_usd": 23.0}, scenarios=alike)
    assert planner.solve(twice, EXACT_STAGES).cost == pytest.approx(4 * 29 + 6 * 48)
