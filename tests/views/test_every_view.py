"""Every view and export of every kind of plan works, of plans that are none too: none ends in an internal error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.views.every_view import ELSEWHERE, ON_A_PLAN, QUICK, SOLVES, failures, verb_names
from tests.views.small_plans import QUESTIONS, solved

if TYPE_CHECKING:
    from pathlib import Path

THAT_SOLVE = ("scenarios, averse", "stages and scenarios", "everything", "earns", "no demand", "infeasible")


def test_every_verb_is_asked_here_or_elsewhere() -> None:
    assert verb_names() == set(ON_A_PLAN) | ELSEWHERE


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_view(name: str, tmp_path: Path) -> None:
    assert failures(*solved(name), tmp_path, QUICK) == []


@pytest.mark.parametrize("name", THAT_SOLVE)
def test_every_verb_that_solves(name: str, tmp_path: Path) -> None:
    assert failures(*solved(name), tmp_path, SOLVES) == []
