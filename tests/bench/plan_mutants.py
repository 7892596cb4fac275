"""Mutants of plans against `planner check`: what survives, what breaks the program.

    python -m tests.bench.plan_mutants [--each 1000] [--seed 1] [--shipped tiny scenarios ...]

Prints every survivor and every internal error with its place; exits with 1 where there is any.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import planner
from planner.rates.compute import compute_rates
from tests.verify.audit.mutants import (
    WITHOUT_MEANING,
    instances,
    mutants_of,
    same_question,
    sample,
    verdict_of,
)

if TYPE_CHECKING:
    from planner.instance import Instance

INSTANCES = Path(__file__).parents[2] / "instances"
OPTIONS = planner.SolveOptions(solver="highs", threads=1, time_limit_s=60.0)


def main() -> None:
    """Mutate the plans of some instances, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1000, help="mutants of each plan")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shipped", nargs="*", default=["tiny", "scenarios"], help="shipped instances")
    asked = parser.parse_args()
    questions = instances() | {name: planner.load(INSTANCES / f"{name}.yaml") for name in asked.shipped}
    outcome = Counter[str]()
    for name, instance in questions.items():
        outcome += attack(name, instance, asked.each, random.Random(asked.seed))
    print(", ".join(f"{count} {what}" for what, count in outcome.items()))
    print("without meaning:", *(f"{name} ({reason})" for name, reason in WITHOUT_MEANING.items()), sep="\n  ")
    sys.exit(bool(outcome["survived"] or outcome["internal errors"]))


def attack(name: str, instance: Instance, each: int, dice: random.Random) -> Counter[str]:
    """Judge mutants of the plan of one instance."""
    plan = planner.solve(instance, OPTIONS)
    if not plan.usable:
        raise SystemExit(f"{name}: no sound plan to mutate: {plan.status}; {'; '.join(plan.reasons)}")
    rates, began = compute_rates(instance), time.monotonic()
    outcome = Counter[str]()
    for mutant in sample(list(mutants_of(json.loads(json.dumps(plan.to_dict())))), each, dice):
        place = f"{name}: {mutant.what}: {'.'.join(map(str, mutant.where))}"
        try:
            told = verdict_of(mutant, instance, rates, Path("plan.json"))
        except Exception:
            outcome["internal errors"] += 1
            print(f"INTERNAL ERROR {place}\n{traceback.format_exc(limit=-3)}")
            continue
        if told:
            outcome["named"] += 1
        elif mutant.without_meaning or same_question(mutant, instance):
            outcome["without meaning"] += 1
        else:
            outcome["survived"] += 1
            print(f"SURVIVED {place}")
    print(f"{name}: {sum(outcome.values())} mutants in {time.monotonic() - began:.1f} s")
    return outcome


if __name__ == "__main__":
    main()
