"""Small instances for tests: a base that is easy to check by hand, and what differs from it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from planner.instance import Instance
from planner.loader import from_dict

INSTANCES = Path(__file__).parents[1] / "instances"
SCALE = "workloads.chat.demand.scale"
PRICE = "fleet.h800.rent.price_usd_per_gpu_hour"

BASE: dict[str, Any] = {
    "version": 1,
    "name": "small",
    "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 3},
    "workloads": {
        "chat": {"demand": {"input_tokens_per_s": [1500, 900, 2500], "output_tokens_per_s": [350, 150, 500]}},
    },
    "deployments": [
        {"name": "prefill", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000}},
        {"name": "decode", "role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 200}},
    ],
    "fleet": {
        "h800": {
            "rent": {"kind": "on_demand", "price_usd_per_node_hour": 16.0, "max_nodes": 20},
            "reserve": {"kind": "reserved", "price_usd_per_node_hour": 10.0, "max_nodes": 20},
        }
    },
}


def plain(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The base as plain data, with values put at dotted paths (None removes)."""
    data = copy.deepcopy(BASE)
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        here: Any = data
        for key in parents:
            here = here[int(key)] if isinstance(here, list) else here.setdefault(key, {})
        if isinstance(here, list):
            here[int(last)] = value
        elif value is None:
            here.pop(last)
        else:
            here[last] = value
    return data


def small(changes: dict[str, Any] | None = None) -> Instance:
    """The base as an instance, with values put at dotted paths."""
    return from_dict(plain(changes))
