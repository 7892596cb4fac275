"""A bound that only an engine beside the decomposition claims: solved once more before it is sold."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest

from planner.core.solution import Solution, Status
from planner.model.decode import cost_terms_of
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.process.bound_process import BoundProcess
from planner.optimize.decomposition.process.progress import RunProgress
from planner.optimize.decomposition.process.whole_model import WholeModel
from planner.optimize.engines import EngineOptions, confirm
from tests.optimize.decomposition.small import optimum_of, question

OPTIONS = EngineOptions(time_limit_s=60.0, relative_gap=1e-6, threads=1)


class Knows:
    """A process of the bound that has said no more than `bound`."""

    def __init__(self, bound: float) -> None:
        self.bound, self.infeasible, self.cutoffs = bound, False, 0

    def set_cutoff(self, *_: Any) -> None:
        self.cutoffs += 1


def progress_at(seed: int, known: float) -> RunProgress:
    """A run that holds the first plan of a question, and knows so much of its bound."""
    sets = question(seed, starts=True)
    progress = RunProgress(sets, OPTIONS, DEFAULTS.run, cast("BoundProcess", Knows(known)), None, None)
    progress.take(WholeModel(sets).first_plan(10.0))
    return progress


@pytest.mark.parametrize("seed", [4, 5])
def test_a_false_optimum_of_an_engine_is_found_out(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm, "LEAST_CHECK_S", 60.0)  # however slow the machine is
    progress, right = progress_at(seed, -math.inf), optimum_of(seed, starts=True)
    assert progress.cost > right * (1 + 1e-3)  # the first plan is not the best
    progress.raise_engine_bound(progress.cost)
    found = progress.outcome()
    assert found.solution.cost == pytest.approx(right)
    assert found.solution.bound == pytest.approx(right)
    assert found.values is not None
    assert sum(cost_terms_of(progress.sets, found.values).values()) == pytest.approx(right)
    assert any("claims a bound" in remark for remark in found.solution.remarks), found.solution.remarks


def test_what_an_engine_ended_with_stands_for_what_it_said_before() -> None:
    progress = progress_at(4, -math.inf)
    progress.raise_engine_bound(1e9)
    word: dict[str, Any] = {
        "limit": None,
        "seconds": 1.0,
        "engine": "highs",
        "engine_version": "",
        "threads": 1,
    }
    progress.conclude(Solution(Status.OPTIMAL, None, progress.cost, progress.cost / 2, seed=0, **word))
    assert progress.engine_bound == progress.cost / 2
    assert progress.outcome().solution.status is Status.FEASIBLE


def test_a_bound_of_the_hours_needs_no_second_run(monkeypatch: pytest.MonkeyPatch) -> None:
    progress = progress_at(4, 1e9)
    monkeypatch.setattr(WholeModel, "confirmed", None)
    assert progress.outcome().solution.status is Status.OPTIMAL
