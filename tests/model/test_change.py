"""Limits on change against an earlier plan: rows by hand, audit, repair, and what looser limits cost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.core.errors import InstanceError
from planner.core.solution import Status
from planner.optimize.engines import EnginePool
from planner.optimize.solve_options import SolveOptions
from planner.plan.change import pools_of, with_change
from planner.plan.plan import Plan
from tests.examples import plain, small
from tests.model.test_families import rows_of

QUICK = SolveOptions(time_limit_s=20, solver="highs", relative_gap=1e-6, threads=1)
MORE = {"workloads.chat.demand.scale": 1.4}


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as pool:
        yield pool


@pytest.fixture(scope="module")
def earlier() -> Plan:
    return planner.solve(small(), QUICK)


def changed(
    earlier: Plan, nodes: int | None = None, pools: int | None = None, pool: EnginePool | None = None
) -> Plan:
    return planner.solve(with_change(small(MORE), earlier, nodes, pools), QUICK, pool=pool)


def test_rows_by_hand() -> None:
    change = {"pools": {"decode": [4, 2, 6], "old": [8, 0, 0]}, "max_nodes_moved": 10, "max_pools_changed": 2}
    rows = rows_of({"limits.change": change})
    # decode is unit 1 of two nodes; its pool had 4 nodes in period 0, and 8 of "old" are gone by then
    assert rows["change_join_1_0"][:2] == (-4.0, {"joining_1_0": 1.0, "on_1_0": -2.0})
    assert rows["change_leave_1_0"][:2] == (4.0, {"leaving_1_0": 1.0, "on_1_0": 2.0})
    assert rows["change_joining_0"][2] == 10.0
    assert rows["change_leaving_0"][2] == 2.0
    # at most ceil(350 / 200) + 1 = 3 decode units are of use in period 0: room for 6 - 4 nodes
    assert rows["change_grow_1_0"][1:] == ({"on_1_0": 2.0, "changed_1": -2.0}, 4.0)
    assert rows["change_shrink_1_0"][1:] == ({"on_1_0": -2.0, "changed_1": -4.0}, -4.0)
    assert rows["change_pools"][1:] == ({"changed_0": 1.0, "changed_1": 1.0}, 1.0)


def test_no_change_allowed_repeats_the_plan(earlier: Plan) -> None:
    again = planner.solve(with_change(small(), earlier, 0, 0), QUICK)
    assert again.cost == pytest.approx(earlier.cost)
    assert pools_of(again) == pools_of(earlier)


def test_too_little_change_is_infeasible_and_says_so(earlier: Plan, pool: EnginePool) -> None:
    plan = changed(earlier, nodes=0)
    assert plan.status is Status.INFEASIBLE
    repair = next(reason for reason in plan.reasons if "limits.change.max_nodes_moved" in reason)
    least = int(repair.split("max_nodes_moved=")[1].split(")")[0])
    assert changed(earlier, nodes=least, pool=pool).usable
    assert not changed(earlier, nodes=least - 1, pool=pool).usable


def test_audit_counts_moves_and_pools(earlier: Plan) -> None:
    free = planner.solve(small(MORE), QUICK)
    tight = with_change(small(MORE), earlier, max_nodes_moved=0, max_pools_changed=1)
    asked = replace(free, question=tight.to_dict())
    rules = {violation.rule: violation for violation in planner.check(tight, asked).violations}
    assert set(rules) == {"change"}
    assert "question" in {violation.rule for violation in planner.check(tight, free).violations}
    moved = {v.where: v.message for v in planner.check(tight, free).violations}
    assert moved["pools"] == "2 pools change, at most 1 may"
    assert any(place.startswith("period") for place in moved)


def test_plan_of_other_length_is_refused(earlier: Plan) -> None:
    short = replace(earlier, units=tuple(replace(unit, on=unit.on[:2]) for unit in earlier.units))
    with pytest.raises(InstanceError, match="2 periods, the horizon has 3"):
        with_change(small(), short, 0)


def test_earlier_plan_from_the_instance_file(earlier: Plan, tmp_path: Path) -> None:
    (tmp_path / "last.json").write_text(json.dumps(earlier.to_dict()))
    data = plain({"limits.change": {"plan": "last.json", "max_nodes_moved": 3}})
    instance = planner.loads(json.dumps(data), base=tmp_path)
    assert instance.limits.change is not None
    assert instance.limits.change.pools == pools_of(earlier)
    data["limits"]["change"]["plan"] = "nowhere.json"
    with pytest.raises(InstanceError, match="cannot read the earlier plan"):
        planner.loads(json.dumps(data), base=tmp_path)


@settings(max_examples=12, deadline=None)
@given(nodes=st.integers(3, 10), more=st.integers(0, 4), pools=st.sampled_from([None, 1, 2]))
def test_looser_limit_is_never_dearer(
    pool: EnginePool, earlier: Plan, nodes: int, more: int, pools: int | None
) -> None:
    tight, loose = (changed(earlier, limit, pools, pool) for limit in (nodes, nodes + more))
    if tight.usable:
        assert loose.usable
        assert loose.bound <= tight.cost * (1 + 1e-6)
        assert loose.cost <= tight.cost * (1 + 1e-5)
        assert not tight.warnings


def test_units_of_an_earlier_plan_may_idle_where_a_work_may_not_be_split():
    """Two of nine nodes may leave: 5 x 14.33 + 2 x 18.59, all of the work on one pool, the other one idle."""
    data = {
        "version": 1,
        "name": "idle",
        "horizon": {"start": "2025-01-25T00:00+00:00", "periods": 1},
        "hardware": {"x": {"gpus_per_node": 8}, "y": {"gpus_per_node": 8}},
        "workloads": {"a": {"demand": {"input_tokens_per_s": [1055.0]}, "single_pool": True}},
        "deployments": [
            {
                "name": "read",
                "role": "prefill",
                "hardware": "x",
                "nodes": 1,
                "rate_tokens_per_s": {"a": 700.0},
            },
            {
                "name": "both",
                "role": "colocated",
                "hardware": "y",
                "nodes": 1,
                "rate_tokens_per_s": {"a": {"prefill": 300.0, "decode": 400.0}},
            },
        ],
        "fleet": {
            name: {"rent": {"kind": "on_demand", "price_usd_per_node_hour": price}}
            for name, price in (("x", 14.33), ("y", 18.59))
        },
        "limits": {"change": {"pools": {"read": [5], "both": [4]}, "max_nodes_moved": 2}},
    }
    assert planner.solve(planner.from_dict(data)).cost == pytest.approx(108.83)
