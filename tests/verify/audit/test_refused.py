"""A plan that the audit refuses is no plan: every verb that solves says so and fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import planner
from planner.app.cli.main import app
from planner.core.errors import PlanRefused
from planner.study.sweeps.case import CaseTask
from planner.study.sweeps.plans import SolveRequest, plan_of
from planner.study.sweeps.rows import raise_refused
from planner.study.sweeps.solving import solve_task
from planner.verify.audit import Audit, Violation
from planner.verify.audit.verdict import RULES
from tests.examples import small

if TYPE_CHECKING:
    from pathlib import Path

QUICK = planner.SolveOptions(solver="highs", threads=1)


@pytest.fixture(autouse=True)
def _a_judge_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tuple(name for name, _ in RULES)
    broken = tuple(Violation("fleet", f"h800 in period {period}", "too few", 1.0) for period in range(60))
    monkeypatch.setattr("planner.optimize.verdict.check", lambda *_: Audit(broken, 0.0, rules))


def test_the_library_returns_it_as_refused() -> None:
    plan = planner.solve(small(), QUICK)
    assert plan.status == "refused"
    assert not plan.usable
    assert plan.holdings
    assert len(plan.reasons) == 51
    assert plan.reasons[0] == "audit: fleet: h800 in period 0: too few"
    assert plan.reasons[-1] == "audit: and 10 more"


def test_no_event_of_it_says_audited(tmp_path: Path) -> None:
    events: list[Any] = []
    assert planner.solve(small(), QUICK, on_event=events.append).status == "refused"
    assert events
    assert not any(event.audited for event in events)
    file = tmp_path / "small.yaml"
    file.write_text(json.dumps(small().to_dict()), encoding="utf-8")
    lines = CliRunner().invoke(app, ["solve", str(file), "--events", "--json"]).stderr.splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert told
    assert not any(line["audited"] for line in told)
    shown = CliRunner().invoke(app, ["solve", str(file)]).stderr.splitlines()
    plans = [line for line in shown if " plan " in line and " bound " in line]
    assert plans
    assert all("unaudited plan" in line for line in plans)


def test_solve_exits_with_1_and_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(json.dumps(small().to_dict()), encoding="utf-8")
    ended = CliRunner().invoke(app, ["solve", str(file), "-q", "--json", "--out", str(tmp_path / "out")])
    assert ended.exit_code == 1
    told = json.loads(ended.stdout)
    assert told["status"] == "refused"
    assert told["reasons"][0].startswith("audit: fleet")
    assert json.loads((tmp_path / "out" / "plan.json").read_text())["status"] == "refused"
    assert not list((tmp_path / "out").glob("*.csv"))
    page = tmp_path / "page.html"
    assert CliRunner().invoke(app, ["report", str(tmp_path / "out"), "--html", str(page)]).exit_code == 0
    assert "breaks rules of the audit" in page.read_text()
    assert "too few" in page.read_text()
    shown = CliRunner().invoke(app, ["solve", str(file), "-q"])
    assert shown.exit_code == 1
    assert "refused" in shown.stdout
    assert "solved" not in shown.stdout


@pytest.mark.parametrize("verb", [["explain"], ["evaluate", "--fleet", "h800.reserve=9"], ["alternatives"]])
def test_what_builds_on_it_fails_and_names_it(verb: list[str], tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(json.dumps(small().to_dict()), encoding="utf-8")
    ended = CliRunner().invoke(app, [verb[0], str(file), *verb[1:]])
    assert isinstance(ended.exception, PlanRefused)
    assert "too few" in str(ended.exception)


def test_no_plan_of_several_may_be_refused() -> None:
    with pytest.raises(PlanRefused, match="refused by its audit"):
        plan_of(SolveRequest(small(), QUICK))


def test_a_case_of_a_sweep_has_no_cost() -> None:
    row = solve_task(CaseTask(json.dumps(small().to_dict()), {}, QUICK, warm_start=False))
    assert row["status"] == "refused"
    assert row["cost"] is None
    assert "audit: fleet" in row["reason"]
    with pytest.raises(PlanRefused, match="1 of 1 cases"):
        raise_refused(pd.DataFrame([row]))
