"""A format is one file of its folder: one more is an option, an export in Python, and a file of the service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import planner
from planner.core.extras import ExtraMissing
from planner.view.exports import FORMATS, Format
from tests.examples import INSTANCES
from tests.view.exports.plans import solved

FILE = """
import planner
from planner.view.exports.format import Format

def _write(plan, instance, others):
    held = "holds" if planner.check(instance, plan).passed else "does not hold"
    hours = len(planner.explain(instance, plan).hours)
    return f"{plan.instance}: {plan.cost:.0f} {instance.currency}, {held}, {hours} hours explained".encode()

FORMAT = Format(_write, "The cost on one line.", "plan.line", "text/x-line")
"""
SCRIPT = """
import sys
from pathlib import Path
from typer.testing import CliRunner
from planner.view.exports import FORMATS, formats

formats.__path__.append(sys.argv[3])
FORMATS.update(formats.formats())
from planner.app.cli.main import app
folder = Path(sys.argv[2])
run = CliRunner().invoke
assert run(app, ["solve", sys.argv[1], "-q", "--out", str(folder / "plan")]).exit_code == 0
done = run(app, ["export", str(folder / "plan"), "--one-line", str(folder / "out.line")])
assert done.exit_code == 0, done.output
assert (folder / "out.line").read_text() == "tiny: 108 USD, holds, 2 hours explained"
told = " ".join(run(app, ["export", "--help"]).stdout.split())
assert "--one-line FILE The cost on one line." in told, told

from planner.app.service.routes_jobs import FILES, jobs
from fastapi import FastAPI
assert FILES["one_line"] == ("plan.line", "text/x-line")
service = FastAPI()
service.include_router(jobs)
asked = service.openapi()["paths"]["/api/jobs/{identity}/export/{kind}"]["get"]["parameters"]
assert "one_line" in next(one for one in asked if one["name"] == "kind")["schema"]["enum"], asked
"""


def test_one_more_format_by_the_command_line_and_the_service(tmp_path: Path) -> None:
    added = tmp_path / "formats"
    added.mkdir()
    (added / "one_line.py").write_text(FILE)
    command = [sys.executable, "-c", SCRIPT, str(INSTANCES / "tiny.yaml"), str(tmp_path), str(added)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_one_more_format_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, plan = solved("reserved and hired")

    def two(plan: planner.Plan, instance: planner.Instance | None, others: object) -> dict[str, bytes]:
        assert instance is not None
        return {"cost.txt": f"{plan.cost:.2f}".encode(), "name.txt": instance.name.encode()}

    monkeypatch.setitem(FORMATS, "notes", Format(two, "Two notes."))
    files = planner.export(plan, "notes", tmp_path / "notes")
    assert [file.name for file in files] == ["cost.txt", "name.txt"]
    assert files[0].read_text() == f"{plan.cost:.2f}"


def test_a_format_whose_package_is_missing_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, plan = solved("reserved and hired")
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    for kind in ("xlsx", "quotes"):
        with pytest.raises(ExtraMissing, match=rf"the export {kind} needs xlsxwriter .*excel"):
            planner.export(plan, kind, tmp_path / "x.xlsx")
