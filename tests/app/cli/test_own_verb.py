"""A verb is its file and its name in `VERBS`: one more is called, helped and in the list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import planner.app.cli
from planner.app.cli.main import VERBS, application
from tests.examples import INSTANCES

if TYPE_CHECKING:
    import typer

MINE = '''"""`planner peak_hours`: how many hours an instance has."""

from planner.app.cli.options import InstanceFile


def peak_hours(file: InstanceFile) -> None:
    """Count the periods of an instance."""
    from planner.app.cli.common import output, read_instance

    output().print(f"{read_instance(file, []).horizon.periods} periods")
'''


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """The command line with one more verb, out of a folder of its own."""
    (tmp_path / "peak_hours.py").write_text(MINE)
    monkeypatch.setattr(planner.app.cli, "__path__", [*planner.app.cli.__path__, str(tmp_path)])
    return application((*VERBS, "peak_hours"))


def test_one_more_verb_is_called_and_helped(mine: typer.Typer) -> None:
    said = CliRunner().invoke(mine, ["peak_hours", str(INSTANCES / "tiny.yaml")])
    assert (said.exit_code, said.stdout.strip()) == (0, "2 periods"), said.output
    assert "Count the periods" in CliRunner().invoke(mine, ["--help"]).stdout
    assert "Instance file" in CliRunner().invoke(mine, ["peak_hours", "--help"]).stdout


def test_every_verb_has_a_file_of_its_name() -> None:
    folder = Path(planner.app.cli.__file__).parent
    assert [name for name in VERBS if not (folder / f"{name}.py").is_file()] == []
