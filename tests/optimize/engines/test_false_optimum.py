"""A question that HiGHS proved wrong: 154.15 USD optimal where 13.59 is (its aggregator; `presolve_rules.py`)."""

from __future__ import annotations

import pytest

import planner

QUESTION = {
    "version": 1,
    "name": "false_optimum",
    "horizon": {"start": "2025-01-25T17:15+00:00", "period_hours": 1.0, "periods": 4},
    "hardware": {"x": {"gpus_per_node": 2}, "y": {"gpus_per_node": 2}},
    "workloads": {
        "a": {
            "demand": {
                "input_tokens_per_s": 2622.0,
                "output_tokens_per_s": [475.0, 85.0, 472.0, 1284.0],
                "cached_tokens_per_s": 655.5,
            },
            "shed_usd_per_million_tokens": 0.0,
            "deferral": {"deadline_hours": 24.0},
            "single_pool": True,
        },
        "b": {
            "demand": {"input_tokens_per_s": [184.0, 1489.0, 1113.0, 1681.0]},
            "shed_usd_per_million_tokens": 0.0,
        },
    },
    "deployments": [
        {
            "name": "prefill0",
            "role": "prefill",
            "hardware": "x",
            "nodes": 3,
            "rate_tokens_per_s": {"a": 3000.0},
        },
        {"name": "decode1", "role": "decode", "hardware": "y", "ep": 1, "rate_tokens_per_s": {"a": 125.0}},
        {"name": "prefill2", "role": "prefill", "hardware": "x", "ep": 2, "rate_tokens_per_s": {"b": 300.0}},
    ],
    "fleet": {
        "x": {"hired": {"kind": "on_demand", "price_usd_per_node_hour": 4.53, "provider": "vendor"}},
        "y": {
            "reserved": {
                "kind": "reserved",
                "price_usd_per_node_hour": 4.32,
                "term_years": 1.0,
                "upfront_share": 1.0,
                "cost_of_capital": 0.1,
                "running_usd_per_node_hour": 0.5,
                "max_nodes": 23,
            },
            "hired": {"kind": "on_demand", "price_usd_per_node_hour": 17.44},
        },
    },
    "scenarios": {"s0": {"probability": 1.0, "demand_factors": [2.0, 1.0, 2.0, 1.0]}},
    "limits": {
        "providers": {"vendor": {"max_nodes": 12}},
        "change": {
            "pools": {"prefill0": [3, 0, 9, 9], "decode1": [0, 0, 0, 0], "prefill2": [3, 0, 2, 3]},
            "max_nodes_moved": 10,
        },
    },
}


@pytest.mark.parametrize("method", ["direct", "matheuristic"])
def test_the_optimum_is_three_nodes_for_an_hour(method: str) -> None:
    """At most ten nodes may leave a period: one of twelve stays in the third, two of twelve in the fourth."""
    options = planner.SolveOptions(solver="highs", method=method, relative_gap=1e-9, threads=1)
    plan = planner.solve(planner.from_dict(QUESTION), options)
    assert plan.cost == pytest.approx(3 * 4.53, abs=1e-6)
    assert plan.bound <= plan.cost + 1e-6
