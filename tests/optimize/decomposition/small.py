"""Small random questions of nodes and units, as instance records."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linprog

from planner.core.solution import Status
from planner.loader import from_dict
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.engines import EngineOptions, program_of, prover, solve
from planner.rates.compute import compute_rates

if TYPE_CHECKING:
    from planner.model import Sets


def record(seed: int, starts: bool = False) -> dict[str, Any]:
    """One to three kinds of hardware, two to six periods, a few unit sizes, some owned, reserved or
    metered.
    """
    random = np.random.default_rng(seed)
    periods, kinds = int(random.integers(2, 5 if starts else 7)), int(random.integers(1, 4))
    deployments, fleet = [], {}
    for kind in range(kinds):
        name = f"type{kind}"
        rent = float(np.round(random.uniform(4, 20), 2))
        fleet[name] = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": rent}}
        if random.random() < 0.3:
            fleet[name]["rent"]["max_nodes"] = int(random.integers(8, 30))
        if random.random() < 0.7:
            price, most = rent * random.uniform(0.2, 0.7), int(random.integers(1, 12))
            fleet[name]["own"] = {"kind": "reserved", "price_usd_per_node_hour": price, "max_nodes": most}
        if random.random() < 0.3:
            price, most = rent * random.uniform(0.4, 0.9), int(random.integers(1, 8))
            fleet[name]["more"] = {"kind": "reserved", "price_usd_per_node_hour": price, "max_nodes": most}
        for role, unit_rate in (("prefill", 400.0), ("decode", 90.0)):
            for nodes in random.choice([1, 2, 3, 4, 6], size=int(random.integers(1, 4)), replace=False):
                rate = unit_rate * rent * float(nodes) * random.uniform(0.6, 1.0)
                deployments.append(
                    {
                        "name": f"{name}-{role}-{nodes}",
                        "role": role,
                        "nodes": int(nodes),
                        "hardware": name,
                        "rate_tokens_per_s": {"chat": float(rate)},
                    }
                )
    question: dict[str, Any] = {
        "version": 1,
        "name": f"small-{seed}",
        "horizon": {"start": "2025-01-06T00:00+00:00", "period_hours": 1, "periods": periods},
        "workloads": {
            "chat": {
                "demand": {
                    "input_tokens_per_s": random.uniform(5e3, 6e4, periods).round(1).tolist(),
                    "output_tokens_per_s": random.uniform(1e3, 1.2e4, periods).round(1).tolist(),
                }
            }
        },
        "deployments": deployments,
        "hardware": {name: {"gpus_per_node": 8} for name in fleet},
        "fleet": fleet,
    }
    if starts:
        question["start_up"] = {"usd_per_node": float(np.round(random.uniform(0.5, 6), 2))}
    return question


def question(seed: int, starts: bool = False) -> Sets:
    """The sets of a small question."""
    instance = from_dict(record(seed, starts))
    return sets_of(instance, compute_rates(instance))


def linear_relaxation(sets: Sets) -> float:
    """Least cost of the linear relaxation of the whole formulation, of a question that has plans."""
    program = program_of(build(sets))
    least, most = np.isfinite(program.row_lower), np.isfinite(program.row_upper)
    found = linprog(
        program.objective,
        A_ub=np.vstack([-program.matrix.toarray()[least], program.matrix.toarray()[most]]),
        b_ub=np.concatenate([-program.row_lower[least], program.row_upper[most]]),
        bounds=np.column_stack([program.lower, program.upper]),
    )
    assert found.status == 0
    return float(found.fun + program.offset)


@cache
def optimum_of(seed: int, starts: bool = False) -> float:
    """Cost of the best plan of a small question, inf where there is none: proven by an engine on the whole program."""
    program = program_of(build(question(seed, starts)))
    solution = solve(program, prover(), EngineOptions(time_limit_s=60.0, relative_gap=1e-7))
    assert solution.status in (Status.OPTIMAL, Status.INFEASIBLE)
    return solution.cost if solution.status is Status.OPTIMAL else math.inf
