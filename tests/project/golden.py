"""A small instance for each family of constraints, and its program as an LP file: `tests/model/golden/FAMILY.lp`.

`tests/model/test_golden.py` shows what a change of the formulation changes in them;
`python -m tests.project.regenerate` writes them anew, once the change is meant.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from planner.view.exports.program import lp
from tests.examples import small

FOLDER = Path(__file__).parents[1] / "model" / "golden"
TOKENS = {"input_hit": 1.0, "input_miss": 2.0, "output": 4.0}
SHARED = {
    **{"name": "both", "role": "colocated", "nodes": 1},
    "rate_tokens_per_s": {"chat": {"prefill": 500, "decode": 100}},
}
TWO = {"low": {"probability": 0.5, "demand_scale": 0.5}, "high": {"probability": 0.5, "demand_scale": 1.5}}
CONTRACT = {"kind": "contract", "price_usd_per_node_hour": 12.0, "hours": 2, "max_nodes": 5}
SPOT = {
    **{
        "kind": "spot",
        "price_usd_per_node_hour": 4.0,
        "interruptions_per_node_month": 73.0,
        "restart_hours": 2.5,
    },
    "correlated_loss": {"lost_share": 0.5, "kept_share": 0.75},
}
OWN = {
    **{"kind": "purchase", "price_usd_per_node": 2000.0, "life_years": 4.0, "power_kw": 5.0},
    **{"site": "north", "provider": "me"},
}
QUESTIONS: dict[str, dict[str, Any]] = {
    "demand": {"workloads.chat.shed_usd_per_million_tokens": 10.0},
    "deferral": {"workloads.chat.deferral": {"deadline_hours": 2}},
    "throughput": {"deployments": [SHARED]},
    "colocation": {
        "horizon.periods": 1,
        "workloads.chat.demand": {"input_tokens_per_s": 1500.0, "output_tokens_per_s": 250.0},
        "deployments": [
            SHARED,
            SHARED | {"name": "reader", "rate_tokens_per_s": {"chat": {"prefill": 1000, "decode": 50}}},
        ],
    },
    "standing": {
        "horizon.periods": 1,
        "workloads.chat": {"demand": {"requests_per_s": 3.0}, "sla": {"availability": 0.99}},
        "hardware": {"h800": {"failures_per_node_year": 20.0, "repair_hours": 24.0}},
        "deployments": [
            {"name": name, "role": "request", "nodes": nodes, "rate_requests_per_s": {"chat": per_s}}
            for name, nodes, per_s in (("wide", 2, 3.0), ("narrow", 1, 1.0))
        ],
    },
    "fleet": {"fleet.h800.reserve.running_usd_per_node_hour": 1.0},
    "packing": {
        "horizon.periods": 1,
        "hardware": {"h800": {"gpus_per_node": 8}},
        "workloads": {name: {"demand": {"requests_per_s": 3.0}} for name in ("three", "two")},
        "deployments": [
            {"name": name, "role": "request", "ep": gpus, "rate_requests_per_s": {name: 1.0}}
            for name, gpus in (("three", 3), ("two", 2))
        ],
        "fleet.h800.gpus": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.5},
    },
    "seating": {
        "horizon.periods": 1,
        "hardware": {"h800": {"gpus_per_node": 4, "nodes_per_domain": 5}},
        "workloads": {name: {"demand": {"requests_per_s": 3.0}} for name in ("three", "two", "wide", "pair")},
        "deployments": [
            {"name": name, "role": "request", "ep": gpus, "rate_requests_per_s": {name: 1.0}}
            for name, gpus in (("three", 3), ("two", 2), ("wide", 12), ("pair", 8))
        ],
        "fleet": {
            "h800": {
                "own": {"kind": "existing", "nodes": 10, "sold_by": "domain"},
                "rent": {"kind": "on_demand", "price_usd_per_node_hour": 16.0},
                "gpus": {"kind": "on_demand", "price_usd_per_gpu_hour": 5.0},
            }
        },
        "lending": {"night": {"hardware": "h800", "price_usd_per_node_hour": 3, "max_nodes": 4}},
    },
    "procurement": {"fleet.h800.rent": None, "fleet.h800.contract": CONTRACT},
    "supply": {"fleet.h800.rent.max_new_nodes": 4, "fleet.h800.rent.max_new_nodes_per_week": 9},
    "start": {"start_up": {"hours": 0.25, "usd_per_node": 3.0, "minimum_up_hours": 2}},
    "outsource": {
        "vendors": {
            "v": {
                **{"price_usd_per_million_tokens": TOKENS, "max_tokens_per_s": 1000.0},
                "tiers": [{"above_usd_per_day": 5.0, "discount_share": 0.1}],
            }
        }
    },
    "lending": {
        "lending": {
            "night": {
                **{"hardware": "h800", "price_usd_per_node_hour": 3, "block_hours": 2, "block_nodes": 2},
                **{"max_nodes": 4, "ramp_nodes_per_hour": 2},
            }
        }
    },
    "spend": {
        "fleet.h800.covered": {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 12.0},
        "spend_commitments": {"p": {"hours": 2, "increment_usd_per_hour": 10.0, "max_usd_per_hour": 30.0}},
    },
    "spot": {"fleet.h800.spot": SPOT},
    "site_flow": {
        **{"sites": {"north": {"egress_usd_per_gb": 100.0}, "south": {}}, "fleet.h800.rent.site": "north"},
        **{"fleet.h800.reserve.site": "north", "hardware": {"h20_96": {"site": "south"}}},
        "fleet.h20_96": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 6.0, "max_nodes": 9}},
        "links.fibre": {
            "from_site": "south",
            "to_site": "north",
            "bandwidth_gbit_per_s": 0.5,
            "latency_ms": 9,
        },
        **{"workloads.chat.lengths": {"input_tokens": 1000, "output_tokens": 200}},
        **{"workloads.chat.kv_bytes_per_token": 70_000, "workloads.chat.response_bytes": 250},
        "workloads.chat.queueing": {"prefill_busy_limit": 0.5, "decode_busy_limit": 0.5},
        "workloads.chat.sla": {"ttft_ms": {"p99": 2000}, "tpot_ms": 50},
    },
    "single_pool": {"deployments": [SHARED], "workloads.chat.single_pool": True},
    "first_stage": {"fleet.h800.contract": CONTRACT, "scenarios": TWO},
    "limits": {
        "fleet.h800.own": OWN,
        "limits": {
            **{"capex_usd": 10_000.0, "capex_usd_per_year": 6_000.0, "usd_per_month": 7_300.0},
            **{"hardware_types": 1, "sites": {"north": {"power_kw": 40.0}}},
            "providers": {"me": {"min_nodes": 1, "max_nodes": 6}},
        },
    },
    "cash": {
        "horizon.periods": 1,
        "workloads.chat.demand": {"input_tokens_per_s": 1500.0, "output_tokens_per_s": 350.0},
        "stages": {"first": {"years": 1}, "later": {"years": 1}},
        "fleet.h800.own": {**OWN, "life_years": 1.5, "residual_share": 0.2},
        "limits": {"cash_usd_per_stage": 500_000.0, "peak_funding_usd": 900_000.0},
    },
    "change": {
        "limits": {
            "change": {
                **{"max_nodes_moved": 3, "max_pools_changed": 1},
                "pools": {"prefill": [2, 2, 2], "decode": [4, 4, 4]},
            }
        }
    },
    "risk": {
        "scenarios": TWO,
        "risk": {"measure": "cvar", "level": 0.6, "weight": 0.5, "cvar_limit_usd": 900.0},
    },
}


def files() -> dict[Path, str]:
    """What each file should hold."""
    return {FOLDER / f"{family}.lp": lp(small(changes)).decode() for family, changes in QUESTIONS.items()}
