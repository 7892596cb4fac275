"""Published optima of peers, and closed forms: newsvendor, ski rental, break-even of a commitment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner import SolveOptions, Status
from planner.loader.catalog import book, quote
from tests.market.in_process import nodes_held, solve_here
from tests.market.one_node import one_node


@pytest.mark.parametrize(
    ("name", "optimum"),
    [
        ("contracts_week", 19_541.4),
        ("commitments_day", 1_209.0),
        ("gpu_mix_example", 6.7),
        ("clustered_day", 1_708.2),
    ],
)
def test_the_peers_published_optima(name: str, optimum: float) -> None:
    instance = planner.load(f"instances/peers/{name}.yaml")
    plan = planner.solve(instance, SolveOptions(solver="highs", method="direct", relative_gap=0.0, threads=1))
    assert plan.status is Status.OPTIMAL
    assert plan.cost == pytest.approx(optimum, abs=1e-6)
    assert plan.bound == pytest.approx(optimum, rel=1e-6)
    assert plan.warnings == ()


def test_the_peers_plans_are_the_published_ones() -> None:
    mix = solve_here(planner.load("instances/peers/gpu_mix_example.yaml"))
    assert {(h.hardware, h.nodes) for h in mix.holdings} == {("a10g", 3), ("a100_80gb", 1)}
    day = solve_here(planner.load("instances/peers/clustered_day.yaml"))
    owned = {h.hardware: h.nodes for h in day.holdings if h.channel == "own"}
    assert owned == {"own_small": 2, "own_large": 1}


def test_classes_that_may_be_split_need_less() -> None:
    free = {f"workloads.{a}_{b}.single_pool": False for a in ("short", "long") for b in ("short", "long")}
    split = planner.load("instances/peers/gpu_mix_example.yaml", free)
    assert solve_here(split).cost == pytest.approx(1.01 + 3.67)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=24), st.floats(0.05, 0.95))
def test_newsvendor(demand: list[int], ratio: float) -> None:
    """Reserve the quantile of demand at the critical fractile 1 - reserved / on-demand price."""
    fleet = {
        "reserve": {"kind": "reserved", "price_usd_per_node_hour": ratio},
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0},
    }
    plan = solve_here(one_node([float(value) for value in demand], fleet))
    levels = np.arange(max(demand) + 1)
    busy = (np.array(demand)[None, :] > levels[:, None]).mean(axis=1)
    quantity = int(levels[busy <= ratio][0])
    expected = len(demand) * ratio * quantity + sum(max(0, value - quantity) for value in demand)
    assert plan.cost == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 24), st.integers(1, 40))
def test_ski_rental(days: int, price: int) -> None:
    """Rent for n hours at 1, or buy for B: min(n, B)."""
    fleet = {
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0},
        "buy": {
            "kind": "contract",
            "hours": 24,
            "upfront_usd_per_node": float(price),
            "price_usd_per_node_hour": 0.0,
        },
    }
    plan = solve_here(one_node([1.0] * days + [0.0] * (24 - days), fleet))
    assert plan.cost == pytest.approx(min(days, price))


@pytest.mark.parametrize(("term", "percent"), [("reserved_1y", 69), ("reserved_3y", 44)])
def test_break_even_load_of_commitments_at_dated_prices(term: str, percent: int) -> None:
    """The load at which the optimiser switches from on-demand to the commitment, to half a percent."""
    prices = book("commitments_2025")
    where = {"provider": "GCP", "region": "us-central1"}
    fleet = {
        "rent": {
            "kind": "on_demand",
            "price_usd_per_gpu_hour": quote(prices, "h100", "on_demand", **where).price_usd_per_gpu_hour,
        },
        "commit": {
            "kind": "reserved",
            "price_usd_per_gpu_hour": quote(prices, "h100", term, **where).price_usd_per_gpu_hour,
        },
    }

    def commits(busy_hours: int) -> bool:
        load = [1.0] * busy_hours + [0.0] * (200 - busy_hours)
        return nodes_held(solve_here(one_node(load, fleet)), "commit") > 0

    low, high = 0, 200
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if commits(middle) else (middle, high)
    ratio = fleet["commit"]["price_usd_per_gpu_hour"] / fleet["rent"]["price_usd_per_gpu_hour"]  # type: ignore[operator]
    assert low / 200 <= ratio <= high / 200
    assert round(100 * ratio) == percent
