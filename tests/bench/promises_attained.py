"""Promised against attained by hour, on shipped instances with a promise: as planned, at 95 % of it, with fewer units.

`python tests/bench/promises_attained.py [NAME ...] [--requests N] [--time-limit S]`: solves instances/NAME.yaml, steps
its engines, and again with a tenth of every unit type gone (rounded up). `--plan FOLDER` steps what `planner solve
--out FOLDER` wrote instead, so that long runs go in pieces. For each promise: the least share of an hour, and hours
broken.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
import planner
from planner.app.cli.common import read_plan
from planner.verify.simulation import Lived, ReplayOptions

INSTANCES = Path(__file__).parents[2] / "instances"
NAMES = ("mixed", "dense_70b", "peak")
"""Shipped instances that plan for waits, but `two_regions`: work on several routes is not replayed."""
AT_MOST = 0.95
"""Of its forecast: an hour whose promises have to be kept."""


def fewer(plan: planner.Plan, share: float) -> planner.Plan:
    """The plan without a share of every unit type, at least one unit of each."""
    units = tuple(
        dataclasses.replace(unit, on=tuple(max(0, count - math.ceil(count * share)) for count in unit.on))
        for unit in plan.units
    )
    return dataclasses.replace(plan, units=units)


def told(label: str, replay: planner.Replay) -> None:
    """One line a promise."""
    print(f"{label}: {replay.verdict}, {replay.requests:,} requests in {replay.seconds:.0f} s")
    for entry in replay.workloads:
        for promise in entry.promises:
            broken = promise.kept.count(False)
            print(
                f"  {entry.workload:10} {promise.measure:12} promised {promise.quantile:.1%}, attained at least "
                f"{min(promise.share):.2%}, broken in {broken} of {len(promise.kept)} hours, no verdict in "
                f"{sum(map(bool, entry.no_verdict))}"
            )


def attained(name: str, instance: planner.Instance, plan: planner.Plan, requests: int) -> None:
    """Step the engines of a plan three times."""
    options = ReplayOptions(seeds=(1,), requests=requests)
    lighter = dataclasses.replace(options, lived=Lived(load=AT_MOST))
    told(f"{name} as planned", planner.simulate(instance, plan, options=options))
    told(f"{name} at load {AT_MOST:g}", planner.simulate(instance, plan, options=lighter))
    told(f"{name} with a tenth fewer", planner.simulate(instance, fewer(plan, 0.1), options=options))


def main() -> None:
    """Solve, or read plans, and step them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--plan", action="append", default=[], type=Path)
    parser.add_argument("--requests", type=int, default=300_000)
    parser.add_argument("--time-limit", type=float, default=60.0)
    given = parser.parse_args()
    for folder in given.plan:
        plan = read_plan(folder)
        attained(str(folder), planner.from_dict(plan.question), plan, given.requests)
    for name in given.names or (() if given.plan else NAMES):
        began = time.process_time()
        instance = planner.load(INSTANCES / f"{name}.yaml")
        plan = planner.solve(instance, planner.SolveOptions(time_limit_s=given.time_limit))
        attained(name, instance, plan, given.requests)
        print(f"{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
