"""Side by side, same machine and limit: the direct formulation by each engine, the decomposition, the LP.

    python tests/bench/decompose_bench.py --limit 60 --periods 24 --hardware 8 --seeds 1 2 3 [--starts 3.0]
    python tests/bench/decompose_bench.py --limit 120 --table week.json --first-kinds 1 3 8   (as `table_of` makes)
    python tests/bench/decompose_bench.py --limit 300 --instance instances/year.yaml --methods decompose

Prints a Markdown table: cost, bound, gap, seconds, and the cost against the direct plan of HiGHS. Methods are
engines, `race`, `decompose`, and `highs-all`: HiGHS on the formulation with the dominated options left in, for
tables and generated instances.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.solution import relative_gap
from planner.instance.deployment import PHASES_OF_ROLE
from planner.loader import load
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.decomposition.solve import decompose
from planner.optimize.engines import EngineOptions, from_pulp, solve
from planner.rates.compute import compute_rates
from planner.rates.options import expand
from tests.bench.generate import Hardness, generated, instance_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.model import Sets

ALL_OPTIONS = "highs-all"
METHODS = ("highs", "cpsat", "cbc", "decompose")
GAP = 1e-3
Row = tuple[float, float, float]


def run(method: str, sets: Sets, limit_s: float) -> Row:
    """Cost, bound and seconds of one method, building the model included."""
    began = time.monotonic()
    options = EngineOptions(time_limit_s=limit_s, relative_gap=GAP, threads=2)
    if method == "decompose":
        solution = decompose(sets, options).solution
    else:
        solution = solve(from_pulp(build(sets).problem), method, options)
    return solution.cost, solution.bound, time.monotonic() - began


def all_options(instance: Instance) -> Sets:
    """The question with every option that was given a rate, dominated or not."""
    rates, options = compute_rates(instance), expand(instance)
    rate = np.array(
        [
            [
                (option.deployment.rate_tokens_per_s or {}).get(work.workload, 0.0)
                * (work.phase in PHASES_OF_ROLE[option.deployment.role])
                for work in rates.works
            ]
            for option in options
        ]
    )
    return sets_of(instance, replace(rates, units=tuple(option.unit for option in options), rate=rate))


def linear_floor(sets: Sets) -> Row:
    """The linear relaxation of the whole program: its optimum and seconds."""
    began = time.monotonic()
    solution = solve(from_pulp(build(sets).problem).relaxed(), "highs", EngineOptions(time_limit_s=300))
    return float("inf"), solution.bound, time.monotonic() - began


def first_kinds(table: dict[str, Any], kinds: int) -> dict[str, Any]:
    """The same table with its first kinds of hardware only."""
    hardware = table["hardware"][:kinds]
    names = {entry["name"] for entry in hardware}
    options = [option for option in table["options"] if option["hardware"] in names]
    return {**table, "hardware": hardware, "options": options}


def instances(asked: argparse.Namespace) -> Iterator[Instance]:
    """Those asked for: a file, a table, or seeds of the family."""
    if asked.instance:
        yield load(asked.instance)
    elif asked.table:
        table = json.loads(Path(asked.table).read_text())
        name = Path(asked.table).stem
        for kinds in asked.first_kinds or [len(table["hardware"])]:
            yield instance_of(first_kinds(table, kinds), f"{name}-{kinds}", asked.starts)
    else:
        for seed in asked.seeds:
            yield generated(Hardness(asked.periods, asked.hardware, seed, start_usd_per_node=asked.starts))


def main() -> None:
    """Run all methods on all instances."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--periods", type=int, default=24)
    parser.add_argument("--hardware", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--starts", type=float, default=0.0)
    parser.add_argument("--table", default="")
    parser.add_argument("--first-kinds", type=int, nargs="*", help="so many kinds of a table's hardware")
    parser.add_argument("--instance", default="")
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--no-floor", action="store_true")
    asked = parser.parse_args()
    gaps: dict[str, list[float]] = {method: [] for method in asked.methods}
    print("| instance | method | cost | bound | gap | seconds | cost / HiGHS |")
    print("|---|---|---|---|---|---|---|")
    for instance in instances(asked):
        sets = sets_of(instance, compute_rates(instance))
        highs = float("nan")
        for method in asked.methods:
            if method == ALL_OPTIONS:
                cost, bound, seconds = run("highs", all_options(instance), asked.limit)
            else:
                cost, bound, seconds = run(method, sets, asked.limit)
            highs = cost if method == "highs" else highs
            gap = relative_gap(cost, bound)
            gaps[method].append(gap)
            ratio = f"{cost / highs:.3f}"
            numbers = f"{cost:,.0f} | {bound:,.0f} | {gap:.2%} | {seconds:.0f} | {ratio}"
            print(f"| {instance.name} | {method} | {numbers} |", flush=True)
        if not asked.no_floor:
            _, bound, seconds = linear_floor(sets)
            print(f"| {instance.name} | LP relaxation | | {bound:,.0f} | | {seconds:.2f} | |", flush=True)
    for method, found in gaps.items():
        print(f"{method}: gap median {statistics.median(found):.2%}, worst {max(found):.2%} of {len(found)}")


if __name__ == "__main__":
    main()
