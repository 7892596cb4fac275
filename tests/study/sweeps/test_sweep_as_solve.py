"""A sweep takes what a solve takes: constraints of the user's own, and a plan to start from."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import planner
from planner.study.sweeps import solving
from planner.study.sweeps.case import CaseTask
from planner.study.sweeps.solving import SolvedCase, nearest
from tests.examples import SCALE, small

if TYPE_CHECKING:
    from planner.core.executors.local import LocalExecutor
    from planner.model import Model

EXACT = planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1)
CASES = {SCALE: [1.0, 0.5]}


def even(model: Model) -> None:
    """As many prefill units in every hour."""
    first, *others = model.find("on", unit="prefill").values()
    for place, running in enumerate(others):
        model.problem += running == first, f"even_{place}"


def test_every_case_keeps_constraints_of_ones_own(executor: LocalExecutor) -> None:
    instance = small()
    single = [
        planner.solve(instance.override({SCALE: scale}), EXACT, customize=even).cost for scale in CASES[SCALE]
    ]
    models = []

    def seen(model: Model) -> None:  # no other process could import it
        even(model)
        models.append(model)

    here = planner.sweep(instance, CASES, EXACT, customize=seen)
    there = planner.sweep(instance, CASES, EXACT, customize=even, executor=executor)
    assert here["cost"].tolist() == pytest.approx(single) == there["cost"].tolist()
    assert len(models) == 2
    assert here["reason"].str.contains("2 constraints of its own: even_0, even_1").all()


def test_what_workers_cannot_import_and_a_journal_cannot_tell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(planner.PlannerError, match="put the function into a module"):
        planner.sweep(small(), CASES, EXACT, customize=lambda model: None, workers=2)
    with pytest.raises(planner.PlannerError, match="leave out `journal`"):
        planner.sweep(small(), CASES, EXACT, customize=even, journal=tmp_path / "j.jsonl")
    assert not any(tmp_path.iterdir())


def test_a_plan_to_start_from_counts_as_that_of_the_instance_itself() -> None:
    own, other = planner.solve(small(), EXACT), planner.solve(small(), EXACT)
    task = CaseTask("base", {SCALE: 1.1}, EXACT, start=own)
    assert nearest(task, deque()) is own
    assert nearest(task, deque([SolvedCase("base", {SCALE: 1.2}, other)])) is other
    assert nearest(task, deque([SolvedCase("base", {SCALE: 9.0}, other)])) is other
    assert nearest(task, deque([SolvedCase("another base", {SCALE: 1.1}, other)])) is own


@pytest.mark.parametrize("warm_start", [True, False])
def test_a_case_begins_with_it(warm_start: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[Any] = []
    start = planner.solve(small(), EXACT)

    def solve(instance: planner.Instance, options: planner.SolveOptions, **given: Any) -> planner.Plan:
        began.append(given["start"])
        return planner.solve(instance, options)

    monkeypatch.setattr(solving, "solve", solve)
    # with a function of its own a sweep is solved in this process
    how: dict[str, Any] = {"start": start, "warm_start": warm_start, "customize": even}
    table = planner.sweep(small(), [{}], EXACT, **how)
    assert table["status"].tolist() == ["optimal"]
    assert began == [start]
