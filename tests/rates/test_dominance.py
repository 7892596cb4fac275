"""Dominated options are left out only where nothing asks for them."""

from __future__ import annotations

import pytest

import planner


def test_nothing_is_left_out_that_an_earlier_plan_may_run():
    """Ten of 28 nodes may leave: 18 stay, of the dominated unit too."""
    data = {
        "version": 1,
        "name": "kept",
        "horizon": {"start": "2025-01-06T17:00+00:00", "periods": 1},
        "hardware": {"y": {"gpus_per_node": 1}},
        "workloads": {"a": {"demand": {"requests_per_s": [5]}}},
        "deployments": [
            {
                "name": name,
                "role": "request",
                "hardware": "y",
                "nodes": nodes,
                "rate_requests_per_s": {"a": 1},
            }
            for name, nodes in (("u", 3), ("v", 4))
        ],
        "fleet": {"y": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1}}},
        "limits": {"change": {"pools": {"u": [12], "v": [16]}, "max_nodes_moved": 10}},
    }
    assert planner.solve(planner.from_dict(data)).cost == pytest.approx(18.0)
