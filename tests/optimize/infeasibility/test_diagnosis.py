"""Infeasible instances: what is short, where, by how much; and repairs that do make a plan possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.core.solution import Status
from planner.loader import from_dict
from planner.model.families import relaxable_limits
from planner.model.prepare import sets_of
from planner.optimize.engines import EnginePool
from planner.optimize.infeasibility.diagnosis import Diagnosis, diagnose
from planner.optimize.infeasibility.messages import reasons_of
from planner.optimize.infeasibility.program import elastic_program
from planner.optimize.solve_options import SolveOptions
from planner.rates.compute import compute_rates
from tests.examples import plain, small

QUICK = SolveOptions(time_limit_s=20, solver="highs", threads=1)


def diagnosis_of(changes: dict[str, Any]) -> Diagnosis:
    instance = small(changes)
    return diagnose(sets_of(instance, compute_rates(instance)), workers=1)


def test_supply_limit_by_hand() -> None:
    # hour 2 needs 3 prefill units and 3 decode units of 2 nodes: 9 nodes, of which 7 can be held
    found = diagnosis_of({"fleet.h800.rent.max_nodes": 4, "fleet.h800.reserve.max_nodes": 3})
    assert {shortage.period for shortage in found.shortages} == {2}
    # two nodes fewer: one decode unit and one prefill unit less serve four fifths of the requests
    assert [(s.phase, s.share, s.nodes, s.hardware) for s in found.shortages] == [
        ("prefill", pytest.approx(0.2), 1, "h800"),
        ("decode", pytest.approx(0.2), 1, "h800"),
    ]
    by_key = {repair.moves[0].key: repair for repair in found.repairs if len(repair.moves) == 1}
    assert by_key["fleet.h800.rent.max_nodes"].settings == {"fleet.h800.rent.max_nodes": 6}
    assert by_key["fleet.h800.rent.max_nodes"].usd == pytest.approx(2 * 3 * 16.0)
    assert by_key["fleet.h800.reserve.max_nodes"].settings == {"fleet.h800.reserve.max_nodes": 5}
    assert found.repairs[0] is by_key["fleet.h800.reserve.max_nodes"], (
        "reserving 2 nodes is cheaper than hiring"
    )
    assert all(repair.least for repair in found.repairs)


@pytest.mark.parametrize(
    ("more", "key"), [({}, "nodes"), ({"max_nodes": 3}, "max_nodes"), ({"max_nodes": 9}, "nodes")]
)
def test_nodes_one_has_are_limited_by_the_key_that_binds(more: dict[str, Any], key: str) -> None:
    nodes = 20 if key == "max_nodes" else 3
    own = {"kind": "existing", "nodes": nodes, **more}
    found = diagnosis_of({"fleet.h800.rent.max_nodes": 4, "fleet.h800.reserve": own})
    repairs = [repair.settings for repair in found.repairs if len(repair.moves) == 1]
    assert {f"fleet.h800.reserve.{key}": 5} in repairs


def test_a_limit_is_not_raised_beyond_one_that_stands_behind_it() -> None:
    # 2 nodes are lacking, and there is only one that is not held
    own = {"kind": "existing", "nodes": 4, "max_nodes": 3}
    found = diagnosis_of({"fleet.h800.rent.max_nodes": 4, "fleet.h800.reserve": own})
    assert found.repairs
    told = [repair.settings.get("fleet.h800.reserve.max_nodes", 0) for repair in found.repairs]
    assert max(told) <= 4


def test_minimum_against_budget_is_no_matter_of_demand() -> None:
    changes = {"fleet.h800.reserve.min_nodes": 15, "limits.usd_per_month": 730 * 100.0}
    found = diagnosis_of(changes)
    assert not found.shortage_found
    keys = {move.key for repair in found.repairs for move in repair.moves}
    assert {"fleet.h800.reserve.min_nodes", "limits.usd_per_month"} <= keys
    # 15 nodes x 10 USD an hour = 150 USD an hour; 9 nodes at 10 and nothing hired fit into 100
    lowered = next(r for r in found.repairs if [m.key for m in r.moves] == ["fleet.h800.reserve.min_nodes"])
    assert lowered.settings == {"fleet.h800.reserve.min_nodes": 10}


def test_reasons_name_the_hour_the_work_and_the_setting() -> None:
    instance = small({"fleet.h800.rent.max_nodes": 4, "fleet.h800.reserve.max_nodes": 3})
    found = diagnose(sets_of(instance, compute_rates(instance)))
    text = "\n".join(reasons_of(found, instance.horizon.labels(), "USD"))
    assert (
        "2025-01-01T02:00+00:00: 20.0% of chat cannot be served: 500 of 2,500 prefill tokens/s "
        "(the work of 1 h800 node) and 100 of 500 decode tokens/s (the work of 1 h800 node)"
    ) in text
    assert "cheapest repair: raise fleet.h800.reserve.max_nodes by 2 nodes, from 3 to 5" in text
    assert "--set fleet.h800.reserve.max_nodes=5" in text


def test_fleet_one_has_is_raised_by_its_own_key_and_has_no_price() -> None:
    found = diagnosis_of({"fleet.h800": {"have": {"kind": "existing", "nodes": 5}}})
    (repair,) = found.repairs
    assert repair.settings == {"fleet.h800.have.nodes": 9}
    assert repair.usd is None


def test_solve_fills_the_reasons() -> None:
    plan = planner.solve(small({"fleet.h800.rent.max_nodes": 4, "fleet.h800.reserve.max_nodes": 3}), QUICK)
    assert plan.status is Status.INFEASIBLE
    assert any("cheapest repair" in reason for reason in plan.reasons)


def test_work_without_unit_says_why_options_fell_away() -> None:
    big = {"name": "decode", "role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 200}}
    data = plain({"workloads.other": {"demand": {"output_tokens_per_s": 5.0}, "model": "deepseek-r1"}})
    data["workloads"]["other"]["lengths"] = {"input_tokens": 4000, "output_tokens": 1000}
    data["workloads"]["other"]["sla"] = {"tpot_ms": 0.01}
    data["deployments"] = [
        data["deployments"][0],
        big,
        {"role": "decode", "ep": 32, "workloads": ["other"]},
    ]
    plan = planner.solve(from_dict(data), QUICK)
    assert plan.status is Status.INFEASIBLE
    assert "no deployment unit can do the work other.decode" in plan.reasons[0]
    assert any("h800.decode.ep32" in reason for reason in plan.reasons[1:])


def test_every_limit_that_can_move_stands_in_a_row() -> None:
    data = {
        "limits": {
            "capex_usd": 1e6,
            "usd_per_month": 1e6,
            "sites": {"here": {"power_kw": 90.0}},
            "providers": {"ours": {"min_nodes": 1, "max_nodes": 30}},
            "hardware_types": 1,
        },
        "hardware.h800": {"power_kw_per_node": 10.0},
        "fleet.h800.rent.site": "here",
        "fleet.h800.rent.provider": "ours",
        "fleet.h800.reserve.min_nodes": 1,
    }
    instance = small(data)
    sets = sets_of(instance, compute_rates(instance))
    program = elastic_program(sets)
    matrix = program.program.matrix.tocsc()
    for place, limit in enumerate(relaxable_limits(sets)):
        column = int(program.slack[place])
        assert matrix.indptr[column + 1] > matrix.indptr[column], f"{limit.key} has no row"


def test_long_horizon_is_diagnosed_where_it_is_hardest() -> None:
    demand = [100.0 + 10.0 * (period % 24) for period in range(600)]
    demand[500] = 1000.0
    changes = {
        "horizon.periods": 600,
        "workloads.chat.demand": {"output_tokens_per_s": demand},
        "fleet.h800.rent.max_nodes": 4,
        "fleet.h800.reserve.max_nodes": 0,
        "deployments": [plain()["deployments"][1]],
    }
    reasons = planner.solve(small(changes), QUICK).reasons
    # 1,000 tokens/s need 5 decode units of 2 nodes; 4 nodes carry 2 of them
    assert "looked at 168 of 600 periods" in reasons[0]
    expected = "2025-01-21T20:00+00:00: 60.0% of chat cannot be served: 600 of 1,000 decode tokens/s"
    assert reasons[1].startswith(expected)
    assert "raise fleet.h800.rent.max_nodes by 6 nodes, from 4 to 10" in "".join(reasons)


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as pool:
        yield pool


@settings(max_examples=8, deadline=None)
@given(
    rent=st.integers(0, 6),
    reserve=st.integers(0, 6),
    scale=st.sampled_from([1.0, 1.4]),
    month=st.sampled_from([None, 30_000.0]),
)
def test_every_repair_makes_it_feasible(
    pool: EnginePool, rent: int, reserve: int, scale: float, month: float | None
) -> None:
    changes: dict[str, Any] = {
        "fleet.h800.rent.max_nodes": rent,
        "fleet.h800.reserve.max_nodes": reserve,
        "workloads.chat.demand.scale": scale,
    }
    if month is not None:
        changes["limits.usd_per_month"] = month
    if planner.solve(small(changes), QUICK, pool=pool).status is not Status.INFEASIBLE:
        return
    found = diagnosis_of(changes)
    assert found.repairs
    for repair in found.repairs:
        repaired = planner.solve(small({**changes, **repair.settings}), QUICK, pool=pool)
        assert repaired.status is Status.OPTIMAL, repair
        assert not repaired.warnings
