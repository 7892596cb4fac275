"""Two sites for tests, easy to work by hand, and what differs from them.

A request of `chat` is 10 prompt tokens and 2 answer tokens. At either site a prefill unit (1 node) reads 1,000 tokens/s
and a decode unit (1 node) writes 200. A node costs 10 USD an hour in the north, 13 in the south. One hour asks for
2,000 and 400: two units of each. All in the north: 4 x 10 = 40 USD. All in the south: 52 USD.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from planner.loader import from_dict

if TYPE_CHECKING:
    from planner.instance import Instance

TWO: dict[str, Any] = {
    "version": 1,
    "name": "two",
    "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 1},
    "sites": {"north": {}, "south": {}},
    "regions": {"europe": {}},
    "workloads": {
        "chat": {
            "region": "europe",
            "demand": {"input_tokens_per_s": [2000], "output_tokens_per_s": [400]},
            "lengths": {"input_tokens": 1000, "output_tokens": 200},
            **{"kv_bytes_per_token": 70_000, "response_bytes": 100},
        }
    },
    "deployments": [
        {"name": "read", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000}},
        {"name": "write", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"chat": 200}},
    ],
    "hardware": {
        "hn": {"gpus_per_node": 8, "power_kw_per_node": 10.0, "site": "north"},
        "hs": {"gpus_per_node": 8, "power_kw_per_node": 10.0, "site": "south"},
    },
    "fleet": {
        "hn": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 10.0, "max_nodes": 20}},
        "hs": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 13.0, "max_nodes": 20}},
    },
}


def plain(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The two sites as plain data, with values put at dotted paths (None removes)."""
    data = copy.deepcopy(TWO)
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        here: Any = data
        for key in parents:
            here = here[int(key)] if isinstance(here, list) else here.setdefault(key, {})
        if value is None:
            here.pop(last)
        else:
            here[last] = value
    return data


def two_sites(changes: dict[str, Any] | None = None) -> Instance:
    """The two sites as an instance."""
    return from_dict(plain(changes))
