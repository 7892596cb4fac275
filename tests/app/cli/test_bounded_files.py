"""Files that `kernel` and `serve` are given: plain, no larger than is sensible, and told by name where they are not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from planner.app.cli.main import app
from planner.core.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = (
    ["kernel", "validate", "{file}"],
    ["kernel", "calibrate", "{file}", "--out", "{file}.out"],
    ["kernel", "validate", "--efficiencies", "{file}"],
    ["serve", "--token-file", "{file}"],
)


def refused(command: list[str], file: Path) -> str:
    done = CliRunner().invoke(app, [part.format(file=file) for part in command])
    told = done.output + str(done.exception)
    code = getattr(done.exception, "exit_code", done.exit_code)
    assert code == ExitCode.INVALID_INPUT, told
    return told


@pytest.mark.parametrize("command", COMMANDS)
def test_pipes_and_large_files_are_not_read(command: list[str], tmp_path: Path) -> None:
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    with large.open("wb") as stream:
        stream.truncate(50_000_000)
    assert "pipe" in refused(command, pipe)
    assert "larger than" in refused(command, large)
    assert "cannot read the file" in refused(command, tmp_path / "none")


@pytest.mark.parametrize("text", ["a: [", "- 1", "[" * 5000, "shared: 3", "\x00"])
def test_what_is_no_efficiency_file_is_reported(text: str, tmp_path: Path) -> None:
    file = tmp_path / "efficiency.yaml"
    file.write_text(text)
    assert "not an efficiency file" in refused(["kernel", "validate", "--efficiencies", "{file}"], file)
