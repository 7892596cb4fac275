"""Five workloads on one fleet: solved, audited, isolated where asked, and batch in the valleys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from planner import InstanceError, Plan, SolveOptions
from planner.app.cli.main import app
from planner.instance.demand_series import cache_hit_share, demand_of
from planner.instance.deployment import Phase
from tests.examples import plain, small

if TYPE_CHECKING:
    from pathlib import Path

FILE = "instances/mixed.yaml"


@pytest.fixture(scope="module")
def instance() -> planner.Instance:
    return planner.load(FILE)


@pytest.fixture(scope="module")
def found(instance: planner.Instance) -> planner.DeferralValue:
    return planner.deferral_value(instance, SolveOptions(time_limit_s=60.0, relative_gap=0.01))


@pytest.fixture(scope="module")
def plan(found: planner.DeferralValue) -> Plan:
    return found.deferred


def per_s(plan: Plan, workload: str, phase: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    records = [one.per_s for one in plan.served if (one.workload, one.phase) == (workload, phase)]
    return np.asarray(np.sum(records, axis=0))


def test_solved_to_one_percent_and_sound(instance: planner.Instance, plan: Plan) -> None:
    assert plan.status is planner.Status.OPTIMAL
    assert plan.gap <= 0.01
    assert planner.check(instance, plan).passed


def test_agents_compute_only_what_is_not_cached(instance: planner.Instance, plan: Plan) -> None:
    assert cache_hit_share(instance, "agents") == pytest.approx(0.9623, abs=1e-4)
    assert 0.85 <= cache_hit_share(instance, "agents") <= 0.97
    asked = demand_of(instance, "agents", Phase.PREFILL)
    assert per_s(plan, "agents", "prefill") == pytest.approx(asked, rel=1e-5)


def test_units_are_shared_and_isolated_as_asked(plan: Plan) -> None:
    served: dict[str, set[str]] = {}
    for entry in plan.served:
        served.setdefault(entry.unit, set()).add(entry.workload)
    alone = [works for works in served.values() if works & {"agents", "code"}]
    assert alone
    assert all(len(works) == 1 for works in alone)
    assert any({"chat", "batch"} <= works for works in served.values())
    code = {entry.unit for entry in plan.served if entry.workload == "code"}
    assert len(code) == 1


def test_batch_is_served_later_and_whole(instance: planner.Instance, plan: Plan) -> None:
    batch = per_s(plan, "batch", "prefill")
    asked = demand_of(instance, "batch", Phase.PREFILL)
    assert batch.sum() == pytest.approx(asked.sum(), rel=1e-5)
    assert np.abs(batch - asked).max() > 0.1 * asked.max()
    assert plan.summary["put_off_share"] > 0.05
    assert {(one.workload) for one in plan.backlog} == {"batch"}


def test_deferral_is_worth_something(found: planner.DeferralValue) -> None:
    assert 0.0 < found.least <= found.value <= found.most
    assert found.share > 0.02
    assert found.at_once.backlog == ()
    assert found.deferred.summary["nodes_peak"] < 0.97 * found.at_once.summary["nodes_peak"]


def test_the_verb_reports_the_value_by_hand() -> None:
    # prompts of 1500, 900, 2500 need 2 + 1 + 3 units, answers 2 + 1 + 3 of two nodes: 18 node-hours rented at
    # 16 each; together 4900 prompts and 1000 answers need 5 and 5: 15 node-hours
    settings = {"fleet.h800.reserve": None, "workloads.chat.deferral": {"deadline_hours": 2}}
    found = planner.deferral_value(small(settings), SolveOptions(solver="highs", relative_gap=0.0))
    assert (found.at_once.cost, found.deferred.cost) == pytest.approx((288.0, 240.0))
    assert (found.least, found.value, found.most) == pytest.approx((48.0, 48.0, 48.0), abs=1e-4)


def test_the_value_where_nothing_may_wait_is_refused() -> None:
    with pytest.raises(InstanceError, match="none may wait"):
        planner.deferral_value(small())


def test_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "wait.json"
    file.write_text(json.dumps(plain({"workloads.chat.deferral": {"deadline_hours": 2}})))
    result = CliRunner().invoke(app, ["deferral", str(file), "--json", "--gap", "0"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["value"] == pytest.approx(figures["cost_without_deferral"] - figures["cost"])
    assert figures["value_at_least"] <= figures["value"] <= figures["value_at_most"]
    told = CliRunner().invoke(app, ["deferral", str(file)])
    assert "value of deferral" in told.stdout
