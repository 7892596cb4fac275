"""What a person reads of vendors, lending, commitments and signings."""

from __future__ import annotations

import io

from rich.console import Console

import planner
from planner.plan.tables import rows_of
from planner.view.reporting.console import render
from tests.market.in_process import solve_here


def text_of(path: str) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(render(solve_here(planner.load(path))))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_lending_and_vendors_are_shown() -> None:
    night = text_of("instances/day_night.yaml")
    assert "Lent" in night
    assert "training" in night
    assert "9,984.00" in night
    assert "100.0%" in text_of("instances/appliance.yaml")


def test_stages_are_shown_as_what_to_sign_when() -> None:
    text = text_of("instances/build_up.yaml")
    assert "What to sign when" in text
    assert "second_half_2025 2025-01-06T00:00+08:00" in text
    assert "What to sign when" not in text_of("instances/tiny.yaml")


def test_tables_hold_every_record() -> None:
    night = solve_here(planner.load("instances/day_night.yaml"))
    assert sum(row["credit"] for row in rows_of(night, "lent")) == -night.cost_terms["lending"]
    assert rows_of(night, "signed") == []  # they are there already
    bought = solve_here(planner.load("instances/appliance.yaml"))
    assert len(rows_of(bought, "outsourced")) == 24
    day = solve_here(planner.load("instances/peers/commitments_day.yaml"))
    assert sum(row["cost"] for row in rows_of(day, "committed")) == day.cost_terms["spend_commitment"]
