"""What an engine claims of a small program is solved again without presolve: a lie is told, and counts for nothing."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from engine_programs import infeasible, knapsack
from test_false_optimum import QUESTION

import planner
from planner.core.solution import Solution, Status
from planner.optimize.engines import (
    EngineOptions,
    EnginePool,
    LinearProgram,
    confirm,
    solve,
)

pytestmark = pytest.mark.usefixtures("engines_anew")
LIAR = '''"""An engine that proves whatever it says."""
import numpy as np
from planner.optimize.engines.protocol import Claim, Outcome
DISTRIBUTION = "numpy"
PROOFS = frozenset({Claim.OPTIMAL, Claim.INFEASIBLE})
EXACT = True

def version():
    return np.__version__

def refusal(program):
    return None

def run(program, options, channel):
    if PLAN is None:
        return Outcome(claim=Claim.INFEASIBLE, bound=np.inf)
    plan = np.array(PLAN)
    return Outcome(claim=Claim.OPTIMAL, bound=program.objective @ plan + program.offset, values=plan)
'''
WITH_ITS_AGGREGATOR = '''"""HiGHS with the rule of its presolve that is left out elsewhere."""
from planner.optimize.engines.backends import highs
from planner.optimize.engines.backends.highs import DISTRIBUTION, EXACT, PROOFS, refusal, run, version
highs.LEFT_OUT = 0
'''
DEAR, BEST, NONE = "[3.0, 0.0]", "[1.0, 2.0]", "None"


def said(
    word: str, program: LinearProgram, folder: Path, patch: pytest.MonkeyPatch, pooled: bool = False
) -> Solution:
    """What becomes of the word of an engine."""
    install(LIAR.replace("PLAN", word), folder, patch)
    options = EngineOptions(time_limit_s=20, relative_gap=0.0, threads=1)
    if not pooled:
        return solve(program, "liar", options)
    with EnginePool(workers=1) as pool:
        return pool.submit(program, "liar", options).result()


def install(source: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """A package that brings an engine `liar`."""
    (folder / "liar_engine.py").write_text(source)
    about = folder / "liar-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: liar\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[planner.engines]\nliar = liar_engine\n")
    patch.syspath_prepend(str(folder))
    patch.delitem(sys.modules, "liar_engine", raising=False)


@pytest.mark.parametrize("pooled", [False, True])
def test_a_false_optimum_gives_way_to_the_cheaper_plan(
    pooled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = said(DEAR, knapsack(), tmp_path, monkeypatch, pooled)
    assert (found.status, found.cost, found.bound) == (Status.OPTIMAL, 14.0, 14.0)
    assert found.remarks == (
        "liar claims a bound of 16, but a checked plan costs 14: none of its proofs is used",
    )


def test_a_false_infeasibility_gives_way_to_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(NONE, knapsack(), tmp_path, monkeypatch)
    assert (found.status, found.cost) == (Status.OPTIMAL, 14.0)
    assert found.remarks == (
        "liar claims infeasibility, but a checked plan costs 14: none of its proofs is used",
    )


@pytest.mark.parametrize(
    ("word", "program", "status"),
    [(BEST, knapsack(), Status.OPTIMAL), (NONE, infeasible(), Status.INFEASIBLE)],
    ids=["optimum", "infeasibility"],
)
def test_a_true_word_stands(
    word: str, program: LinearProgram, status: Status, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = said(word, program, tmp_path, monkeypatch)
    assert (found.status, found.engine, found.remarks) == (status, "liar", ())


def test_a_large_program_is_not_solved_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm, "SMALL_CELLS", 1)
    assert said(DEAR, knapsack(), tmp_path, monkeypatch).cost == 16.0


TOLD_TO_NOBODY = {
    "planner/optimize/engines/confirm.py": "the second run itself",
    "planner/optimize/engines/protocol.py": "the docstring that says so",
    "planner/optimize/infeasibility/diagnosis_runs.py": "plans to begin from",
    "planner/study/near_optimal/search.py": "parts of a search, of which the plan alone is kept",
    "planner/study/sweeps/search.py": "parts of a search, which ends with a second run of the whole",
}


def test_who_asks_for_no_second_run_tells_nobody_what_is_claimed() -> None:
    """Whoever says nothing gets it; what else asks for none fails here until it says why."""
    assert EngineOptions().confirm
    root = Path(__file__).parents[3]
    found = {
        str(file.relative_to(root))
        for file in (root / "planner").rglob("*.py")
        if re.search(r"confirm *[:=]+[^=\n]*\bFalse\b", file.read_text(encoding="utf-8"))
    }
    assert found == {*TOLD_TO_NOBODY}


def test_a_false_optimum_of_highs_is_told_with_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(WITH_ITS_AGGREGATOR, tmp_path, monkeypatch)
    options = planner.SolveOptions(solver="liar", method="direct", relative_gap=1e-9, threads=1)
    plan = planner.solve(planner.from_dict(QUESTION), options)
    assert (plan.status, plan.cost) == (Status.OPTIMAL, pytest.approx(3 * 4.53))
    assert [warning for warning in plan.warnings if "none of its proofs is used" in warning]
