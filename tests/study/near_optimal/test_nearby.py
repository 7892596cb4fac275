"""Plans near the cheapest: what is held, by hand, and alternatives where a search of everything finds nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import planner
from planner.core.solution import Status
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.engines import program_of
from planner.rates.compute import compute_rates
from planner.study.near_optimal import AlternativeOptions, alternatives, search
from planner.study.near_optimal.nearby import held_columns
from planner.view.reporting.alternatives import render_alternatives
from planner.view.reporting.terminal import Terminal
from tests.examples import small

TINY = Path(__file__).parents[3] / "instances" / "tiny.yaml"
OPTIONS = AlternativeOptions(
    time_limit_s=10, solve=planner.SolveOptions(solver="highs", relative_gap=1e-6, threads=1)
)


def of_hardware(count: int) -> list[set[str]]:
    """Units held, by the hardware they lie on, in each part that is searched."""
    rent = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 10}}
    instance = small({"fleet": dict.fromkeys(("h100", "h200", "h800")[:count], rent)})
    sets = sets_of(instance, compute_rates(instance))
    program = program_of(build(sets, "parts"))
    unit = program.index.column_grid((len(sets.units), sets.periods), "on")
    found = []
    for held in held_columns(sets, program):
        rows = np.flatnonzero(held[unit].all(axis=1))
        assert (held.sum(), held[unit].any(axis=1).sum()) == (len(rows) * sets.periods, len(rows))
        found.append({sets.hardware[sets.hardware_of[row]] for row in rows.tolist()})
    return found


@pytest.mark.parametrize(
    ("count", "held"),
    [
        (1, [{"h100"}]),
        (2, [{"h100", "h200"}, {"h200"}, {"h100"}]),
        (3, [{"h100", "h200", "h800"}, {"h800"}, {"h200"}, {"h100"}]),
    ],
)
def test_units_of_other_hardware_run_as_they_do(count: int, held: list[set[str]]) -> None:
    assert of_hardware(count) == held


SOLVE = search._solve


def test_a_plan_near_the_cheapest_is_told_where_a_search_of_everything_finds_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def solve(asked: Any, program: Any, limit: float, start: Any, confirm: bool = True) -> Any:
        units = program.index.column_block("on", 2).number
        solution = SOLVE(asked, program, limit, start, confirm)
        held = (program.lower[units] == program.upper[units]).all()
        return solution if held else replace(solution, values=None, status=Status.NO_PLAN, bound=-np.inf)

    monkeypatch.setattr(search, "_solve", solve)
    found = alternatives(planner.load(TINY), slack=0.20, options=OPTIONS)
    (entry,) = found.found
    # one of three reserved nodes is hired instead: 20 less committed for 12 more
    assert (entry.measure, entry.best_measure) == pytest.approx((40.0, 60.0))
    assert entry.plan.cost == pytest.approx(120.0)
    assert (entry.optimal, entry.measure_bound) == (False, -np.inf)
    assert entry.to_dict()["measure_bound"] is None
    before = {one.unit: one.on for one in found.best.units}
    assert {one.unit: one.on for one in entry.plan.units} == before


@pytest.mark.parametrize(
    ("slack", "words"), [(0.0, "best there is, as the cheapest plan"), (0.2, "best there is")]
)
def test_the_table_says_where_a_goal_gets_no_better_plan(slack: float, words: str) -> None:
    found = alternatives(planner.load(TINY), slack=slack, options=OPTIONS)
    terminal = Terminal(width=200, record=True)
    terminal.print(render_alternatives(found))
    text = terminal.export_text()
    assert words in text
    assert ("as the cheapest plan" in text) == (slack == 0.0)
