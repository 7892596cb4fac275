"""What ended a search, in words that say what happened."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

import planner
from planner.core.solution import Status
from planner.plan.ending import ending
from planner.verify.audit.rules_proof import LIMITS
from planner.view.reporting.console import render
from planner.view.reporting.story import proof
from tests.examples import small


@pytest.mark.parametrize("limit", LIMITS)
def test_every_ending_has_words(limit: str) -> None:
    told = ending(limit)
    assert told
    assert ("limit" in told) == (limit in ("time", "memory"))


def test_an_unconfirmed_claim_is_no_limit() -> None:
    plan = planner.solve(small(), planner.SolveOptions(solver="highs"))
    unsure = replace(plan, status=Status.FEASIBLE, limit="precision", bound=plan.cost * 0.9)
    told = "the engine finished, but its result could not be confirmed to the gap required"
    assert told in proof(unsure)
    console = Console(record=True, width=300, file=io.StringIO())
    console.print(render(unsure))
    assert told in console.export_text()
