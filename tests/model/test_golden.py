"""The formulation as LP files, one for each family: what a change of it changes is seen here before anywhere else."""

from __future__ import annotations

import difflib

import pytest

from planner.model.families import FAMILIES, name_of
from planner.view.exports.program import lp
from tests.examples import small
from tests.model.listing import program_for
from tests.project.golden import FOLDER, QUESTIONS


def test_every_family_has_its_file_and_no_file_is_left_over() -> None:
    assert set(QUESTIONS) == {name_of(family) for family in FAMILIES}
    assert {path.stem for path in FOLDER.glob("*.lp")} == set(QUESTIONS)


@pytest.mark.parametrize("family", QUESTIONS)
def test_the_program_is_the_one_that_was_looked_at(family: str) -> None:
    kept, now = (FOLDER / f"{family}.lp").read_text(), lp(small(QUESTIONS[family])).decode()
    difference = difflib.unified_diff(
        kept.splitlines(), now.splitlines(), "as kept", "as it is", lineterm="", n=1
    )
    assert kept == now, "\n".join(
        (
            f"the formulation of {family} changed; if it is meant: python -m tests.project.regenerate",
            *difference,
        )
    )


@pytest.mark.parametrize("family", QUESTIONS)
def test_the_instance_has_rows_of_its_family(family: str) -> None:
    assert any(of == family for of, _ in program_for(small(QUESTIONS[family])).index.rows)
