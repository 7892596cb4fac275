"""`planner sweep`: files, JSON, engines, and what is wrong with a sweep file, all at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import planner
from planner.app.cli.executors import UsageError
from planner.app.cli.main import app
from planner.core.errors import InstanceError
from planner.study.sweeps.spec import load_sweep
from tests.examples import INSTANCES, PRICE, SCALE


def spec(folder: Path, **changes: object) -> Path:
    """A sweep file of the hand-worked instance; JSON is YAML."""
    content = {
        "version": 1,
        "instance": str(INSTANCES / "tiny.yaml"),
        "inputs": {SCALE: [1.0, 2.0], PRICE: {"factors": [0.5, 1.0]}},
    }
    file = folder / "spec.yaml"
    file.write_text(json.dumps(content | changes))
    return file


def test_the_table_is_written_and_printed(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["sweep", str(spec(tmp_path)), "--workers", "1", "--json", "--quiet"])
    assert done.exit_code == 0, done.output
    rows = {(row[SCALE], row[PRICE]): row["cost"] for row in json.loads(done.stdout)}
    assert rows[1.0, 2.0] == pytest.approx(108)
    assert rows[1.0, 1.0] == pytest.approx(72)
    assert len((tmp_path / "spec.csv").read_text().splitlines()) == 5
    assert len((tmp_path / "spec.csv.journal.jsonl").read_text().splitlines()) == 4


def test_a_plan_to_start_from_is_read_first(tmp_path: Path) -> None:
    words = ["sweep", str(spec(tmp_path)), "--workers", "1", "--json", "--quiet", "--warm"]
    asked = CliRunner().invoke(app, [*words, str(tmp_path / "none.json")])
    assert isinstance(asked.exception, InstanceError), asked.output
    assert not (tmp_path / "spec.csv").exists()
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(planner.solve(planner.load(INSTANCES / "tiny.yaml")).to_dict()))
    done = CliRunner().invoke(app, [*words, str(plan)])
    assert done.exit_code == 0, done.output
    assert {row["status"] for row in json.loads(done.stdout)} == {"optimal"}


def test_options_say_how_cases_are_solved_where_the_file_is_not_to(tmp_path: Path) -> None:
    words = ["--solver", "cpsat", "--gap", "0", "--threads", "2", "--method", "direct", "--seed", "3"]
    words += ["--time-limit", "9", "--set", f"{SCALE}=0.5", "--workers", "1", "--json", "--quiet"]
    file = spec(tmp_path, inputs={PRICE: [2.0]}, overrides={"name": "renamed"}, gap=0.2)
    done = CliRunner().invoke(app, ["sweep", str(file), *words])
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert row["solver"].startswith("cpsat")
    half = planner.solve(planner.load(INSTANCES / "tiny.yaml", {SCALE: 0.5}))
    assert row["cost"] == pytest.approx(half.cost)
    loaded = load_sweep(file, {"gap": 0.0, "overrides": {SCALE: 0.5}})
    assert (loaded.spec.gap, loaded.instance.name) == (0.0, "renamed")
    assert loaded.instance.workloads["chat"].demand.scale == 0.5


@pytest.mark.parametrize(
    ("design", "changes", "count"),
    [
        ("grid", {}, 4),
        ("one_at_a_time", {}, 5),
        ("random", {"cases": 7, "inputs": {SCALE: {"low": 0.5, "high": 2.0}}}, 7),
        ("latin_hypercube", {"cases": 6, "inputs": {SCALE: {"low": 0.5, "high": 2.0, "relative": True}}}, 6),
        ("grid", {"inputs": {SCALE: {"low": 1.0, "high": 2.0, "steps": 11}}}, 11),
    ],
)
def test_every_design_makes_its_cases(
    tmp_path: Path, design: str, changes: dict[str, object], count: int
) -> None:
    loaded = load_sweep(spec(tmp_path, design=design, **changes))
    assert len(loaded.cases) == count
    values = [case[SCALE] for case in loaded.cases if SCALE in case]
    assert min(values) >= 0.5
    assert max(values) <= 2.0


def test_factors_multiply_what_the_instance_says_after_its_overrides(tmp_path: Path) -> None:
    loaded = load_sweep(spec(tmp_path, overrides={PRICE: 3.0}))
    assert sorted({case[PRICE] for case in loaded.cases}) == [1.5, 3.0]


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        ([1, 3], [1, 3]),
        ({"factors": [0.5, 2.0]}, [5, 20]),
        ({"low": 4, "high": 8, "steps": 3}, [4, 6, 8]),
        ({"low": 0.5, "high": 1.0, "steps": 2, "relative": True}, [5, 10]),
    ],
)
def test_counts_of_nodes_can_be_swept(tmp_path: Path, axis: object, values: list[int]) -> None:
    loaded = load_sweep(spec(tmp_path, inputs={"fleet.h800.rent.max_nodes": axis}))
    assert [case["fleet.h800.rent.max_nodes"] for case in loaded.cases] == values
    for case in loaded.cases:
        loaded.instance.override(case)


def test_every_fault_of_a_sweep_file_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(
        f"version: 1\ninstance: x.yaml\ndesing: grid\ngap: -1\ninputs:\n  {SCALE}: {{low: 2, high: 1}}\n"
    )
    with pytest.raises(InstanceError) as caught:
        load_sweep(file)
    told = str(caught.value)
    assert "spec.yaml:3:1: desing: unknown key; did you mean 'design'?" in told
    assert "spec.yaml:4:6: gap" in told
    assert "low 2.0 is not below high 1.0" in told


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"design": "random"}, "how many are to be drawn"),
        ({"cases": 3}, "takes no cases"),
        ({"design": "random", "cases": 3}, "draws from a range"),
        ({"inputs": {SCALE: {"low": 1.0, "high": 2.0}}}, "steps"),
        ({"inputs": {"name": {"factors": [1.0]}}}, "needs a number"),
        ({"inputs": {SCALE[:-1]: [1.0, 2.0]}}, "did you mean 'scale'"),
        ({"inputs": {PRICE: [-1.0, -2.0]}}, "-1 does not fit: write a number, 0 or more"),
        ({"inputs": {SCALE: {"low": 1, "high": 2, "steps": 10**9}}}, "scale.steps: 1000000000 does not fit"),
        (
            {"inputs": {SCALE: {"low": 1, "high": 2, "stebs": 3}}},
            "scale.stebs: unknown key; did you mean 'steps'",
        ),
        ({"inputs": {SCALE: {"factors": 3}}}, "scale.factors: 3 does not fit"),
        ({"inputs": {SCALE: 3}}, "does not read as a list of values, .factors"),
        (
            {"inputs": {path: {"low": 1, "high": 2, "steps": 1000} for path in (SCALE, PRICE)}},
            "inputs: make 1,000,000 cases, 100,000 are the most",
        ),
        ({"design": "random", "cases": 10**9}, "cases: 1000000000 does not fit"),
        ({"method": "guess"}, "method"),
        ({"threads": 0}, "threads"),
        ({"solver": "abacus"}, "abacus"),
    ],
)
def test_designs_and_inputs_that_do_not_fit(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(InstanceError, match=message):
        load_sweep(spec(tmp_path, **changes))


@pytest.mark.parametrize("arguments", [["--executor", "abacus"], ["--scheduler", "tcp://127.0.0.1:1"]])
def test_executors_that_do_not_fit_are_usage_errors(tmp_path: Path, arguments: list[str]) -> None:
    done = CliRunner().invoke(app, ["sweep", str(spec(tmp_path)), *arguments])
    assert isinstance(done.exception, UsageError)
