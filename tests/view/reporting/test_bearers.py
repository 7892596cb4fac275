"""The page says who bears the cost, and what promises cost: figures by hand, and those of the verbs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

import planner
from planner.app.cli.main import app
from planner.study.sensitivity.promises import PromiseCost, promise_costs
from planner.view.reporting.html import report

if TYPE_CHECKING:
    from pathlib import Path

QUICK = planner.SolveOptions(solver="highs", threads=1, relative_gap=0.0)
DATA: dict[str, Any] = {
    "version": 1,
    "name": "two",
    "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 2},
    "hardware": {"node": {"gpus_per_node": 8}},
    "workloads": {
        "day": {"demand": {"requests_per_s": [30.0, 0.0]}, "deferral": {"deadline_hours": 1.0}},
        "base": {"demand": {"requests_per_s": [10.0, 10.0]}},
    },
    "deployments": [
        {"name": "u", "role": "request", "nodes": 1, "rate_requests_per_s": {"day": 10.0, "base": 10.0}}
    ],
    "fleet": {"node": {"keep": {"kind": "lease", "price_usd_per_node_month": 730.0, "term_months": 1}}},
}


@pytest.fixture(scope="module")
def solved() -> tuple[planner.Instance, planner.Plan]:
    instance = planner.from_dict(DATA)
    return instance, planner.solve(instance, QUICK)


def test_by_use_and_by_cause(solved: tuple[planner.Instance, planner.Plan]) -> None:
    """By hand: 50 requests/s in two hours take 3 nodes at 2 USD; alone `day` takes 2 and `base` 1, 4 and 2 USD."""
    instance, plan = solved
    assert plan.cost == pytest.approx(6.0)
    page = report(plan, instance)
    assert "Who bears the cost" in page
    assert "by cause, USD" not in page
    found = planner.attribution(instance, QUICK, plan=plan)
    assert (found.plan, found.solves) == (plan, 2)
    assert [(one.tenant, one.by_cause) for one in found.shares] == [("day", 4.0), ("base", 2.0)]
    page = report(plan, instance, attribution=found)
    assert "the Shapley value over all groups of tenants; 2 solves" in page
    assert '<th scope="row">day</th>' in page
    assert '<td class="n">4.00</td>' in page


def test_what_promises_cost_beside_the_plan_itself(solved: tuple[planner.Instance, planner.Plan]) -> None:
    """By hand: with nothing put off the first hour takes 4 nodes, 8 USD; with a longer deadline nothing changes."""
    instance, plan = solved
    steps: list[PromiseCost] = promise_costs(instance, QUICK, plan=plan)
    assert [(one.step.tighter, one.change) for one in steps] == [(False, 0.0), (True, pytest.approx(2.0))]
    page = report(plan, instance, promises=steps)
    assert "deferral.deadline_hours" in page
    assert '<td class="n">+2.00</td><td class="n">+33.3%</td>' in page


def test_the_verb_adds_them_and_refuses_plans_that_do_not_hold(
    solved: tuple[planner.Instance, planner.Plan], tmp_path: Path
) -> None:
    _, plan = solved
    (tmp_path / "plan.json").write_text(json.dumps(plan.to_dict()))
    (tmp_path / "other.yaml").write_text(yaml.safe_dump({**DATA, "name": "other"}))
    asked = ["report", str(tmp_path / "plan.json"), "--html", str(tmp_path / "page.html"), "--attribute"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "by cause, USD" in (tmp_path / "page.html").read_text()
    refused = CliRunner().invoke(app, [*asked, "--instance", str(tmp_path / "other.yaml")])
    assert "is refused by its audit" in str(refused.exception)
