"""Every view and export of plans found in a short time: random small questions, and every instance that ships.

    python -m tests.bench.views_bench --questions 100
    python -m tests.bench.views_bench --shipped --limits 1

Prints each view that ends in an internal error, and the counts. Ends with 1 where there is any.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import planner
from planner.core.errors import PlannerError
from tests.reference.generate import instance_of
from tests.views.every_view import QUICK, SOLVES, failures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance

LIMITS_S = (0.1, 0.3, 1.0, 3.0)


def main() -> None:
    """Solve, look at everything, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--questions", type=int, default=50, help="random questions")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--shipped", action="store_true", help="the shipped instances instead")
    parser.add_argument(
        "--limits", type=float, nargs="+", default=LIMITS_S, help="seconds of a solve, in turn"
    )
    parser.add_argument("--solve", action="store_true", help="also the views that solve")
    asked = parser.parse_args()
    questions = _shipped() if asked.shipped else _random(asked.first_seed, asked.questions)
    counts: Counter[str] = Counter()
    for (name, instance), limit in zip(questions, itertools.cycle(asked.limits), strict=False):
        for fault in _faults(instance, limit, [QUICK, SOLVES] if asked.solve else [QUICK], counts):
            print(f"{name}, {limit:g} s: {fault}", flush=True)
            counts["internal errors"] += 1
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    sys.exit(1 if counts["internal errors"] else 0)


def _faults(instance: Instance, limit: float, kinds: list[str], counts: Counter[str]) -> list[str]:
    try:
        plan = planner.solve(instance, planner.SolveOptions(time_limit_s=limit))
    except PlannerError as error:
        return [f"solve: {type(error).__name__}: {error}"]
    except Exception as error:  # whatever it is, it is an internal error
        return [f"solve: {type(error).__name__}: {error}"]
    counts["solves"] += 1
    counts[f"{plan.status} plans"] += 1
    with tempfile.TemporaryDirectory() as folder:
        return [fault for kind in kinds for fault in failures(instance, plan, Path(folder) / kind, kind)]


def _random(first: int, count: int) -> Iterator[tuple[str, Instance]]:
    for seed in range(first, first + count):
        try:
            yield f"seed {seed}", planner.from_dict(instance_of(seed))
        except PlannerError as error:
            print(f"seed {seed} is no instance: {error}")


def _shipped() -> Iterator[tuple[str, Instance]]:
    for file in sorted(Path("instances").rglob("*.yaml")):
        if "sweeps" not in file.parts:
            yield str(file), planner.load(file)


if __name__ == "__main__":
    main()
