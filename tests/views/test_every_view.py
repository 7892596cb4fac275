"""Every view and export of every kind of plan works, of plans that are none too: none ends in an internal error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from planner.core.solution import Status
from planner.view.exports import export
from planner.view.reporting.console import render
from planner.view.reporting.html import report
from tests.views.every_view import ELSEWHERE, ON_A_PLAN, QUICK, SOLVES, failures, shown, verb_names
from tests.views.small_plans import QUESTIONS, solved

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan.plan import Plan

THAT_SOLVE = ("scenarios, averse", "stages and scenarios", "everything", "earns", "no demand", "infeasible")
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "[/bold] [red]",
    "{0.__class__} {} {currency} %s",
    "=HYPERLINK(1)",
    "\x1b[31m\x07\u202e",
)


def test_every_verb_is_asked_here_or_elsewhere() -> None:
    assert verb_names() == set(ON_A_PLAN) | ELSEWHERE


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_view(name: str, tmp_path: Path) -> None:
    assert failures(*solved(name), tmp_path, QUICK) == []


@pytest.mark.parametrize("name", THAT_SOLVE)
def test_every_verb_that_solves(name: str, tmp_path: Path) -> None:
    assert failures(*solved(name), tmp_path, SOLVES) == []


@pytest.mark.parametrize("status", [one for one in Status if one not in (Status.OPTIMAL, Status.INFEASIBLE)])
def test_every_way_to_end(status: Status, tmp_path: Path) -> None:
    """The same records under every status; a limit came first where there is one."""
    instance, plan = solved("everything")
    limit = None if status is Status.REFUSED else "time"
    assert failures(instance, replace(plan, status=status, limit=limit), tmp_path, QUICK) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_a_tampered_plan_stay_texts(text: str, tmp_path: Path) -> None:
    plan = with_texts(solved("everything")[1], text)
    page, screen = report(plan), shown(render(plan), 400)
    for told in (page, plan._repr_html_()):
        assert "<img" not in told
    assert not set("\x1b\x07\u202e") & set(page + screen)
    if text.startswith(("[", "{", "=")):
        assert text in screen
    for kind in ("csv", "focus", "xlsx", "parquet"):
        export(plan, kind, tmp_path / kind)
    rows = (tmp_path / "focus").read_text(encoding="utf-8").splitlines()
    assert not any(cell.startswith("=") for row in rows for cell in row.split(","))


def with_texts(plan: Plan, text: str) -> Plan:
    """The plan with its free texts replaced."""
    holdings = tuple(replace(one, term=text) for one in plan.holdings)
    units = tuple(replace(one, role=text, provenance=text) for one in plan.units)
    free: dict[str, Any] = {
        **dict.fromkeys(("currency", "solver", "method", "method_reason"), text),
        **{"warnings": (text,), "reasons": (text,), "holdings": holdings, "units": units},
        "cost_terms": {**plan.cost_terms, text: 0.0},
    }
    return replace(plan, **free)
