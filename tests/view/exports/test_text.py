"""Cells that stay texts."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.core.visible import visible
from planner.view.exports.text import csv_of, inert

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "\0=1", "＝1")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_neutralised(text: str) -> None:
    assert inert(text).startswith("'")


def test_ordinary_texts_are_left_alone() -> None:
    assert inert("h800.decode.ep144") == "h800.decode.ep144"
    assert inert("2025-02-27T12:00+08:00") == "2025-02-27T12:00+08:00"
    assert inert("") == ""


def test_numbers_are_never_touched() -> None:
    frame = pd.DataFrame({"name": ["=1", "ok"], "cost": [-1.5, 2.0], "count": [-3, 4], "none": [None, "-x"]})
    assert csv_of(frame) == "name,cost,count,none\n'=1,-1.5,-3,\nok,2.0,4,'-x\n"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=20), min_size=1, max_size=5))
def test_any_text_comes_back_inert(texts: list[str]) -> None:
    written = csv_of(pd.DataFrame({"column": pd.Series(texts, dtype=object), "value": range(len(texts))}))
    rows = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert [row[1] for row in rows] == [str(place) for place in range(len(texts))]
    for text, row in zip(texts, rows, strict=True):
        kept = visible(text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"))
        assert row[0].lstrip("'") == kept.lstrip("'")
        assert not row[0].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
