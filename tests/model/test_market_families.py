"""Rows of the market's families against the equations written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.examples import small
from tests.model.listing import listing, program_for, rows_of

PRICES = {"input_hit": 1.0, "input_miss": 2.0, "output": 4.0}
VENDOR = {"vendors": {"v": {"price_usd_per_million_tokens": PRICES, "max_tokens_per_s": 1000.0}}}


def test_outsource_takes_both_phases_and_keeps_its_rate_limit() -> None:
    rows = rows_of(VENDOR)
    assert rows["demand_0_1"][1] == {"on_0_1": 10000.0, "outsource_0_0_1": 9000.0}
    assert rows["demand_1_1"][1] == pytest.approx({"on_1_1": 200.0 / 0.1, "outsource_0_0_1": 150.0 / 0.1})
    assert rows["outsource_limit_0_2"] == (-np.inf, {"outsource_0_0_2": pytest.approx(3.0)}, 1.0)


def test_outsource_tiers_fill_in_order() -> None:
    tiers = [{"above_usd_per_day": 5.0, "discount_share": 0.1}]
    rows = rows_of({"vendors": {"v": {"price_usd_per_million_tokens": PRICES, "tiers": tiers}}})
    # USD an hour: (1500 x 2 + 350 x 4, 900 x 2 + 150 x 4, 2500 x 2 + 500 x 4) x 0.0036
    usd = {"outsource_0_0_0": 15.84, "outsource_0_0_1": 8.64, "outsource_0_0_2": 25.2}
    lower, terms, upper = rows["outsource_spending_0_0"]
    assert (lower, upper) == (0.0, 0.0)
    assert terms == pytest.approx({**usd, "tier_0_0_0": -1.0, "tier_0_0_1": -1.0})
    assert rows["outsource_tier_0_0_0"][1] == {"tier_0_0_0": 1.0, "reached_0_0_0": -5.0}
    assert rows["outsource_tier_0_0_1"][1] == pytest.approx({"tier_0_0_1": 1.0, "reached_0_0_1": -49.68})
    assert rows["outsource_order_0_0_0"][1] == {"reached_0_0_1": 5.0, "tier_0_0_0": -1.0}


def test_outsource_shares_of_two_vendors_sum_to_one() -> None:
    two = {name: {"price_usd_per_million_tokens": PRICES} for name in ("a", "b")}
    rows = rows_of({"vendors": two})
    assert rows["outsource_0_1"] == (-np.inf, {"outsource_0_0_1": 1.0, "outsource_1_0_1": 1.0}, 1.0)


def test_lending_uses_held_nodes_within_cap_and_ramp() -> None:
    taker = {"hardware": "h800", "price_usd_per_node_hour": 3, "block_hours": 2, "block_nodes": 2}
    taker |= {"max_nodes": 4, "ramp_nodes_per_hour": 2}
    rows = rows_of({"lending": {"night": taker}})
    # blocks of two hours begin in periods 0 and 1; the fleet feels both in period 1
    assert rows["fleet_0_1"][1] == {
        **{"on_0_1": 1.0, "on_1_1": 2.0, "lend_0_0": 2.0, "lend_0_1": 2.0},
        **{"acquire_1": -1.0, "acquire_3": -1.0},
    }
    assert rows["lending_0_1"] == (-np.inf, {"lend_0_0": 2.0, "lend_0_1": 2.0}, 4.0)
    assert rows["lending_held_0_1"] == (-np.inf, {"lend_0_0": 2.0, "lend_0_1": 2.0, "acquire_3": -1.0}, 0.0)
    assert rows["lending_up_0_1"] == (-np.inf, {"lend_0_0": 0.0, "lend_0_1": 2.0}, 2.0) or rows[
        "lending_up_0_1"
    ] == (-np.inf, {"lend_0_1": 2.0}, 2.0)


def test_spend_is_drawn_from_what_is_committed() -> None:
    fleet = {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 12.0}
    plan = {"hours": 2, "increment_usd_per_hour": 10.0, "max_usd_per_hour": 30.0}
    rows = rows_of({"fleet.h800.covered": fleet, "spend_commitments": {"p": plan}})
    # offers: rent 0..2, reserve 3, covered 4..6; commitments begin in periods 0 and 1
    assert rows["spend_0_1"][1] == {"acquire_5": 12.0, "commit_0_0": -10.0, "commit_0_1": -10.0}
    assert rows["spend_max_0_1"] == (-np.inf, {"commit_0_0": 10.0, "commit_0_1": 10.0}, 30.0)


def test_spot_scenario_and_expected_interruptions() -> None:
    spot = {"kind": "spot", "price_usd_per_node_hour": 4.0, "interruptions_per_node_month": 73.0}
    spot |= {"restart_hours": 2.5, "correlated_loss": {"lost_share": 0.5, "kept_share": 0.75}}
    rows = rows_of({"fleet.h800.spot": spot})
    assert rows["fleet_0_1"][1] == pytest.approx(
        {"on_0_1": 1.0, "on_1_1": 2.0, "acquire_1": -1.0, "acquire_3": -1.0, "acquire_5": -0.8}
    )
    assert rows["spot_2_1"][1] == pytest.approx(
        {"on_0_1": 0.75, "on_1_1": 1.5, "acquire_1": -1.0, "acquire_3": -1.0, "acquire_5": -0.4}
    )


def test_single_pool_picks_one_unit() -> None:
    both = [
        {
            "name": name,
            "role": "colocated",
            "nodes": 1,
            "rate_tokens_per_s": {"chat": {"prefill": 500, "decode": 100}},
        }
        for name in ("a", "b")
    ]
    program = program_for(
        small(
            {
                "deployments": both,
                "workloads.chat.single_pool": True,
                "workloads.chat.demand": {
                    "input_tokens_per_s": [1500, 900, 2500],
                    "output_tokens_per_s": [350, 150, 500],
                },
            }
        )
    )
    rows = listing(program)
    # the second does just the same and fell away
    assert program.index.rows["single_pool", ""].at[:, 0].tolist() == [0, 0, 0] * 2
    assert rows["single_pool_0_0_2"][1] == pytest.approx({"busy_0_0_2": 1.0, "pick_0_0": -5.0})
    assert rows["single_pool_pick_0"][1] == {"pick_0_0": 1.0}


def test_limits_on_money_power_providers_and_kinds() -> None:
    own = {"kind": "purchase", "price_usd_per_node": 2000.0, "life_years": 4.0, "power_kw": 5.0}
    own |= {"site": "north", "provider": "me"}
    given = {
        "capex_usd": 10_000.0,
        "capex_usd_per_year": 6_000.0,
        "usd_per_month": 7_300.0,
        "hardware_types": 1,
        "sites": {"north": {"power_kw": 40.0}},
        "providers": {"me": {"min_nodes": 1, "max_nodes": 6}},
    }
    rows = rows_of({"fleet.h800.own": own, "limits": given})
    assert rows["limits_capex"] == (-np.inf, {"acquire_4": 2.0}, 10.0)
    assert rows["limits_capex_year_0"] == (-np.inf, {"acquire_4": 2.0}, 6.0)
    assert rows["limits_power_0_1"] == (-np.inf, {"use_2_1": 5.0}, 40.0)
    assert rows["limits_provider_max_0_1"] == (-np.inf, {"acquire_4": 1.0}, 6.0)
    assert rows["limits_provider_min_0_1"] == (1.0, {"acquire_4": 1.0}, np.inf)
    assert rows["limits_kinds"] == (-np.inf, {"kind_0": 1.0}, 1.0)
    assert rows["limits_kind_3"][1]["kind_0"] < 0
    _lower, terms, upper = rows["limits_month"]
    assert upper == pytest.approx(7.3 * 3 / 730)
    assert terms["acquire_0"] == pytest.approx(0.016)
    assert terms["acquire_3"] == pytest.approx(0.03)


def test_supply_of_a_week() -> None:
    contract = {"kind": "contract", "hours": 2, "price_usd_per_node_hour": 1.0, "increment_nodes": 2}
    rows = rows_of(
        {"fleet.h800.rent": None, "fleet.h800.contract": {**contract, "max_new_nodes_per_week": 5}}
    )
    # reserve is offer 0, contracts of two hours begin in periods 0 and 1
    assert rows["supply_1_0"] == (-np.inf, {"acquire_1": 2.0, "acquire_2": 2.0}, 5.0)
    few = rows_of({"fleet.h800.rent": None, "fleet.h800.contract": {**contract, "max_new_nodes": 3}})
    assert few["supply_offer_2"] == (-np.inf, {"acquire_2": 2.0}, 3.0)


def test_before_a_day_that_repeats_none_are_lent() -> None:
    taker = {"hardware": "h800", "price_usd_per_node_hour": 3, "max_nodes": 8, "ramp_nodes_per_hour": 3}
    rows = rows_of({"lending": {"night": taker}})
    assert rows["lending_up_0_0"] == (-np.inf, {"lend_0_0": 1.0}, 3.0)
    assert rows["lending_up_0_1"] == (-np.inf, {"lend_0_1": 1.0, "lend_0_0": -1.0}, 3.0)
