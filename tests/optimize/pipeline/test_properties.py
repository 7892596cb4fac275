"""Properties every plan must have, over instances drawn at random."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner import SolveOptions
from planner.loader import from_dict
from tests.examples import plain

EXACT = SolveOptions(solver="highs", method="direct", relative_gap=0.0, threads=1)
FEW = settings(max_examples=6, deadline=None)

demands = st.lists(st.integers(0, 3000), min_size=3, max_size=3)
starts = st.sampled_from(
    [{}, {"usd_per_node": 4.0}, {"hours": 0.5, "usd_per_node": 1.0, "minimum_up_hours": 2}]
)


@st.composite
def instances(draw: st.DrawFn) -> dict[str, Any]:
    data = plain(
        {
            "workloads.chat.demand.input_tokens_per_s": draw(demands),
            "workloads.chat.demand.output_tokens_per_s": [value // 5 for value in draw(demands)],
            "start_up": draw(starts),
            "fleet.h800.rent.price_usd_per_node_hour": float(draw(st.integers(8, 30))),
        }
    )
    wide = {
        "name": "wide",
        "role": "decode",
        "nodes": 3,
        "rate_tokens_per_s": {"chat": draw(st.integers(210, 400))},
    }
    both = {"name": "both", "role": "colocated", "nodes": 1}
    both["rate_tokens_per_s"] = {"chat": {"prefill": 500, "decode": draw(st.integers(50, 120))}}
    data["deployments"] += draw(st.sampled_from([[], [wide], [both], [wide, both]]))
    data["fleet"]["h800"]["rent"]["max_nodes"] = 60
    return data


def cost_of(data: dict[str, Any], changes: dict[str, Any] | None = None) -> float:
    instance = from_dict(data).override(changes) if changes else from_dict(data)
    plan = planner.solve(instance, EXACT)
    assert plan.status is planner.Status.OPTIMAL
    assert planner.check(instance, plan).passed, planner.check(instance, plan).violations
    assert plan.bound <= plan.cost + 1e-6 * abs(plan.cost)
    return plan.cost


@FEW
@given(instances(), st.floats(1.0, 1.5))
def test_more_demand_is_never_cheaper(data: dict[str, Any], scale: float) -> None:
    assert cost_of(data, {"workloads.chat.demand.scale": scale}) >= cost_of(data) - 1e-6


@FEW
@given(instances())
def test_a_looser_limit_is_never_dearer(data: dict[str, Any]) -> None:
    assert cost_of(data, {"fleet.h800.reserve.max_nodes": 30}) <= cost_of(data) + 1e-6


@FEW
@given(instances())
def test_twice_the_prices_is_twice_the_cost(data: dict[str, Any]) -> None:
    twice: dict[str, Any] = {
        f"fleet.h800.{channel}.price_usd_per_node_hour": 2.0 * terms["price_usd_per_node_hour"]
        for channel, terms in data["fleet"]["h800"].items()
    }
    if "usd_per_node" in data["start_up"]:
        twice["start_up.usd_per_node"] = 2.0 * data["start_up"]["usd_per_node"]
    assert cost_of(data, twice) == pytest.approx(2.0 * cost_of(data), rel=1e-6)


@FEW
@given(instances())
def test_the_order_of_unit_types_changes_nothing(data: dict[str, Any]) -> None:
    reversed_units = {**data, "deployments": data["deployments"][::-1]}
    assert cost_of(reversed_units) == pytest.approx(cost_of(data), rel=1e-6, abs=1e-6)


@settings(max_examples=3, deadline=None)
@given(instances())
def test_the_same_seed_gives_the_same_plan(data: dict[str, Any]) -> None:
    first, second = (planner.solve(from_dict(data), EXACT) for _ in range(2))
    assert (first.holdings, first.units, first.cost) == (second.holdings, second.units, second.cost)


@settings(max_examples=4, deadline=None)
@given(instances())
def test_engines_agree(data: dict[str, Any]) -> None:
    costs = [
        planner.solve(from_dict(data), SolveOptions(solver=engine, method="direct", relative_gap=0.0)).cost
        for engine in ("highs", "cpsat", "scip", "cbc")
    ]
    assert costs == pytest.approx([costs[0]] * len(costs), rel=1e-6, abs=1e-5)
