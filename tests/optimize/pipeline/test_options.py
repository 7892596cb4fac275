"""Options of a solve that make no sense are refused before anything is solved."""

from __future__ import annotations

import math
from typing import Any

import pytest

import planner


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "best"},
        {"relative_gap": -1e-9},
        {"relative_gap": 1.5},
        {"relative_gap": math.nan},
        {"seed": -1},
        {"seed": 2**31},
        {"decomposition": {"bound": {"groups": 8000}}},
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        planner.SolveOptions(**wrong)
