"""One module is one engine: a package's own one is found, solves, races and is proven; nothing else names engines."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from engine_programs import knapsack
from typer.testing import CliRunner

import planner
from planner.app.cli.main import app
from planner.core.errors import SolverUnavailable
from planner.core.executors.local import LocalExecutor
from planner.optimize.engines import (
    EngineOptions,
    EnginePool,
    engine_names,
    prover,
    registry,
    solve,
    versions,
)
from planner.optimize.engines.run import contestants
from tests.examples import INSTANCES, SCALE

pytestmark = pytest.mark.usefixtures("engines_anew")
ROOT = Path(__file__).parents[3]
MINE = '''"""The solver of scipy as an engine."""
import numpy as np
from planner.optimize.engines.protocol import Claim, Outcome
DISTRIBUTION = "scipy"
EXACT = True

def race_threads(threads):
    return 1

def version():
    import scipy
    return scipy.__version__

def refusal(program):
    return None

def run(program, options, channel):
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array
    shape = (program.row_count, program.column_count)
    matrix = csr_array((program.coefficients, program.columns, program.starts), shape=shape)
    found = milp(
        program.objective,
        integrality=program.integer.astype(int),
        bounds=Bounds(program.lower, program.upper),
        constraints=LinearConstraint(matrix, program.row_lower, program.row_upper),
    )
    channel.report(values=found.x)
    return Outcome(claim=Claim.OPTIMAL, bound=found.fun + program.offset, values=found.x)
'''


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str, name: str = "mine") -> None:
    """A package in a folder, with one module and the entry point that makes it an engine."""
    (folder / "mine_engine.py").write_text(source)
    about = folder / "mine-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[planner.engines]\n{name} = mine_engine\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "mine_engine", raising=False)


def test_an_installed_package_brings_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, MINE)
    assert "mine" in engine_names()
    assert str(versions()["mine"]).startswith("scipy ")
    # it claims no proofs, so the prover stands beside it
    assert contestants(knapsack(), "mine", 2) == {"mine": 2, prover(): 1}
    alone = solve(knapsack(), "mine", EngineOptions(time_limit_s=20))
    with EnginePool(workers=1) as pool:
        pooled = pool.submit(knapsack(), "mine").result()
    asked = solve(knapsack(), prover(), EngineOptions(time_limit_s=20))
    assert alone.engine == pooled.engine == f"mine+{prover()}"
    assert alone.cost == pooled.cost == asked.cost


def test_it_solves_a_question_by_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, MINE)
    out = tmp_path / "out"
    asked = [
        "solve",
        str(INSTANCES / "tiny.yaml"),
        "--solver",
        "mine",
        "--method",
        "direct",
        "--out",
        str(out),
    ]
    ended = CliRunner().invoke(app, asked)
    assert ended.exit_code == 0, ended.output
    assert "mine+" in ended.output
    plan = planner.Plan.from_dict(planner.plan.text.read_record(out / "plan.json"))
    assert plan.solver == f"mine+{prover()}"
    assert planner.check(planner.load(INSTANCES / "tiny.yaml"), plan).violations == ()
    page, record = tmp_path / "page.html", tmp_path / "record.json"
    for words in (
        ["report", str(out), "--html", str(page)],
        ["export", str(out), "--json", str(record)],
        ["explain", str(INSTANCES / "tiny.yaml"), str(out), "--checks", "1"],
    ):
        ended = CliRunner().invoke(app, words)
        assert ended.exit_code == 0, ended.output
    assert "mine+" in page.read_text()
    assert '"solver": "mine+' in record.read_text()


def test_it_solves_the_cases_of_a_sweep_in_workers(
    tiny: planner.Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, MINE)
    options = planner.SolveOptions(solver="mine", method="direct", relative_gap=0.0, time_limit_s=30)
    with LocalExecutor(workers=1) as executor:
        table = planner.sweep(tiny, [{}, {SCALE: 0.5}], options, executor=executor)
    assert set(table["solver"]) == {f"mine+{prover()}"}
    assert table["cost"].tolist()[0] == pytest.approx(108.0)


def test_an_unknown_engine_is_refused_with_a_list_that_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, MINE)
    with pytest.raises(SolverUnavailable, match=r"there are .*mine"):
        solve(knapsack(), "yours")


def test_it_races(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = contestants(knapsack(), "race", 3)
    fresh_caches()
    installed(tmp_path, monkeypatch, MINE)
    assert contestants(knapsack(), "race", 3) == {"mine": 1, **usual}
    raced = solve(knapsack(), "race", EngineOptions(time_limit_s=20))
    assert set(raced.engine.split("+")) == {"mine", *usual}


def fresh_caches() -> None:
    for known in (registry._installed, engine_names):
        known.cache_clear()


def test_the_race_and_the_prover_are_what_files_say() -> None:
    assert prover() == "highs"
    assert registry.racers(4) == {"cpsat": 3, "highs": 1}
    assert registry.racers(1) == {"cpsat": 2, "highs": 1}


def test_two_provers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, MINE + "\nPROVER = True\n")
    with pytest.raises(SolverUnavailable, match="not 2: highs, mine"):
        prover()


def test_a_name_that_ships_is_not_taken_by_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, MINE, name="highs")
    assert registry.load_backend("highs").DISTRIBUTION == "highspy"


def test_a_module_that_cannot_be_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, "import no_such_library_at_all\n")
    with pytest.raises(SolverUnavailable, match=r"engine mine: .*no_such_library_at_all"):
        solve(knapsack(), "mine")


def test_no_module_outside_the_engines_names_one() -> None:
    names = set(engine_names())
    named = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.value!r}"
        for file in (ROOT / "planner").rglob("*.py")
        if "backends" not in file.parts
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert named == []
