"""Evaluating schedules: the published day exactly, step arithmetic, faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import planner
from planner.app.cli.evaluate import _rows
from planner.core.errors import InstanceError
from planner.optimize.solve_options import SolveOptions
from planner.study.evaluation import baseline_schedule, constant_schedule, evaluate, read_schedule
from tests.examples import small
from tests.market.one_node import one_node

if TYPE_CHECKING:
    from planner.instance import Instance

NODES = Path("instances/series/deepseek_nodes.csv")


@pytest.fixture(scope="module")
def published() -> Instance:
    return planner.load("instances/deepseek_day.yaml")


def test_the_published_day_to_the_dollar(published: Instance) -> None:
    found = evaluate(
        published, read_schedule(NODES, published), SolveOptions(relative_gap=0.0, solver="highs")
    )
    assert found.nodes_mean == pytest.approx(226.75, abs=1e-12)
    assert found.nodes_peak == 278
    assert found.cost == pytest.approx(87_072.0, abs=1e-6)
    assert found.theoretical.income == pytest.approx(562_027.0, rel=1e-3)
    assert found.theoretical.on_cost == pytest.approx(5.45, abs=0.006)  # published as 545 %
    assert found.optimum is not None
    assert found.saving == pytest.approx(found.cost - found.optimum.cost)
    assert found.served_share["chat.decode"] == pytest.approx(1.0)
    assert 0.99 < found.served_share["chat.prefill"] <= 1.0
    assert found.margin.income < found.theoretical.income
    assert {entry.work for entry in found.short} == {"chat.prefill"}


def steps(tmp_path: Path, *lines: str, header: str = "start,nodes") -> Path:
    path = tmp_path / "steps.csv"
    path.write_text("# mine\n" + header + "\n" + "".join(f"{line}\n" for line in lines))
    return path


ONE_CHANNEL = {"fleet.h800.reserve": None}
MIDNIGHT = "2025-01-01T00:00+00:00"


def test_steps_inside_a_period_weigh_by_their_time(tmp_path: Path) -> None:
    schedule = read_schedule(
        steps(tmp_path, f"{MIDNIGHT},8", "2025-01-01T00:45+00:00,4", "2025-01-01T02:00+00:00,9"),
        small(ONE_CHANNEL),
    )
    assert schedule.mean["h800", "rent"] == pytest.approx([7.0, 4.0, 9.0])
    assert schedule.peak["h800", "rent"] == pytest.approx([8.0, 4.0, 9.0])


def test_cost_and_cover_of_a_hand_worked_schedule(tmp_path: Path) -> None:
    """6, 3 and 9 nodes are due; with 5 the first hour serves 1500 + 200 or 1000 + 350 of 1500 + 350."""
    instance = small(ONE_CHANNEL)
    path = steps(tmp_path, f"{MIDNIGHT},5", "2025-01-01T01:00+00:00,3", "2025-01-01T02:00+00:00,9")
    found = evaluate(instance, read_schedule(path, instance))
    assert found.cost == 17 * 16.0
    assert found.optimum is None
    assert found.saving is None
    lost = {entry.work: entry.served_share for entry in found.short}
    assert lost in ({"chat.prefill": pytest.approx(1000 / 1500)}, {"chat.decode": pytest.approx(200 / 350)})
    # unserved counts relative to the peak demand of its work: 500 / 2500 for prefill, 150 / 500 for decode
    assert set(lost) == {"chat.prefill"}
    assert {entry.period for entry in found.short} == {MIDNIGHT}


def test_nodes_held_throughout_cost_their_peak() -> None:
    instance = small()
    fleet = constant_schedule(instance, {"h800.reserve": 6, "h800.rent": 3})
    found = evaluate(instance, fleet)
    assert found.cost_by_channel == pytest.approx({"h800.reserve": 6 * 30.0, "h800.rent": 3 * 48.0})
    assert found.short == ()
    assert all(share == pytest.approx(1.0) for share in found.served_share.values())
    assert np.array_equal(fleet.nodes_of("h800"), [9.0, 9.0, 9.0])


def test_a_channel_must_be_named_where_there_are_several(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match=r"say which one; there are h800\.rent, h800\.reserve"):
        constant_schedule(small(), {"h800": 3})
    with pytest.raises(InstanceError, match="none of that name"):
        constant_schedule(small(), {"h100": 3})
    with pytest.raises(InstanceError, match=r"more than once: h800, h800\.rent"):
        constant_schedule(small(ONE_CHANNEL), {"h800": 3, "h800.rent": 2})
    with pytest.raises(InstanceError, match=r"baseline\.nodes: does not say by which of 2 channels"):
        baseline_schedule(small({"baseline": {"nodes": [9, 9, 9]}}))
    path = steps(tmp_path, f"{MIDNIGHT},h800,reserve,5", header="start,hardware,channel,nodes")
    assert list(read_schedule(path, small()).mean) == [("h800", "reserve")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["2025-01-01T00:00,5"], "needs an offset"),
        (["noon,5"], "not an ISO 8601"),
        ([f"{MIDNIGHT},many"], "is not a number"),
        ([f"{MIDNIGHT},-1"], "is negative"),
        (["2025-01-01T01:00+00:00,5"], "begins 1 h after the horizon"),
        ([f"{MIDNIGHT},5", f"{MIDNIGHT},6"], "at the same time"),
        ([], "no steps"),
    ],
)
def test_faults_of_a_schedule(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(InstanceError, match=message):
        read_schedule(steps(tmp_path, *lines), small(ONE_CHANNEL))


def test_an_hours_column_must_agree(tmp_path: Path) -> None:
    lines = (f"{MIDNIGHT},2,5", "2025-01-01T01:00+00:00,2,5")
    with pytest.raises(InstanceError, match="lasts 2 h, the next step begins after 1 h"):
        read_schedule(steps(tmp_path, *lines, header="start,hours,nodes"), small(ONE_CHANNEL))


def test_contracts_of_a_schedule_have_no_known_cost() -> None:
    contract = {"kind": "contract", "hours": 2, "price_usd_per_node_hour": 1.0}
    instance = small({"fleet.h800.contract": contract})
    with pytest.raises(InstanceError, match="its cost is not known"):
        evaluate(instance, constant_schedule(instance, {"h800.contract": 3}))


def test_the_baseline_of_an_instance_is_a_schedule(published: Instance) -> None:
    found = evaluate(published, baseline_schedule(published))
    assert (found.nodes_mean, found.cost) == (pytest.approx(226.75), pytest.approx(87_072.0))
    with pytest.raises(InstanceError, match="states no baseline"):
        baseline_schedule(small())


def test_what_a_schedule_leaves_unserved_costs_what_a_plan_would_pay_for_it() -> None:
    """Two nodes serve 2 of 10 and 2 of 4 requests/s: 10 * 3,600 of them at 500 USD a million are 18 USD, beside 4.

    All ten reserved or hired would cost 17 at best: the optimum serves everything.
    """
    instance = planner.from_dict(
        {
            "version": 1,
            "name": "unserved",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 2},
            "workloads": {"w": {"demand": {"requests_per_s": [10, 4]}, "shed_usd_per_million_requests": 500}},
            "deployments": [{"name": "u", "role": "request", "nodes": 1, "rate_requests_per_s": {"w": 1}}],
            "hardware": {"x": {"gpus_per_node": 1}},
            "fleet": {
                "x": {
                    "r": {"kind": "reserved", "price_usd_per_node_hour": 1},
                    "d": {"kind": "on_demand", "price_usd_per_node_hour": 1.5},
                }
            },
        }
    )
    found = evaluate(instance, constant_schedule(instance, {"x.r": 2}), SolveOptions(relative_gap=0.0))
    assert (found.unserved_cost, found.cost) == pytest.approx((18.0, 22.0))
    assert found.saving == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("risk", "cost", "premium", "best"),
    [
        ({}, 80.0, 0.0, 60.0),
        ({"measure": "worst_case"}, 90.0, 10.0, 90.0),
        ({"measure": "cvar", "level": 0.5, "weight": 0.25}, 82.5, 2.5, 67.5),
        ({"cvar_limit_usd": 95.0, "level": 0.5}, 80.0, 0.0, 60.0),
    ],
)
def test_a_schedule_pays_the_premium_for_risk_that_the_optimum_pays(
    risk: dict[str, Any], cost: float, premium: float, best: float
) -> None:
    """Thirty rented nodes at 2 cost 60; ten or thirty of them run, at 1 each: 70 or 90, each half as likely.

    The optimum rents ten or thirty: 30 or 90. Both costs are the mean and what risk adds to it.
    """
    rent = {"kind": "on_demand", "price_usd_per_node_hour": 2.0, "running_usd_per_node_hour": 1.0}
    halves = {"few": {"probability": 0.5}, "many": {"probability": 0.5, "demand_scale": 3.0}}
    instance = one_node([10.0], {"rent": rent}, scenarios=halves, risk=risk)
    options = SolveOptions(relative_gap=0.0, solver="highs", threads=1)
    found = evaluate(instance, constant_schedule(instance, {"node.rent": 30.0}), options)
    assert found.optimum is not None
    assert (found.cost, found.risk_premium) == pytest.approx((cost, premium))
    assert found.optimum.cost == pytest.approx(best)
    assert found.saving == pytest.approx(cost - best)
    assert not found.serves_less
    told = found.start_cost + found.unserved_cost + found.risk_premium + sum(found.cost_by_channel.values())
    assert told == pytest.approx(found.cost)


def test_what_is_signed_before_the_scenario_is_known_bears_no_risk() -> None:
    """A node held throughout costs the same in every scenario; what goes unserved in one of them does not."""
    kept = {"kind": "reserved", "price_usd_per_node_hour": 2.0}
    halves = {"few": {"probability": 0.5}, "many": {"probability": 0.5, "demand_scale": 3.0}}
    requests = {"w": {"demand": {"requests_per_s": [10.0]}, "shed_usd_per_million_requests": 1e6 / 3600}}
    worst = {"measure": "worst_case"}
    instance = one_node([10.0], {"kept": kept}, scenarios=halves, risk=worst, workloads=requests)
    found = evaluate(instance, constant_schedule(instance, {"node.kept": 10.0}))
    # 20 for the nodes; 20 requests/s go unserved where they are many: 20 at one each
    assert (found.cost, found.risk_premium, found.unserved_cost) == pytest.approx((40.0, 10.0, 10.0))


def test_a_schedule_that_serves_less_is_said_to() -> None:
    """Five of ten nodes cost half of what serving all does: no negative saving, and none without a shed price."""
    rent = {"kind": "on_demand", "price_usd_per_node_hour": 2.0}
    instance = one_node([10.0], {"rent": rent})
    found = evaluate(instance, constant_schedule(instance, {"node.rent": 5.0}), SolveOptions(solver="highs"))
    assert found.serves_less
    assert found.saving == pytest.approx(10.0 - 20.0)
    label, mine, best = _rows(instance, found)[-1]
    assert label == "the optimum serves all, for more by"
    assert (mine, best) == ("serves less than is demanded", "10.00")
