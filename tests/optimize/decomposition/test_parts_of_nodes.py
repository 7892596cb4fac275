"""Units that share nodes, hour by hour: the bound is below, and the plan above, what the whole program costs."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import planner
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions

GAP = 1e-4


def question(seed: int) -> dict[str, Any]:
    """Replicas of sizes that divide a node of 8, GPUs or nodes hired, nodes signed, some starts priced."""
    draw = Random(seed)
    sizes = draw.sample([1, 2, 4, 8, 16], 3)
    two = draw.random() < 0.5
    demand = {"input_tokens_per_s": [float(draw.randint(50, 400)) for _ in range(6)]}
    demand |= {"output_tokens_per_s": [float(draw.randint(50, 300)) for _ in range(6)]} if two else {}
    roles = ["prefill", "decode"] if two else ["prefill"]
    return {
        "version": 1,
        "name": f"parts_{seed}",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 6},
        "hardware": {"x": {"gpus_per_node": 8}, "y": {"gpus_per_node": 4}},
        "workloads": {"chat": {"demand": demand}},
        "deployments": [
            {
                **{"name": f"{role}{size}{hardware}", "role": role, "hardware": hardware, "ep": size},
                "rate_tokens_per_s": {"chat": round(size * draw.uniform(8.0, 11.0), 1)},
            }
            for role in roles
            for hardware in ("x", "y")
            for size in sizes
        ],
        "fleet": {
            "x": {
                "hired": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 30},
                "signed": {"kind": "reserved", "price_usd_per_node_hour": 9.0, "max_nodes": 6},
            },
            "y": {"nodes": {"kind": "on_demand", "price_usd_per_node_hour": 8.5, "max_nodes": 40}},
        },
        "start_up": {"usd_per_node": draw.choice([0.0, 0.0, 1.0])},
    }


@pytest.mark.parametrize("seed", range(6))
def test_bound_and_plan_lie_around_the_optimum(seed: int) -> None:
    instance = planner.from_dict(question(seed))
    options = SolveOptions(relative_gap=GAP, time_limit_s=20, threads=1)
    whole = solve(instance, SolveOptions(relative_gap=1e-7, time_limit_s=60, solver="highs", method="direct"))
    assert whole.status == "optimal"
    apart = solve(instance, SolveOptions(**{**vars(options), "method": "decompose"}))
    assert apart.usable, apart.reasons
    assert apart.method == "decompose"
    assert apart.bound <= whole.cost * (1 + 1e-7)
    assert apart.cost >= whole.bound * (1 - 1e-7)
    assert apart.cost <= whole.cost * 1.01
    assert apart.placed
