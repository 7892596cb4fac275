"""`--warm` with plans that are of another instance, of another grid, damaged or none: told in words, never trusted."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import planner
from planner.app.cli.main import app
from planner.core.errors import InstanceError
from tests.examples import plain

LIMITED = ("--max-nodes-moved", "1")


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return planner.solve(
        planner.from_dict(plain()), planner.SolveOptions(solver="highs", threads=1)
    ).to_dict()


def asked(folder: Path, record: Any, changes: dict[str, Any], *words: str) -> tuple[int, str]:
    """Exit code and all that is printed."""
    (folder / "question.yaml").write_text(yaml.safe_dump(plain(changes)))
    (folder / "plan.json").write_text(record if isinstance(record, str) else json.dumps(record))
    line = [
        "solve",
        str(folder / "question.yaml"),
        "-q",
        "--solver",
        "highs",
        "--warm",
        str(folder / "plan.json"),
    ]
    return ended(*line, *words)


def ended(*words: str) -> tuple[int, str]:
    """Exit code and all that is printed; faults are told by the process, with code 3."""
    done = CliRunner().invoke(app, words)
    if isinstance(done.exception, InstanceError):
        return 3, str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, " ".join(done.output.split())


def test_a_plan_of_another_instance_is_told_and_costs_nothing(record: dict[str, Any], tmp_path: Path) -> None:
    fleet = {"h200": plain()["fleet"]["h800"]}
    changes = {"fleet": fleet, "deployments": [one | {"hardware": "h200"} for one in plain()["deployments"]]}
    code, told = asked(tmp_path, record, changes)
    assert code == 0
    assert "none of its units and channels is of this instance: the search begins without it" in told


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({"horizon.period_hours": 0.5}, "the earlier plan has 3 periods of 1 h, the horizon has 3 of 0.5 h"),
        (
            {
                "horizon.periods": 2,
                "workloads.chat.demand": {"input_tokens_per_s": 900.0, "output_tokens_per_s": 150.0},
            },
            "the earlier plan has 3 periods of 1 h, the horizon has 2 of 1 h",
        ),
    ],
)
def test_a_plan_of_another_grid_may_begin_a_search_and_limit_no_change(
    changes: dict[str, Any], ours: str, record: dict[str, Any], tmp_path: Path
) -> None:
    code, told = asked(tmp_path, record, changes)
    assert (code, f"{ours}: the search begins with what has the same position" in told) == (0, True)
    code, told = asked(tmp_path, record, changes, *LIMITED)
    assert (code, f"limits on change compare pools period by period: {ours}" in told) == (3, True)


def test_a_plan_that_an_instance_names_is_of_its_grid(record: dict[str, Any], tmp_path: Path) -> None:
    """It has as many periods, half as long: its pools were once compared with those of other hours."""
    changes = {"horizon.period_hours": 0.5, "limits.change": {"plan": "plan.json", "max_nodes_moved": 1}}
    (tmp_path / "plan.json").write_text(json.dumps(record))
    (tmp_path / "question.yaml").write_text(yaml.safe_dump(plain(changes)))
    code, told = ended("validate", str(tmp_path / "question.yaml"))
    assert (code, "its periods are of 1 h, those of the horizon of 0.5 h" in told) == (3, True)


def damaged(change: Any) -> Any:
    def made(record: dict[str, Any]) -> dict[str, Any]:
        record = copy.deepcopy(record)
        change(record)
        return record

    return made


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        (lambda record: json.dumps(record)[:300], "plan.json:1:"),
        (lambda record: "", "plan.json"),
        (lambda record: "[]", "plan.json"),
        (damaged(lambda record: record["units"][0].update(on=[-5] * 3)), "units[0].on[0]: is -5"),
        (damaged(lambda record: record["units"][0].update(on=[1] * 5)), "units[0].on: has 5 values"),
        (damaged(lambda record: record["holdings"][0].update(nodes=-3)), "holdings[0].nodes: is -3"),
        (damaged(lambda record: record.pop("periods")), "periods: is missing"),
    ],
)
def test_a_damaged_plan_is_refused_with_its_place(
    damage: Any, place: str, record: dict[str, Any], tmp_path: Path
) -> None:
    code, told = asked(tmp_path, damage(record), {}, *LIMITED)
    assert (code, place in told) == (3, True), told


@pytest.mark.parametrize("large", [10**6, 10**9])
def test_a_plan_far_beyond_all_limits_changes_no_optimum(
    large: int, record: dict[str, Any], tmp_path: Path
) -> None:
    record = copy.deepcopy(record)
    for unit in record["units"]:
        unit["on"] = [large] * 3
    for holding in record["holdings"]:
        holding["nodes"] = large
    plan = planner.Plan.from_dict(record)
    options = planner.SolveOptions(solver="highs", threads=1, relative_gap=0.0)
    again = planner.solve(planner.from_dict(plain()), options, start=plan)
    assert again.cost == pytest.approx(planner.solve(planner.from_dict(plain()), options).cost)
