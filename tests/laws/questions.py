"""Small questions of every feature, as plain data: what the laws are tried on."""

from __future__ import annotations

from typing import Any

Data = dict[str, Any]


def _question(name: str, periods: int = 4, **more: Any) -> Data:
    return {
        "version": 1,
        "name": name,
        "horizon": {"start": "2025-01-06T00:00+00:00", "periods": periods},
        "workloads": {
            "chat": {
                "demand": {
                    "input_tokens_per_s": [1500.0, 900.0, 2500.0, 400.0][:periods],
                    "output_tokens_per_s": [350.0, 150.0, 500.0, 90.0][:periods],
                }
            }
        },
        "deployments": [
            {
                "name": "read",
                "role": "prefill",
                "nodes": 1,
                "hardware": "h800",
                "rate_tokens_per_s": {"chat": 1000},
            },
            {
                "name": "write",
                "role": "decode",
                "nodes": 2,
                "hardware": "h800",
                "rate_tokens_per_s": {"chat": 200},
            },
            {
                "name": "pen",
                "role": "decode",
                "nodes": 1,
                "hardware": "h200",
                "rate_tokens_per_s": {"chat": 70},
            },
        ],
        "fleet": {
            "h800": {
                "rent": {"kind": "on_demand", "price_usd_per_node_hour": 16.0, "max_nodes": 20},
                "reserve": {"kind": "reserved", "price_usd_per_node_hour": 10.0, "max_nodes": 20},
            },
            "h200": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 9.0, "max_nodes": 20}},
        },
    } | more


def _two_works(name: str) -> Data:
    """Two workloads that co-located units share, and shedding of one of them."""
    data = _question(name)
    data["workloads"]["code"] = {
        "demand": {
            "input_tokens_per_s": [300.0, 0.0, 800.0, 100.0],
            "output_tokens_per_s": [20.0, 0.0, 90.0, 5.0],
        },
        "shed_usd_per_million_tokens": 9.0,
    }
    both = {"prefill": 600, "decode": 120}
    data["deployments"] = [
        {"name": "box", "role": "colocated", "nodes": 1, "rate_tokens_per_s": {"chat": both, "code": both}},
        {
            "name": "read",
            "role": "prefill",
            "nodes": 1,
            "hardware": "h800",
            "rate_tokens_per_s": {"chat": 1000},
        },
        {
            "name": "write",
            "role": "decode",
            "nodes": 2,
            "hardware": "h800",
            "rate_tokens_per_s": {"chat": 300},
        },
    ]
    return data


def _market(name: str) -> Data:
    """A vendor with tiers, idle nodes lent, spending committed."""
    data = _question(name)
    data["vendors"] = {
        "api": {
            "price_usd_per_million_tokens": {"input_hit": 0.1, "input_miss": 1.0, "output": 9.0},
            "tiers": [{"above_usd_per_day": 10.0, "discount_share": 0.3}],
            "max_tokens_per_s": 900.0,
            "unusual_price": True,  # prices are multiplied by large and small factors
        }
    }
    data["lending"] = {"training": {"hardware": "h800", "price_usd_per_node_hour": 4.0, "max_nodes": 2}}
    return data


def _waiting(name: str) -> Data:
    """Waits and failures answered for."""
    data = _question(name)
    data["workloads"]["chat"] |= {
        "lengths": {"input_tokens": 500, "output_tokens": 100},
        "sla": {"ttft_ms": {"p95": 3000}, "tpot_ms": 50, "availability": 0.99},
        "queueing": {"arrival_scv": 2.0, "prefill_scv": 1.0, "decode_scv": 0.5},
    }
    data["hardware"] = {"h800": {"failures_per_node_year": 20.0, "repair_hours": 24.0}}
    data["workloads"]["chat"]["demand"]["scale"] = 2.0
    return data


QUESTIONS: dict[str, Data] = {
    "plain": _question("plain"),
    "starts": _question("starts", start_up={"hours": 0.25, "usd_per_node": 3.0, "minimum_up_hours": 2.0}),
    "two_works": _two_works("two_works"),
    "market": _market("market"),
    "waiting": _waiting("waiting"),
    "scenarios": _question(
        "scenarios",
        scenarios={
            "calm": {"probability": 0.5, "demand_scale": 0.7},
            "busy": {"probability": 0.5, "demand_scale": 1.5},
        },
    ),
    "worst_case": _question(
        "worst_case",
        scenarios={
            "calm": {"probability": 0.5, "demand_scale": 0.7},
            "busy": {"probability": 0.5, "demand_scale": 1.5},
        },
        risk={"measure": "cvar", "level": 0.6, "weight": 0.4},
    ),
    "stages": _question(
        "stages",
        stages={"first": {"years": 0.5}, "second": {"years": 0.5, "demand_scale": 1.7}},
    ),
}
