"""Optima known by hand or published, through every engine."""

from __future__ import annotations

import pytest

import planner
from planner import SolveOptions, Status
from tests.examples import small

ENGINES = ("highs", "cpsat", "scip", "cbc")
EXACT = {"relative_gap": 0.0, "time_limit_s": 60.0}


@pytest.mark.parametrize("engine", ENGINES)
def test_tiny_reaches_the_optimum_worked_in_its_comments(engine: str) -> None:
    plan = planner.solve(
        planner.load("instances/tiny.yaml"), SolveOptions(solver=engine, method="direct", **EXACT)
    )
    assert plan.status is Status.OPTIMAL
    assert plan.cost == pytest.approx(108.0)
    assert plan.bound == pytest.approx(108.0)
    assert plan.cost_terms == pytest.approx({"hire": 48.0, "commitment": 60.0})
    assert not plan.warnings


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        # nodes needed: 2+4, 1+2, 3+6 = 6, 3, 9; reserving costs 30, hiring 16 an hour: the 3 nodes of all hours
        # and the next 3 of two hours are reserved (2 x 16 > 30), the last 3 hired: 6 x 30 + 3 x 16
        ({}, 228.0),
        # only hire: 18 node-hours x 16
        ({"fleet.h800.reserve": None}, 288.0),
        # energy of 1 USD per node-hour in use on reserved nodes: 6 + 3 + 6 = 15 node-hours
        ({"fleet.h800.reserve.running_usd_per_node_hour": 1.0}, 243.0),
        # three nodes at a time: the same plan
        ({"fleet.h800.rent.increment_nodes": 3}, 228.0),
        # four at a time: hour 3 hires 4 (64 instead of 48) or reserves a seventh to ninth: 228 + 16
        ({"fleet.h800.rent.increment_nodes": 4}, 244.0),
        # a start costs 5 USD a node; hour 1 holds 6 reserved nodes anyway, so it keeps 2 + 2 units on, and hour 2
        # starts one prefill (1 node) and one decode unit (2 nodes): 228 + 15
        ({"start_up": {"usd_per_node": 5.0}}, 243.0),
    ],
)
def test_small_instances_worked_by_hand(changes: dict[str, object], cost: float) -> None:
    plan = planner.solve(small(changes), SolveOptions(solver="highs", method="direct", **EXACT))
    assert plan.status is Status.OPTIMAL
    assert plan.cost == pytest.approx(cost)
    assert not plan.warnings


def test_shed_when_it_is_cheaper() -> None:
    # the third prefill unit of hour 3 serves 500 of 2,500 tokens/s: 1.8 M tokens; at 1 USD a million shedding
    # costs 1.8 instead of a node; the same holds for every partly filled unit
    plan = planner.solve(
        small({"workloads.chat.shed_usd_per_million_tokens": 1.0, "fleet.h800.reserve": None}),
        SolveOptions(solver="highs", method="direct", **EXACT),
    )
    # a full prefill unit serves 3.6 M tokens for 16 USD, a full decode unit 0.72 M for 32: shedding all is cheapest
    tokens = (1500 + 900 + 2500 + 350 + 150 + 500) * 3600 / 1e6
    assert plan.cost == pytest.approx(tokens)
    assert plan.cost_terms["shed"] == pytest.approx(tokens)


def test_start_up_time_must_be_covered_beforehand() -> None:
    # off before the first period, a start takes the whole period: hour 1 cannot be served at all
    plan = planner.solve(
        small({"start_up": {"hours": 1.0, "before_first_period": "off"}}), SolveOptions(solver="highs")
    )
    assert plan.status is Status.INFEASIBLE


@pytest.mark.parametrize("engine", ENGINES)
def test_infeasible_is_an_answer(engine: str) -> None:
    instance = small({"fleet.h800.rent.max_nodes": 1, "fleet.h800.reserve.max_nodes": 1})
    plan = planner.solve(instance, SolveOptions(solver=engine, method="direct"))
    assert plan.status is Status.INFEASIBLE
    assert not plan.usable
    assert plan.reasons


def test_deepseek_day_needs_fewer_node_hours_than_were_run() -> None:
    plan = planner.solve(planner.load("instances/deepseek_day.yaml"), SolveOptions(relative_gap=0.0))
    assert plan.status is Status.OPTIMAL
    assert plan.summary["node_hours_held"] <= 5442
    assert plan.summary["node_hours_saved"] == pytest.approx(5442 - plan.summary["node_hours_held"])
    assert planner.check(planner.load("instances/deepseek_day.yaml"), plan).passed
