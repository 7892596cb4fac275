"""The second model against optima worked by hand: it must be right before it may judge."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.reference import optimum

START = {"start": "2025-01-01T00:00+00:00", "period_hours": 1.0}


def requests(per_s: Any, periods: int, fleet: dict[str, Any], **extras: Any) -> dict[str, Any]:
    """One workload in requests, one unit of one node that serves 1 request/s, one hardware of one GPU."""
    return {
        "version": 1,
        "name": "by_hand",
        "horizon": {**START, "periods": periods, **extras.pop("horizon", {})},
        "workloads": {"w": {"demand": {"requests_per_s": per_s}}},
        "deployments": [
            {"name": "u", "role": "request", "nodes": 1, "hardware": "x", "rate_requests_per_s": {"w": 1.0}}
        ],
        "hardware": {"x": {"gpus_per_node": 1, "power_kw_per_node": 10.0}},
        "fleet": {"x": fleet},
        **extras,
    }


def rent(price: float, **fields: Any) -> dict[str, Any]:
    """Nodes by the hour."""
    return {"kind": "on_demand", "price_usd_per_node_hour": price, **fields}


LOSS = {"lost_share": 0.5, "kept_share": 0.9}
BLOCK = {"kind": "capacity_block", "days": 1, "price_usd_per_node_hour": 10.0}
BUY = {"kind": "purchase", "price_usd_per_node": 100_000.0, "life_years": 4.0}
TARIFF = [0.01, *[0.2] * 23]
TWO_OUTCOMES = {"lo": {"probability": 0.6}, "hi": {"probability": 0.4, "demand_scale": 2.0}}

BY_HAND = {
    # half of 18 spot nodes are 9, nine tenths of the 10 in use
    "spot_loss": (
        requests(
            10.0, 1, {"spot": {**rent(1.0), "kind": "spot", "correlated_loss": LOSS}, "rent": rent(10.0)}
        ),
        18.0,
    ),
    # seven in one hour, four in the next; who starts stays for two days: 2 (7 - n) <= n, so n = 5
    "minimum_up": (requests([7.0, 4.0], 2, {"rent": rent(1.0)}, start_up={"minimum_up_hours": 4.0}), 12.0),
    # a start of three hours: who starts at 0:00 of a day of two is on at 0:00 and 1:00 and serves at 1:00 of the next
    "start_up": (requests([7.0, 4.0], 2, {"rent": rent(1.0)}, start_up={"hours": 3.0}), 14.0),
    # ten nodes, nothing may move: 2 h x 10 x 10
    "change": (
        requests(
            3.0, 2, {"rent": rent(10.0)}, limits={"change": {"pools": {"u": [10, 10]}, "max_nodes_moved": 0}}
        ),
        200.0,
    ),
    # 240 h x 48 h / 8,760 of a quarter of the price, and 10 nodes x 10 kW x (0.01 + 23 x 0.2) on each of two days
    "tariff": (
        requests(10.0, 2, {"buy": {**BUY, "energy_usd_per_kwh": TARIFF}}, horizon={"period_hours": 24.0}),
        10 * 25_000 * 48 / 8760 + 922,
    ),
    # a block for 100 in both outcomes and rent for 100 more in one of them: 24 x (1,000 + 0.4 x 2,000)
    "block_before_scenario": (
        requests(
            100.0,
            1,
            {"rent": rent(20.0), "block": BLOCK},
            horizon={"period_hours": 24.0},
            scenarios=TWO_OUTCOMES,
        ),
        43_200.0,
    ),
    "newsvendor": (
        requests(
            100.0, 1, {"rent": rent(20.0), "kept": {**rent(10.0), "kind": "reserved"}}, scenarios=TWO_OUTCOMES
        ),
        1_800.0,
    ),
    # the dearest outcome needs 200 nodes, all of them reserved
    "worst_case": (
        requests(
            100.0,
            1,
            {"rent": rent(20.0), "kept": {**rent(10.0), "kind": "reserved"}},
            scenarios=TWO_OUTCOMES,
            risk={"measure": "worst_case"},
        ),
        2_000.0,
    ),
    # a contract that cannot end within the horizon is not on sale
    "no_offer": (requests(10.0, 2, {"week": {**rent(2.0), "kind": "contract", "hours": 168.0}}), None),
    # deadline of an hour over a day that repeats: the peak of 7 moves half of it, (7 + 4) / 2 rounded up, twice
    "deferral": (
        {
            **requests([7.0, 4.0], 2, {"kept": {**rent(1.0), "kind": "reserved"}}),
            "workloads": {
                "w": {"demand": {"requests_per_s": [7.0, 4.0]}, "deferral": {"deadline_hours": 1.0}}
            },
        },
        12.0,
    ),
    # ten reserved, four of them idle in the second hour and lent for it: 2 x 10 x 3 - 4 x 2
    "lending": (
        requests(
            [10.0, 6.0],
            2,
            {"kept": {**rent(3.0), "kind": "reserved"}},
            lending={"l": {"hardware": "x", "price_usd_per_node_hour": 2.0, "max_nodes": 9}},
        ),
        52.0,
    ),
    # 15 USD an hour in steps of 5 for 4 nodes at 3
    "commitment": (
        requests(
            4.0,
            1,
            {"saved": {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 3.0}},
            spend_commitments={"p": {"increment_usd_per_hour": 5.0}},
        ),
        15.0,
    ),
    # half an hour of the first is lost to the start: four units for 2 requests/s, then two
    "start_hours": (
        requests(2.0, 2, {"rent": rent(1.0)}, start_up={"hours": 0.5, "before_first_period": "off"}),
        6.0,
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_second_model_finds_the_optimum_worked_by_hand(name: str) -> None:
    instance, right = BY_HAND[name]
    found = optimum(instance)
    if right is None:
        assert found.status == "infeasible"
    else:
        assert found.objective == pytest.approx(right, rel=1e-9)


def test_requests_are_shed_whole() -> None:
    """Prompt and answer go in the same share: 2,000 tokens/s x 3,600 s x 10 USD a million, or 101 USD of nodes."""
    instance = {
        "version": 1,
        "name": "shed",
        "horizon": {**START, "periods": 1},
        "workloads": {
            "w": {
                "demand": {"input_tokens_per_s": 1000.0, "output_tokens_per_s": 1000.0},
                "shed_usd_per_million_tokens": 10.0,
            }
        },
        "deployments": [
            {"name": "p", "role": "prefill", "nodes": 1, "hardware": "x", "rate_tokens_per_s": {"w": 1000.0}},
            {"name": "d", "role": "decode", "nodes": 1, "hardware": "y", "rate_tokens_per_s": {"w": 1000.0}},
        ],
        "hardware": {"x": {"gpus_per_node": 1}, "y": {"gpus_per_node": 1}},
        "fleet": {"x": {"rent": rent(100.0)}, "y": {"rent": rent(1.0)}},
    }
    assert optimum(instance).objective == pytest.approx(72.0)
