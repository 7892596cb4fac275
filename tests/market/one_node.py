"""Instances where a node serves one request/s, so that demand reads in nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.loader import from_dict

if TYPE_CHECKING:
    from planner.instance import Instance


def one_node(demand: list[float], fleet: dict[str, Any], **sections: Any) -> Instance:
    """One hardware of one-GPU nodes, hourly periods from midnight, nothing before the first."""
    data = {
        "version": 1,
        "name": "one_node",
        "horizon": {"start": "2025-01-06T00:00+00:00", "periods": len(demand)},
        "workloads": {"w": {"demand": {"requests_per_s": demand}}},
        "deployments": [{"name": "n", "role": "request", "nodes": 1, "rate_requests_per_s": {"w": 1.0}}],
        "hardware": {"node": {"gpus_per_node": 1, "power_kw_per_node": 2.0}},
        "fleet": {"node": fleet},
        "start_up": {"before_first_period": "off"},
    }
    return from_dict({**data, **sections})
