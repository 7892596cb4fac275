"""Works that share units: whole units as exact arithmetic has them, however little one of the works asks for."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import pytest

import planner
from planner.core.solution import Status
from planner.loader import from_dict
from planner.model.prepare import sets_of
from planner.model.traces import trace_remarks
from planner.rates.compute import compute_rates
from tests.reference.reference import optimum

EXACT = planner.SolveOptions(relative_gap=0.0, time_limit_s=20, threads=1)
ENGINES = [("direct", solver) for solver in ("highs", "scip", "cpsat")]
WAYS = [*ENGINES, ("direct", "cbc"), ("direct", "race"), ("decompose", "race")]

# name: requests/s of one unit, workloads it does, USD per node-hour
Units = dict[str, tuple[float, tuple[str, ...], float]]
ONE: Units = {"u": (10.0, ("big", "tiny"), 16.0)}


def shared(demand: dict[str, float], units: Units = ONE, **channel: Any) -> dict[str, Any]:
    """One hour; every unit is a node of its own hardware."""
    return {
        "version": 1,
        "name": "traces",
        "horizon": {"start": "2025-01-01T00:00+00:00", "period_hours": 1, "periods": 1},
        "workloads": {name: {"demand": {"requests_per_s": per_s}} for name, per_s in demand.items()},
        "deployments": [
            {
                "name": name,
                "role": "request",
                "nodes": 1,
                "hardware": f"of_{name}",
                "rate_requests_per_s": dict.fromkeys(works, rate),
            }
            for name, (rate, works, _) in units.items()
        ],
        "hardware": {f"of_{name}": {"gpus_per_node": 8} for name in units},
        "fleet": {
            f"of_{name}": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": price, **channel}}
            for name, (_, _, price) in units.items()
        },
    }


def solved(data: dict[str, Any], method: str = "direct", solver: str = "highs") -> planner.Plan:
    instance = from_dict(data)
    plan = planner.solve(instance, replace(EXACT, method=method, solver=solver))
    if plan.usable:
        assert planner.check(instance, plan).passed
    return plan


@pytest.mark.parametrize(("method", "solver"), ENGINES)
@pytest.mark.parametrize(
    ("big", "tiny", "units"),
    [
        (9.999999, 5e-7, 1),  # 9.9999995 of 10: the trace fits
        (10.0, 5e-7, 2),  # the unit is full
        (10.0, 1e-12, 2),
        (9.99999, 1e-5, 1),  # 10 to the last digit
        (9.99999, 1.1e-5, 2),
        (29.9999999, 2e-7, 4),
        (0.0, 1e-7, 1),
    ],
)
def test_a_trace_counts_for_what_it_takes(
    method: str, solver: str, big: float, tiny: float, units: int
) -> None:
    plan = solved(shared({"big": big, "tiny": tiny}), method, solver)
    assert plan.status is Status.OPTIMAL
    assert plan.cost == pytest.approx(16.0 * units, rel=1e-9)
    assert plan.bound == pytest.approx(16.0 * units, rel=1e-9)


@pytest.mark.parametrize(("method", "solver"), WAYS)
def test_one_unit_is_enough_where_it_is_all_there_is(method: str, solver: str) -> None:
    plan = solved(shared({"big": 9.999999, "tiny": 5e-7}, max_nodes=1), method, solver)
    assert (plan.status, plan.cost) == (Status.OPTIMAL, pytest.approx(16.0))


def test_a_full_unit_has_no_room_for_a_trace() -> None:
    plan = solved(shared({"big": 10.0, "tiny": 5e-7}, max_nodes=1))
    assert plan.status is Status.INFEASIBLE
    assert any("max_nodes by 1 node, from 1 to 2" in reason for reason in plan.reasons)
    assert any("the shortage is smaller" in reason for reason in plan.reasons)


def test_the_sum_rounded_up_by_hand() -> None:
    """Speeds 10 and 4, steps of 2: 5 a + 2 b >= ceil(14.0000001 / 2) = 8, so one of each (7) will not do."""
    units: Units = {"a": (10.0, ("big", "tiny"), 10.0), "b": (4.0, ("big", "tiny"), 5.0)}
    instance = from_dict(shared({"big": 14.0, "tiny": 1e-7}, units))
    (group,) = sets_of(instance, compute_rates(instance)).unit_groups.groups
    (needed,) = group.least()
    assert (needed.steps, needed.least) == ((5, 2), 8)
    # 2 a (20 requests/s) or 1 a + 2 b (18): 20 USD either way
    assert solved(shared({"big": 14.0, "tiny": 1e-7}, units)).cost == pytest.approx(20.0)


def test_sums_of_decimals_are_no_overload() -> None:
    """0.1 + 0.2 > 0.3 in doubles; the works fill three units of 0.3 and no fourth."""
    demand = {"x": 0.1, "y": 0.2, "z": 0.6}
    units: Units = {"u": (0.3, ("x", "y", "z"), 1.0)}
    assert solved(shared(demand, units)).cost == pytest.approx(3.0)


def test_what_a_tolerance_cannot_tell_is_said() -> None:
    """Speeds without a common step: a plan may count the trace as none; no bound is above the right value, 20."""
    units: Units = {"a": (10.0, ("big", "tiny"), 10.0), "b": (3.7000000001, ("big", "tiny"), 5.0)}
    for solver in ("highs", "scip", "cpsat"):
        plan = solved(shared({"big": 13.7000000001, "tiny": 1e-8}, units), "direct", solver)
        assert any(
            "tiny.request" in warning and "cannot be told from none" in warning for warning in plan.warnings
        )
        assert plan.bound <= 20.0 + 1e-6


def least_cost(demand: dict[str, float], units: Units) -> float:
    """By trying: a fleet serves works of one speed where every set of works finds units for it (Hall)."""
    exact = {name: Fraction(str(per_s)) / 10 for name, per_s in demand.items()}
    sets = [works for count in (1, 2, 3) for works in combinations(exact, count)]
    best = math.inf
    for on in product(range(5), repeat=len(units)):
        fleet = dict(zip(units, on, strict=True))
        if all(
            sum(exact[work] for work in works)
            <= sum(fleet[unit] for unit, (_, able, _) in units.items() if set(able) & set(works))
            for works in sets
        ):
            best = min(best, sum(fleet[unit] * price for unit, (_, _, price) in units.items()))
    return best


@pytest.mark.parametrize("solver", ["highs", "scip", "cpsat"])
@pytest.mark.parametrize(
    ("demand", "b_takes", "prices"),
    [
        ((20.0, 10.0, 1e-7), ("x",), (16.0, 9.0, 12.0)),
        ((10.0, 10.0, 1e-9), ("x",), (16.0, 20.0, 12.0)),
        ((20.0, 10.0, 5e-7), ("x", "t"), (16.0, 16.0, 12.0)),
        ((9.9999995, 10.0, 2e-6), ("x", "t"), (16.0, 16.0, 12.0)),
        ((15.0, 5.0, 2e-6), ("x", "t"), (16.0, 20.0, 12.0)),
        ((15.0, 4.9999999, 1e-7), ("x", "t"), (16.0, 20.0, 12.0)),
    ],
)
def test_three_works_on_three_kinds_of_units(
    solver: str,
    demand: tuple[float, float, float],
    b_takes: tuple[str, ...],
    prices: tuple[float, float, float],
) -> None:
    asked = dict(zip("xyt", demand, strict=True))
    units: Units = {
        "a": (10.0, ("x", "y", "t"), prices[0]),
        "b": (10.0, b_takes, prices[1]),
        "c": (10.0, ("y", "t"), prices[2]),
    }
    right, data = least_cost(asked, units), shared(asked, units)
    plan = solved(data, "direct", solver)
    assert plan.cost == pytest.approx(right, rel=1e-9)
    assert plan.bound == pytest.approx(right, rel=1e-6)
    assert plan.bound <= right * (1 + 1e-9)
    assert optimum(data).objective == pytest.approx(right, rel=1e-6)


def test_every_sum_of_neighbours_is_looked_at() -> None:
    """A dozen works, each two next to each other share a kind of unit: one sum for each run of works."""
    units: Units = {
        f"u{place:02}": (10.0, (f"w{place:02}", f"w{place + 1:02}"), 1.0 + place) for place in range(11)
    }
    instance = from_dict(shared({f"w{place:02}": 5.0 for place in range(12)}, units))
    found = sets_of(instance, compute_rates(instance)).unit_groups
    assert found.complete
    runs = [
        tuple(range(max(0, first - 1), min(11, last + 1))) for first in range(12) for last in range(first, 12)
    ]
    assert {group.units for group in found.groups} == set(runs)


def test_sums_that_are_left_out_are_said() -> None:
    """Twenty works with a kind of unit each, and one that can do all: more sums than are looked at."""
    names = tuple(f"w{place:02}" for place in range(20))
    units: Units = {"all": (10.0, names, 1.0)} | {name: (10.0, (name,), 2.0) for name in names}
    instance = from_dict(shared(dict.fromkeys(names, 5.0) | {"w00": 5e-7}, units))
    sets = sets_of(instance, compute_rates(instance))
    assert not sets.unit_groups.complete
    singles = {group.units for group in sets.unit_groups.groups if len(group.units) == 2}
    assert len(singles) == 20
    assert any("more ways than are looked at" in remark for remark in trace_remarks(sets))
