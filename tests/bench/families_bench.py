"""Generated mixed questions by family: gap of each method with the same limit, median and worst, cost against the best.

    python -m tests.bench.families_bench --limit 60 [--families colocated stages] [--seeds 1 20] [--methods auto highs]

A week of three kinds of hardware unless told otherwise (`tests.bench.generate_mixed`). Methods are those of `planner
solve`, `race`, and engines. Prints Markdown: a row a solve with its processor seconds (of all its processes) and the
load of the machine, because a busy machine gives other figures; then for each family and method the median and worst
gap, and the most by which its plan was dearer than the cheapest of all methods.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import planner
from planner.core.solution import Method
from tests.bench.generate import Hardness
from tests.bench.generate_mixed import FAMILIES, mixed

if TYPE_CHECKING:
    from planner.plan.plan import Plan


def solved(family: str, hardness: Hardness, method: str, limit_s: float) -> Plan:
    """Solve and print the row."""
    load, before, began = os.getloadavg()[0], os.times(), time.monotonic()
    engine = method not in set(Method)
    options = planner.SolveOptions(
        time_limit_s=limit_s,
        relative_gap=1e-3,
        method="direct" if engine else method,
        solver=method if engine else "race",
    )
    plan = planner.solve(mixed(family, hardness), options)
    seconds, after = time.monotonic() - began, os.times()
    used = sum(after[:4]) - sum(before[:4])
    print(
        f"| {family} | {hardness.seed} | {method} | {plan.cost:,.2f} | {plan.bound:,.2f} | {plan.gap:.3%} "
        f"| {seconds:.1f} | {used:.0f} | {load:.1f} |",
        flush=True,
    )
    return plan


def main() -> None:
    """Solve all of them, then sum up."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), choices=list(FAMILIES))
    parser.add_argument("--seeds", type=int, nargs=2, default=(1, 20), help="first and last")
    parser.add_argument("--methods", nargs="+", default=["auto", "race", "highs"])
    parser.add_argument("--periods", type=int, default=168)
    parser.add_argument("--hardware", type=int, default=3)
    asked = parser.parse_args()
    print("| family | seed | method | cost | bound | gap | seconds | processor seconds | load |")
    print("|---|---|---|---|---|---|---|---|---|")
    gaps, dearer = defaultdict[tuple[str, str], list[float]](list), defaultdict[tuple[str, str], float](float)
    for family in asked.families:
        for seed in range(asked.seeds[0], asked.seeds[1] + 1):
            hardness = Hardness(periods=asked.periods, hardware=asked.hardware, seed=seed)
            plans = {method: solved(family, hardness, method, asked.limit) for method in asked.methods}
            least = min(plan.cost for plan in plans.values())
            for method, plan in plans.items():
                gaps[family, method].append(plan.gap)
                dearer[family, method] = max(dearer[family, method], plan.cost / least - 1.0)
    print(
        "\n| family | method | median gap | worst gap | dearer than the cheapest, at most |\n|---|---|---|---|---|"
    )
    for (family, method), found in gaps.items():
        worst = f"{statistics.median(found):.3%} | {max(found):.3%} | {dearer[family, method]:.2%}"
        print(f"| {family} | {method} | {worst} |")


if __name__ == "__main__":
    main()
