"""Every format lands where it was asked for, and says again what the plan says."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import highspy
import pandas as pd
import pytest
from typer.testing import CliRunner

import planner
from planner.app.cli.main import app
from planner.app.cli.plan_folder import write_plan
from planner.core.errors import InstanceError
from planner.plan.plan import Plan
from planner.view.exports import FORMATS, export
from tests.examples import small
from tests.view.exports.plans import solved

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_written(kind: str, tmp_path: Path) -> None:
    _, plan = solved("reserved and hired")
    files = export(plan, kind, tmp_path / "out")
    assert files
    assert all(file.stat().st_size > 0 for file in files)
    assert all(stat.S_IMODE(file.stat().st_mode) & 0o044 for file in files)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(files)


@pytest.mark.parametrize(
    ("kind", "name"), [("quotes", "q.json"), ("xlsx", "plan.XLS"), ("focus", "rows.xlsx"), ("lp", "a.mps")]
)
def test_a_name_that_promises_another_kind_of_file_is_refused(kind: str, name: str, tmp_path: Path) -> None:
    _, plan = solved("reserved and hired")
    with pytest.raises(
        InstanceError, match=f"--{kind} .*{name}: what is written is no .* file: give it the suffix"
    ):
        export(plan, kind, tmp_path / name)
    write_plan(plan, tmp_path / "out")
    before = sorted(tmp_path.iterdir())
    asked = [
        "export",
        str(tmp_path / "out"),
        "--json",
        str(tmp_path / "p.json"),
        f"--{kind}",
        str(tmp_path / name),
    ]
    assert CliRunner().invoke(app, asked).exit_code != 0
    assert sorted(tmp_path.iterdir()) == before  # nor is anything else written


def test_tables_say_the_same_in_csv_and_parquet(tmp_path: Path) -> None:
    _, plan = solved("reserved and hired")
    export(plan, "csv", tmp_path / "csv")
    export(plan, "parquet", tmp_path / "parquet")
    for name in ("fleet", "units", "served", "hours"):
        ours = plan.frame(name)
        read = pd.read_csv(tmp_path / "csv" / f"{name}.csv")
        if "period" in read:
            assert read["period"].tolist() == [one.isoformat(timespec="minutes") for one in ours["period"]]
            read["period"] = pd.to_datetime(read["period"])
        pd.testing.assert_frame_equal(read, ours, check_dtype=False)
        pd.testing.assert_frame_equal(
            pd.read_parquet(tmp_path / "parquet" / f"{name}.parquet"), ours, check_dtype=False
        )


def test_json_is_the_plan(tmp_path: Path) -> None:
    _, plan = solved("reserved and hired")
    (file,) = export(plan, "json", tmp_path / "plan.json")
    assert Plan.from_dict(json.loads(file.read_text(encoding="utf-8"))) == plan


@pytest.mark.parametrize("kind", ["lp", "mps"])
def test_another_solver_finds_the_same_cost(kind: str, tmp_path: Path) -> None:
    _, plan = solved("reserved and hired")
    (file,) = export(plan, kind, tmp_path / f"program.{kind}")
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(file)) != highspy.HighsStatus.kError
    solver.run()
    assert solver.getObjectiveValue() == pytest.approx(plan.cost)


def test_what_needs_an_instance_says_so(tmp_path: Path) -> None:
    _, plan = solved("reserved and hired")
    with pytest.raises(InstanceError, match="give it too"):
        export(replace(plan, question={}), "lp", tmp_path / "x.lp")


def test_an_infeasible_answer_has_nothing_to_export(tmp_path: Path) -> None:
    plan = planner.solve(small({"fleet.h800.rent.max_nodes": 1, "fleet.h800.reserve.max_nodes": 1}))
    with pytest.raises(InstanceError, match="no plan to export"):
        export(plan, "focus", tmp_path / "x.csv")


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    _, plan = solved("reserved and hired")
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(InstanceError, match="cannot write"):
        export(plan, "json", tmp_path / "file" / "plan.json")
    with pytest.raises(InstanceError, match="cannot write"):
        export(plan, "json", tmp_path / ("x" * 5000))


def test_the_names_in_a_plan_never_become_paths(tmp_path: Path) -> None:
    _, plan = solved("reserved and hired")
    hostile = replace(plan, instance="../../x", units=tuple(replace(u, unit="../../y") for u in plan.units))
    (tmp_path / "in").mkdir()
    for kind in ("csv", "focus", "xlsx", "json"):
        export(hostile, kind, tmp_path / "in" / kind)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_the_verb(tmp_path: Path) -> None:
    _, plan = solved("reserved and hired")
    write_plan(plan, tmp_path / "out")
    asked = [
        "export",
        str(tmp_path / "out"),
        "--focus",
        str(tmp_path / "f.csv"),
        "--csv",
        str(tmp_path / "t"),
    ]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "t" / "hours.csv").exists()
    nothing = CliRunner().invoke(app, ["export", str(tmp_path / "out")])
    assert nothing.exit_code == 2
