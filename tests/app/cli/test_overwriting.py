"""No verb writes over a file that it reads, by whatever name and however it is asked."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from planner.core.errors import InstanceError
from planner.core.overwriting import refuse_overwriting
from tests.app.cli.commands import run_here

INIT = ("init", "--model", "qwen3-32b", "--hardware", "h200", "--price", "h200=3", "--force")
VERBS = [
    (("import", "demand", "SOURCE", "--out", "SOURCE"), "s.csv"),
    (("import", "demand", "SOURCE", "--out", "a.csv"), "a.lengths.csv"),
    (("forecast", "SOURCE", "--out", "SOURCE"), "s.csv"),
    (("import", "rates", "SOURCE", "--out", "SOURCE"), "s.json"),
    ((*INIT, "--from-csv", "SOURCE", "--out", "s.yaml"), "s.csv"),
    ((*INIT, "--from-log", "SOURCE", "--out", "s.yaml"), "s.lengths.csv"),
    (("catalog", "import-model", "SOURCE", "--out", "SOURCE"), "s.yaml"),
    (("kernel", "calibrate", "SOURCE", "--out", "SOURCE"), "s.json"),
    (("kernel", "calibrate", "--mine", "SOURCE", "--out", "SOURCE"), "s.yaml"),
    (("report", "SOURCE", "--html", "SOURCE"), "plan.json"),
    (("export", "SOURCE", "--focus", "SOURCE"), "plan.json"),
    (("sweep", "SOURCE", "--out", "SOURCE"), "s.yaml"),
    (("solve", "SOURCE", "--certificate", "SOURCE"), "s.yaml"),
    (("track", "plan.json", "--usage", "SOURCE", "--out", "SOURCE"), "bill.csv"),
    (("track", "plan.json", "--usage", "SOURCE", "--html", "SOURCE"), "bill.csv"),
    (("backtest", "SOURCE", "--history", "h.csv", "--out", "SOURCE"), "s.yaml"),
]


@pytest.mark.parametrize(
    ("verb", "name"), VERBS, ids=[" ".join(verb[:2]) + f" {name}" for verb, name in VERBS]
)
def test_what_is_read_is_never_written_over(
    verb: tuple[str, ...], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("what was there\n")
    done = run_here(*(word.replace("SOURCE", name) for word in verb))
    assert done.returncode == 3, done.stderr
    assert f"{name}: is read, and would be written over" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "what was there\n"


def test_a_file_is_known_by_a_link_to_it_too(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with pytest.raises(InstanceError, match="would be written over"):
        refuse_overwriting([tmp_path / "link"], [tmp_path / "there"])
    refuse_overwriting([tmp_path / "another", None], [tmp_path / "there", None])
    refuse_overwriting([tmp_path], [tmp_path])  # tables go into the folder of the plan that they are of


TINY = """
version: 1
name: tiny
horizon: {start: "2025-01-01T00:00+00:00", periods: 2}
workloads: {chat: {demand: {csv: FILE, requests_per_s: per_s}}}
deployments: [{role: request, gpus: 8, rate_requests_per_s: {chat: 3.0}}]
hardware: {node: {gpus_per_node: 8}}
fleet: {node: {rent: {kind: on_demand, price_usd_per_node_hour: 2.0}}}
"""
SWEEP = """
version: 1
instance: tiny.yaml
inputs: {workloads.chat.demand.scale: [1.0, 2.0]}
"""
NAMED = {
    "a demand that the instance of a sweep names": (("sweep", "s.yaml"), "s.csv"),
    "the instance of a sweep": (("sweep", "s.yaml", "--out", "tiny.yaml"), "demand.csv"),
    "a demand, as the table of a plan": (("solve", "tiny.yaml", "--out", "o"), "o/units.csv"),
    "a demand, as a certificate": (("solve", "tiny.yaml", "--certificate", "demand.csv"), "demand.csv"),
    "a demand, as the page of a report": (
        ("report", "p", "--instance", "tiny.yaml", "--html", "demand.csv"),
        "demand.csv",
    ),
}


@pytest.mark.parametrize("what", NAMED)
def test_what_inputs_name_is_not_written_over_either(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the verb says nothing of it: whoever writes asks what was read."""
    verb, demand = NAMED[what]
    monkeypatch.chdir(tmp_path)
    (tmp_path / demand).parent.mkdir(exist_ok=True)
    texts = {"tiny.yaml": TINY.replace("FILE", demand), demand: "per_s\n1\n2\n", "s.yaml": SWEEP}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    if verb[0] == "report":
        assert run_here("solve", "tiny.yaml", "--out", "p", "-q").returncode == 0
    done = run_here(*verb)
    assert done.returncode == 3, done.stderr
    assert "is read, and would be written over" in done.stderr
    assert {name: (tmp_path / name).read_text() for name in texts} == texts


def test_a_plan_replaces_the_one_that_it_began_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY.replace("FILE", "d.csv"))
    (tmp_path / "d.csv").write_text("per_s\n1\n2\n")
    assert run_here("solve", "tiny.yaml", "--out", "o", "-q").returncode == 0
    assert run_here("solve", "tiny.yaml", "--warm", "o", "--out", "o", "-q").returncode == 0


IN_ITS_PLACE = {
    "planner/core/atomic.py": "the place where files are written",
    "planner/core/input_file.py": "the place where files are read",
    "planner/loader/demand/blocks.py": "unpacks what was opened in that place",
    "planner/plan/text.py": "notes what it reads",
}
OF_OUR_OWN = {
    "kernels": "data of the package and of one's own catalog",
    "planner/app/cli/plan_folder.py": "the first line of tables that the plan itself was written with",
    "planner/app/cli/streams.py": "nothing: the null device",
    "planner/app/service": "the store of the service, which no verb reads",
    "planner/core/child.py": "pipes",
    "planner/core/executors/worker.py": "nothing: the null device",
    "planner/loader/beginning": "examples of the package, and a folder for the time being",
    "planner/optimize/engines": "files of engines, in a folder for the time being",
    "planner/study/sweeps/journal.py": "the journal of a sweep, which it refuses to be anything else",
    "planner/verify/simulation/engine/compiled.py": "source of the package",
    "planner/view/exports/program.py": "a file for the time being",
    "planner/view/reporting/html.py": "data of the package",
}


NAMES = ("open", "read_text", "read_bytes", "write_text", "write_bytes", "fdopen")


def opened(source: str) -> list[int]:
    """Lines that open files by themselves."""
    found: list[int] = []
    if not any(f"{name}(" in source for name in NAMES):
        return found
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func
            builtin = isinstance(called, ast.Name) and called.id == "open"
            method = isinstance(called, ast.Attribute) and called.attr in NAMES
            if builtin or method:
                found.append(node.lineno)
    return found


def test_every_file_is_read_and_written_where_it_is_noted() -> None:
    """Or declared, with why it can be no file of a user: what opens another by itself fails."""
    root = Path(__file__).parents[3]
    known = (*IN_ITS_PLACE, *OF_OUR_OWN)
    found = {
        str(file.relative_to(root)): lines
        for room in ("planner", "kernels")
        for file in sorted((root / room).rglob("*.py"))
        if (lines := opened(file.read_text(encoding="utf-8")))
    }
    assert len(found) > 5
    assert {name: lines for name, lines in found.items() if not name.startswith(known)} == {}
    assert [one for one in known if not any(name.startswith(one) for name in found)] == []


def test_what_opens_a_file_by_itself_is_found() -> None:
    assert opened("open(path)\npath.open()\npath.write_text('x')\nwrite_text(path, 'x')") == [1, 2, 3]
