"""Thousands of small random questions: the planner beside the second model of `tests/reference`.

    python tests/bench/reference_bench.py --from 0 --to 5000 [--method auto --solver race --gap 1e-9] [--out DIR]
    python tests/bench/reference_bench.py --from 0 --to 500 --method decompose --time 5

Prints every disagreement with its seed, writes its instance to DIR (`--shrink`: a smaller one with the same
fault too), and counts at the end; exit code 1 where there is any. `--workers` questions are asked at the same
time, each with engines that stay warm; `--cold` asks by plain `planner.solve`, as a user does.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

import planner
from planner.core.errors import PlannerError
from planner.optimize.engines import EnginePool
from tests.reference.compare import judge
from tests.reference.kinds import KINDS, PLAIN
from tests.reference.reference import optimum
from tests.reference.shrink import shrink

NOT_COVERED = "not covered"
COMPARED = 1e-6


@dataclass(frozen=True)
class Asking:
    """How the planner is asked."""

    options: planner.SolveOptions
    cold: bool
    smaller: bool
    folder: Path
    reference_time_s: float
    staged: bool
    kind: str
    """Key of `KINDS`."""


@dataclass(frozen=True)
class Outcome:
    """What came of a seed: how it was answered, and what is wrong with that."""

    seed: int
    answer: str
    fault: str


_pools: list[EnginePool] = []


def compared(instance: dict[str, Any], asking: Asking) -> tuple[str, str]:
    """The planner's answer to an instance, and what the second model says against it."""
    right = optimum(instance, asking.reference_time_s)
    if right.status not in ("optimal", "infeasible"):
        return "second model gave up", ""
    try:
        question = planner.from_dict(instance)
    except planner.InstanceError as refusal:
        told = f"refused, and a plan costs {right.objective}: {refusal}".replace("\n", " ")
        return "refused at the door", "" if right.status == "infeasible" else told
    try:
        plan = planner.solve(question, asking.options, pool=None if asking.cold else _pool())
    except PlannerError as trouble:
        if asking.options.method == "decompose" and "decompos" in str(trouble):
            return NOT_COVERED, ""
        return "error", f"{type(trouble).__name__}: {trouble}"
    except Exception as trouble:  # anything at all is a finding
        return "error", f"{type(trouble).__name__}: {trouble}"
    # what ends by itself is to end with a proof, to the precision at which costs are compared
    stopped = plan.limit not in (None, "precision") or (plan.limit == "precision" and plan.gap <= COMPARED)
    proven = asking.options.method != "decompose" and not stopped
    fault = judge(plan, right, proven).fault
    if fault:  # the second model's own engine is not believed either
        fault = judge(plan, optimum(instance, asking.reference_time_s, presolve=False), proven).fault
    return str(plan.status), fault


def ask(asking: Asking, seed: int) -> Outcome:
    """One seed; a disagreement is written to the folder."""
    instance = KINDS[asking.kind][0](seed)
    if asking.staged and "stages" not in instance:
        return Outcome(seed, "not asked: without stages", "")
    answer, fault = compared(instance, asking)
    if fault:
        _write(asking.folder / f"{seed}.yaml", instance, fault)
    if fault and asking.smaller:
        kind = fault.split()[0]
        small = shrink(instance, lambda tried: _kind_of(tried, asking) == kind)
        _write(asking.folder / f"{seed}.small.yaml", small, compared(small, asking)[1])
    return Outcome(seed, answer, fault)


def _kind_of(instance: dict[str, Any], asking: Asking) -> str:
    """First word of what is wrong with the answer to an instance; empty where it is none any more."""
    try:
        return compared(instance, asking)[1].partition(" ")[0]
    except (KeyError, TypeError, ValueError, IndexError):
        return ""  # too little is left for the second model


def _pool() -> EnginePool:
    """The warm engines of this process."""
    if not _pools:
        _pools.append(EnginePool(1))
    return _pools[0]


def _write(path: Path, instance: dict[str, Any], fault: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(instance, sort_keys=False, default_flow_style=None, width=110)
    path.write_text(f"# {fault}\n{text}", encoding="utf-8")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--to", dest="last", type=int, default=500)
    parser.add_argument("--method", choices=("auto", "direct", "decompose", "matheuristic"), default="auto")
    parser.add_argument("--solver", default="highs", help="highs, scip, cpsat, race (race: with --cold)")
    parser.add_argument("--gap", type=float, default=1e-9)
    parser.add_argument("--time", type=float, default=30.0, help="seconds for each question")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir(), "reference_faults"))
    for name, (_, what) in KINDS.items():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, action="store_const", dest="kind", const=name, help=f"questions {what}")
    parser.set_defaults(kind=PLAIN)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--staged", action="store_true", help="of the questions those with stages alone")
    parser.add_argument("--shrink", action="store_true")
    return parser.parse_args()


def main() -> int:
    """Ask every seed and count."""
    given = arguments()
    options = planner.SolveOptions(
        method=given.method, solver=given.solver, relative_gap=given.gap, time_limit_s=given.time, threads=1
    )
    asking = Asking(
        options=options,
        cold=given.cold or given.solver == "race",
        smaller=given.shrink,
        folder=given.out,
        reference_time_s=given.time,
        staged=given.staged,
        kind=given.kind,
    )
    began, answers, faults = time.monotonic(), Counter[str](), 0
    logging.disable(logging.WARNING)
    with multiprocessing.get_context("spawn").Pool(given.workers, maxtasksperchild=None) as workers:
        for outcome in workers.imap_unordered(
            partial(ask, asking), range(given.first, given.last), chunksize=4
        ):
            answers[outcome.answer] += 1
            if outcome.fault:
                faults += 1
                print(f"{outcome.seed}: {outcome.fault}", flush=True)
        workers.close()
        workers.join()
    told = ", ".join(f"{count} {answer}" for answer, count in answers.most_common())
    print(
        f"{sum(answers.values())} questions in {time.monotonic() - began:.0f} s: {told}; {faults} disagreements"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
