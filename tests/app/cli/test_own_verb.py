"""A verb is its file and its name in `VERBS`: one more is called, helped and in the list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import planner.app.cli
from planner.app.cli.main import VERBS, application
from tests.examples import INSTANCES

if TYPE_CHECKING:
    import typer

MINE = '''"""`planner verdict`: a plan, what it costs, whether it holds and why."""

from pathlib import Path
from typing import Annotated

import typer

from planner.app.cli.options import InstanceFile


def verdict(file: InstanceFile, out: Annotated[Path, typer.Option(help="Where the plan goes.")]) -> None:
    """Solve an instance, audit the plan, explain it and export it."""
    import planner
    from planner.app.cli.common import output, read_instance

    instance = read_instance(file, [])
    plan = planner.solve(instance)
    held = "holds" if planner.check(instance, plan).passed else "does not hold"
    hours = len(planner.explain(instance, plan).hours)
    planner.export(plan, "json", out, instance=instance)
    output().print(f"{plan.cost:.0f} {plan.currency}, {held}, {hours} hours explained")
'''


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """The command line with one more verb, out of a folder of its own."""
    (tmp_path / "verdict.py").write_text(MINE)
    monkeypatch.setattr(planner.app.cli, "__path__", [*planner.app.cli.__path__, str(tmp_path)])
    return application((*VERBS, "verdict"))


def test_one_more_verb_solves_audits_explains_exports_and_is_helped(
    mine: typer.Typer, tmp_path: Path
) -> None:
    out = tmp_path / "plan.json"
    said = CliRunner().invoke(mine, ["verdict", str(INSTANCES / "tiny.yaml"), "--out", str(out)])
    assert (said.exit_code, said.stdout.strip()) == (0, "108 USD, holds, 2 hours explained"), said.output
    assert json.loads(out.read_text())["cost"] == 108.0
    assert "Solve an instance, audit the plan" in CliRunner().invoke(mine, ["--help"]).stdout
    assert "Instance file" in CliRunner().invoke(mine, ["verdict", "--help"]).stdout


def test_every_verb_has_a_file_of_its_name() -> None:
    folder = Path(planner.app.cli.__file__).parent
    assert [name for name in VERBS if not (folder / f"{name}.py").is_file()] == []
