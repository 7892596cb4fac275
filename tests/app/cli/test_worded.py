"""Values that options cannot take are told in words of one's own, whatever library reads the options."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from typer.testing import CliRunner

from planner.app.cli.main import app
from planner.app.cli.worded import words_of


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["roll", "x.yaml", "--came", "y.csv", "--every", "0"], "--every"),
        (["solve", "x.yaml", "--max-nodes-moved", "-1"], "--max-nodes-moved"),
        (["solve", "x.yaml", "--seed", "x"], "--seed"),
        (["solve", "x.yaml", "--method", "magic"], "--method"),
        (["sensitivity", "tornado", "x.yaml", "--workers", "0"], "--workers"),
    ],
)
def test_no_option_speaks_in_the_words_of_a_library(words: list[str], option: str) -> None:
    done = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert option in done.output
    assert "Input should" not in done.output


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (Annotated[int, Field(ge=1)], "0", "0 does not fit: give 1 or more"),
        (Annotated[int, Field(le=8)], "9", "9 does not fit: give 8 or less"),
        (Annotated[float, Field(gt=0.5)], "0.5", "0.5 does not fit: give more than 0.5"),
        (int, "x", "x does not fit: give a whole number"),
        (int, "1.5", "1.5 does not fit: give a whole number"),
        (float, "", " does not fit: give a number"),
        (Literal["auto", "direct"], "magic", "magic does not fit: give one of 'auto' or 'direct'"),
        (bytes, 1, "1 does not fit: give what --help says"),
    ],
)
def test_what_to_give_is_said(kind: Any, given: Any, told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(given)
    assert words_of(caught.value.errors()[0]) == told
