"""Above a stated gap a plan is no recommendation: property, file, audit of the file, headline, page, exit code."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

import planner
from planner.app.cli.common import exit_code_of
from planner.core.errors import ExitCode
from planner.core.solution import Status
from planner.plan.ending import unproven
from planner.verify.audit.tables import stated_tables
from planner.view.reporting.story import decision, verdict


@pytest.fixture(scope="module")
def proven() -> planner.Plan:
    options = planner.SolveOptions(method="direct", solver="highs", time_limit_s=60)
    return planner.solve(planner.load("instances/tiny.yaml"), options)


def stopped(plan: planner.Plan, gap: float) -> planner.Plan:
    """The plan as it would be, had the bound come no nearer."""
    bound = -math.inf if math.isinf(gap) else plan.cost * (1 - gap)
    return replace(plan, status=Status.FEASIBLE, limit="time", bound=bound)


@pytest.mark.parametrize("gap", [0.0500001, 0.758, math.inf])
def test_a_wide_gap_is_no_recommendation(proven: planner.Plan, gap: float) -> None:
    plan = stopped(proven, gap)
    assert plan.usable
    assert not plan.recommended
    assert exit_code_of(plan) is ExitCode.NO_RECOMMENDATION == 8
    assert verdict(plan) == ("no recommendation yet", "bad")
    assert "o recommendation yet" in decision(plan)
    assert "longer time limit" in decision(plan)
    assert "no recommendation yet" in str(plan)
    assert "no recommendation yet" in plan._repr_html_()
    assert plan.to_dict()["recommended"] is False


def test_a_narrow_gap_and_a_proven_one_are(proven: planner.Plan) -> None:
    for plan in (proven, stopped(proven, 0.0499), replace(stopped(proven, 0.2), recommended_gap=0.25)):
        assert plan.recommended
        assert unproven(plan) == ""
        assert plan.to_dict()["recommended"] is True
        assert "recommendation" not in decision(plan)
    assert exit_code_of(stopped(proven, 0.0499)) is ExitCode.LIMIT_WITH_PLAN
    # proven to what was asked for is proven, however wide that is
    assert replace(proven, bound=proven.cost * 0.8, gap_asked=0.3).recommended


def test_no_plan_is_none_to_act_on(proven: planner.Plan) -> None:
    for status in (Status.REFUSED, Status.NO_PLAN, Status.INFEASIBLE):
        assert not replace(proven, status=status).recommended


@pytest.mark.parametrize("gap", [0.01, 0.5])
def test_the_audit_judges_what_a_file_says_of_it(proven: planner.Plan, gap: float) -> None:
    plan = stopped(proven, gap)
    record = plan.to_dict()
    assert stated_tables(record, plan) == ()
    lie = record | {"recommended": not record["recommended"]}
    assert [violation.where for violation in stated_tables(lie, plan)] == ["recommended"]


def test_a_file_that_says_it_in_another_form_is_refused(proven: planner.Plan) -> None:
    for wrong in (1, "yes", None):
        with pytest.raises(planner.InstanceError, match="recommended: must be true or false"):
            planner.Plan.from_dict(proven.to_dict() | {"recommended": wrong})


def test_the_page_says_it_first(proven: planner.Plan, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(planner.report(stopped(proven, 0.3)))
    text = page.read_text()
    assert "No recommendation yet" in text.partition('id="decision"')[2][:120]
