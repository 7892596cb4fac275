"""Hours that ask for little beside hours that ask for much: whole units are needed, by every engine and method."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import planner
from planner.core.solution import Status
from planner.loader import from_dict

EXACT = planner.SolveOptions(relative_gap=0.0, time_limit_s=90, threads=1)
WAYS = [
    *(("direct", solver) for solver in ("highs", "scip", "cpsat", "race", "cbc")),
    ("decompose", "race"),
    ("auto", "race"),
]


def wide(small: float, shared: bool = False, price: float = 16.0, **more: Any) -> dict[str, Any]:
    """A billion tokens/s in one hour and one in the next, by units of 18 nodes; a little of something else."""
    rates = {"big": 1e6, "small": 1e6} if shared else {"big": 1e6}
    return {
        "version": 1,
        "name": "wide",
        "horizon": {"start": "2026-01-01T00:00+00:00", "period_hours": 1, "periods": 2},
        "workloads": {
            "big": {"demand": {"input_tokens_per_s": 0, "output_tokens_per_s": [1e9, 1]}},
            "small": {"demand": {"input_tokens_per_s": 0, "output_tokens_per_s": [small, small]}},
        },
        "deployments": [
            {"name": "pre", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"big": 1e6, "small": 1e6}},
            {"name": "big", "role": "decode", "nodes": 18, "rate_tokens_per_s": rates},
            {"name": "small", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"small": 1e6}},
        ],
        "fleet": {
            "h800": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": price, "max_nodes": 100000}}
        },
        **more,
    }


def solved(data: dict[str, Any], method: str, solver: str) -> planner.Plan:
    instance = from_dict(data)
    plan = planner.solve(instance, replace(EXACT, method=method, solver=solver))
    assert plan.status is Status.OPTIMAL, (method, solver, plan.warnings)
    assert planner.check(instance, plan).passed
    return plan


@pytest.mark.parametrize(("method", "solver"), WAYS)
def test_one_token_needs_a_whole_unit(method: str, solver: str) -> None:
    """1000 units of 18 nodes and 1 of 1, then 1 and 1: (18001 + 19) * 16, however little `small` asks for."""
    for small in (0.5, 1e-3, 1e-6):
        plan = solved(wide(small), method, solver)
        assert plan.cost == pytest.approx(288_320.0, rel=1e-9), small


@pytest.mark.parametrize(("method", "solver"), WAYS[:-2])
def test_a_trace_on_a_shared_unit_is_distinguished_from_none(method: str, solver: str) -> None:
    """The first hour's 1000 units are full: `small` needs a node of its own there, and shares one in the second."""
    for small in (0.5, 1e-6):
        plan = solved(wide(small, shared=True), method, solver)
        assert plan.cost == pytest.approx((18001 + 18) * 16.0, rel=1e-9), small
        assert not any("small.decode" in warning for warning in plan.warnings)


@pytest.mark.parametrize("price", [16e-6, 16e6])
def test_the_unit_of_money_does_not_matter(price: float) -> None:
    for solver in ("highs", "cpsat", "scip"):
        assert solved(wide(0.5, price=price), "direct", solver).cost == pytest.approx(18020 * price, rel=1e-9)


def test_one_token_is_shed_at_its_own_price() -> None:
    """3,600 tokens at 100 USD a million: 0.36, cheaper than 288 for a unit, and not lost beside a billion."""
    data = wide(0.5)
    data["workloads"]["big"]["shed_usd_per_million_tokens"] = 100.0
    best = pytest.approx(18001 * 16 + 16 + 0.36, abs=1e-6)
    for solver in ("highs", "scip"):
        assert solved(data, "direct", solver).cost == best
    # CP-SAT's grid for what is shed, up to 3.6e8 USD an hour, leaves its bound a little below: no false proof
    plan = planner.solve(from_dict(data), replace(EXACT, method="direct", solver="cpsat"))
    assert plan.cost == best
    assert plan.bound <= plan.cost
    assert (plan.status, plan.limit) in ((Status.OPTIMAL, None), (Status.FEASIBLE, "precision"))


@pytest.mark.parametrize(
    ("method", "solver"), [("direct", "highs"), ("direct", "cpsat"), ("decompose", "race")]
)
def test_two_phases_over_nine_orders_of_magnitude(method: str, solver: str) -> None:
    """Prompts and answers, so that the decomposition takes it: 1e9, 1 and 5 tokens/s; 320224 by hand."""
    data = wide(0.5)
    data["horizon"]["periods"] = 3
    data["workloads"] = {
        "big": {"demand": {"input_tokens_per_s": [1e9, 1, 5], "output_tokens_per_s": [1e9, 1, 3]}}
    }
    data["deployments"] = [
        {"name": "pre", "role": "prefill", "nodes": 2, "rate_tokens_per_s": {"big": 1e6}},
        {"name": "big", "role": "decode", "nodes": 18, "rate_tokens_per_s": {"big": 1e6}},
        {"name": "mid", "role": "decode", "nodes": 5, "rate_tokens_per_s": {"big": 2e5}},
    ]
    # 1000 * (2 + 18) nodes, then twice the smallest of each: 2 + 5
    plan = solved(data, method, solver)
    assert plan.cost == pytest.approx((20000 + 7 + 7) * 16.0, rel=1e-9)
