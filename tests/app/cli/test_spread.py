"""What a shell makes of patterns without quotes is read as it was meant, or said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typer

from planner.app.cli.main import application
from planner.app.cli.spread import spread
from tests.app.cli.commands import run_here

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = typer.main.get_command(application(("init", "backtest"))).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("verb", "typed", "read"),
    [
        ("init", "--from-log a b --force --out c", "--from-log a --from-log b --force --out c"),
        ("init", "--hardware h100 h200 --model m", "--hardware h100 --hardware h200 --model m"),
        ("init", "--model m n", "--model m n"),
        ("backtest", "f --history a b c --json", "f --history a --history b --history c --json"),
        ("backtest", "--history a f", "--history a f"),
        ("backtest", "f --history=a b", "f --history=a b"),
    ],
)
def test_words_behind_an_option_of_several_values_are_values_too(verb: str, typed: str, read: str) -> None:
    assert spread(typed.split(), COMMANDS[verb].params) == read.split()


def test_files_of_a_pattern_without_quotes_are_read(tmp_path: Path) -> None:
    for place in range(3):
        (tmp_path / f"run_{place}.json").write_text("{}")
    files = sorted(map(str, tmp_path.glob("run_*.json")))
    done = run_here("init", "--load-test", *files, "--out", str(tmp_path / "a.yaml"))
    assert done.returncode == 3
    assert all(file in done.stderr.replace("\n", "") for file in files)
