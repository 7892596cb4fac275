"""What surrounds the command may be odd: closed, full or narrow streams, odd names, places that cannot be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from planner.app.cli.main import app
from planner.app.cli.plan_folder import write_plan
from planner.core.errors import Fault, InstanceError, words_of_internal
from planner.core.visible import on_one_line, visible
from tests.views.small_plans import solved

if TYPE_CHECKING:
    from collections.abc import Mapping

TINY = "instances/tiny.yaml"
SOLVE = f"planner solve {TINY} --solver highs"
FEWER = ("--set", "fleet.h800.rent.max_nodes=1", "--set", "fleet.h800.reserve.max_nodes=2")


def shell(line: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell in which `planner` is this program."""
    text = line.replace("planner ", f"{sys.executable} -m planner ")
    whole = ["bash", "-c", f"set -o pipefail; {text}"]
    return subprocess.run(
        whole, capture_output=True, env={**os.environ, **(more or {})}, timeout=120, check=False
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_unicode_gets_letters(encoding: str) -> None:
    done = shell(f"{SOLVE} -q", {"PYTHONIOENCODING": encoding})
    assert done.returncode == 0, done.stderr
    assert b"held   #=" in done.stdout
    assert "\u2588".encode() not in done.stdout


def test_closed_streams_change_no_exit_code() -> None:
    assert shell(f"{SOLVE} 2>&-").returncode == 0
    assert shell(f"{SOLVE} -q >&-").returncode == 0
    assert shell("planner solve nowhere.yaml 2>&-").returncode == 3


def test_a_reader_that_goes_away_changes_no_exit_code(tmp_path: Path) -> None:
    done = shell(f"{SOLVE} --json --out {tmp_path}/x | head -1")
    assert (done.returncode, done.stdout.strip()) == (0, b"{")
    assert (tmp_path / "x" / "plan.json").is_file()
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_under_the_output_is_reported() -> None:
    done = shell(f"{SOLVE} -q --json > /dev/full")
    assert done.returncode == 3
    assert b"standard output: cannot write" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("more", ["2>/dev/full", "2</dev/null", "--events 2>/dev/full"])
def test_what_cannot_be_said_on_stderr_costs_no_plan(more: str) -> None:
    done = shell(f"{SOLVE} {more}")
    assert done.returncode == 0
    assert b"108.00 USD, proven no lower than 108.00" in done.stdout


def test_brackets_in_names_of_files_stay(tmp_path: Path) -> None:
    folder = tmp_path / "a[red]b"
    folder.mkdir()
    (folder / "t[x].yaml").write_text(Path(TINY).read_text(encoding="utf-8"), encoding="utf-8")
    done = CliRunner().invoke(app, ["solve", str(folder / "t[x].yaml"), "--out", str(folder / "[" / "o]")])
    assert done.exit_code == 0, done.output
    assert f"{folder}/t[x].yaml" in done.output.replace("\n", "")
    assert f"{folder}/[/o]/plan.json" in done.output.replace("\n", "")


@pytest.mark.parametrize("place", ["file", "file/inside"])
def test_out_is_tried_before_the_solve(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr("planner.optimize.pipeline.solve", lambda *_, **__: pytest.fail("it solves first"))
    done = CliRunner().invoke(app, ["solve", TINY, "--out", f"{tmp_path}/{place}"])
    assert isinstance(done.exception, InstanceError)
    assert "cannot write here" in str(done.exception)


def test_a_plan_that_cannot_be_written_is_shown_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> list[Path]:
        raise InstanceError([Fault("cannot write: No space left on device")])

    monkeypatch.setattr("planner.app.cli.plan_folder.write_plan", full)
    done = CliRunner().invoke(app, ["solve", TINY, "-q", "--json", "--out", str(tmp_path)])
    assert json.loads(done.stdout)["cost"] == 108.0
    assert "No space left" in str(done.exception)


def test_tables_of_an_older_plan_go_and_files_of_the_user_stay(tmp_path: Path) -> None:
    sheds, infeasible = solved("sheds")[1], solved("infeasible")[1]
    write_plan(sheds, tmp_path)
    assert (tmp_path / "shed.csv").is_file()
    for name, text in (("mine.csv", "period,cost\n"), ("units.csv", "my own\n"), ("notes.txt", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    write_plan(infeasible, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "mine.csv",
        "notes.txt",
        "plan.json",
        "units.csv",
    ]
    (tmp_path / "plan.json").write_text("no plan", encoding="utf-8")
    (tmp_path / "fleet.csv").write_text("whose?\n", encoding="utf-8")
    write_plan(infeasible, tmp_path)
    assert (tmp_path / "fleet.csv").is_file()


def test_control_characters_are_shown() -> None:
    assert visible("a\x1b[31m\u202eb\nc\td") == "a\\x1b[31m\\u202eb\nc\td"
    assert on_one_line("a\nb\ud800") == "a\\nb\\ud800"
    assert visible("\u6df1\u5ea6 caf\u00e9 \u2588") == "\u6df1\u5ea6 caf\u00e9 \u2588"
    done = shell("planner solve $'no\\x1b[31mwhere\\n.yaml'")
    assert done.returncode == 3
    assert b"no\\x1b[31mwhere\\n.yaml: cannot read" in done.stderr


def test_an_internal_error_says_where_and_what_to_report() -> None:
    try:
        visible(None)  # type: ignore[arg-type]
    except AttributeError as error:
        words = words_of_internal(error, "PLANNER_DEBUG")
    first, second = words.splitlines()
    assert first.startswith("internal error: AttributeError: ")
    assert "planner/core/visible.py:" in first
    assert "please report" in second
    assert "PLANNER_DEBUG=1" in second
