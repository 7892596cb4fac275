"""Sweeps: every case a row, each solved once, faults and limits as reasons."""

from __future__ import annotations

import os

import pandas as pd
import pytest

import planner
from planner.optimize.engines import CancelToken
from planner.study.sweeps import SweepProgress, sweep
from planner.study.sweeps.solving import distance
from planner.study.sweeps.workers import room
from tests.examples import PRICE, SCALE


def test_costs_follow_the_hand_worked_optimum(tiny, executor) -> None:
    table = sweep(tiny, {PRICE: [1.0, 2.0]}, executor=executor)
    # at 1 USD a GPU-hour hiring a node for both hours costs 16, reserving it 20: 6 + 3 node-hours are hired;
    # at 2 USD the optimum is 108 (tiny.yaml)
    assert table["cost"].tolist() == pytest.approx([(6 + 3) * 8.0, 108.0])
    assert table["status"].tolist() == ["optimal", "optimal"]
    assert table["nodes.h800.rent"].tolist()[1] == 3


def test_equal_cases_are_solved_once_and_each_has_its_row(tiny, executor, tmp_path) -> None:
    seen: list[SweepProgress] = []
    journal = tmp_path / "j.jsonl"
    table = sweep(
        tiny,
        [{}, {SCALE: 1.0}, {SCALE: 1}, {PRICE: 3}],
        executor=executor,
        journal=journal,
        on_progress=seen.append,
    )
    assert len(table) == 4
    assert len(journal.read_text().splitlines()) == 2
    assert sorted(step.done for step in seen) == [1, 2, 3, 4]
    assert table["cost"][:3].tolist() == [108.0] * 3


def test_a_bad_case_is_a_row_with_its_reason(tiny, executor) -> None:
    cases = [
        {SCALE: -1.0},
        {"workloads.chat.demand.scal": 2.0},
        {SCALE: 100.0},
        {"deployments.0.rate_tokens_per_s": {"chat": 900}},
    ]
    table = sweep(tiny, cases, executor=executor)
    assert table["status"].tolist() == ["invalid", "invalid", "infeasible", "optimal"]
    assert "write a number, above 0" in table["reason"][0]
    assert "did you mean 'scale'" in table["reason"][1]
    assert table["reason"][2]
    assert table["cost"].notna().tolist() == [False, False, False, True]


def test_an_unknown_engine_fails_every_case_but_not_the_sweep(tiny, executor) -> None:
    options = planner.SolveOptions(solver="abacus", threads=1)
    table = sweep(tiny, [{}], options, executor=executor)
    assert table["status"].tolist() == ["failed"]
    assert "abacus" in table["reason"][0]


@pytest.mark.parametrize(
    "options",
    [
        planner.SolveOptions(relative_gap=0.0),
        planner.SolveOptions(relative_gap=0.0, solver="cpsat", threads=2, seed=7),
        planner.SolveOptions(relative_gap=0.0, solver="highs", method="decompose"),
    ],
    ids=["race", "cpsat on two threads", "decompose"],
)
def test_cases_are_solved_as_the_options_of_solve_say(tiny, options: planner.SolveOptions) -> None:
    table = sweep(tiny, {SCALE: [1.0]}, options, workers=1)
    plan = planner.solve(tiny, options)
    assert table["cost"].tolist() == [108.0] == [plan.cost]
    assert table["method"][0] == plan.method
    if options.solver != "race":
        assert table["solver"][0] == plan.solver


def test_the_processors_are_shared_by_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)))
    assert [room(threads) for threads in (1, 4, 40)] == [16, 4, 1]


def test_frames_of_samples_and_tables_on_disk(tiny, executor, tmp_path) -> None:
    samples = pd.DataFrame({SCALE: [0.5, 1.0], PRICE: [2.0, 4.0]})
    table = sweep(tiny, samples, executor=executor, out=tmp_path / "t.csv")
    parquet = sweep(tiny, samples, executor=executor, out=tmp_path / "t.parquet")
    assert pd.read_csv(tmp_path / "t.csv")["cost"].tolist() == table["cost"].tolist()
    assert pd.read_parquet(tmp_path / "t.parquet")["cost"].tolist() == parquet["cost"].tolist()


def test_a_cancelled_sweep_returns_the_rows_so_far(tiny, executor) -> None:
    cancel = CancelToken()
    table = sweep(
        tiny,
        {SCALE: [0.5 + 0.01 * step for step in range(60)]},
        executor=executor,
        cancel=cancel,
        on_progress=lambda step: cancel.cancel(),
    )
    assert 1 <= len(table) < 60


def test_distance_is_relative_and_counts_what_is_missing() -> None:
    assert distance({"a": 1.0}, {"a": 1.0}) == 0
    assert distance({"a": 1.0}, {"a": 2.0}) == 0.5
    assert distance({"a": 1.0, "b": "x"}, {"a": 1.0}) == 1.0
