"""Promised against attained by hour, on shipped instances with a promise, as planned and with a tenth fewer units.

`python tests/bench/promises_attained.py [NAME ...] [--requests N]`: solves instances/NAME.yaml, steps its engines, and
again with a tenth of every unit type gone (rounded up). For each promise: the least share of an hour, and hours broken.
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
from planner.verify.simulation import ReplayOptions

INSTANCES = Path(__file__).parents[2] / "instances"
NAMES = ("peak", "mixed", "dense_70b", "nvl72")


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


def main() -> None:
    """Solve, step, and step again with fewer units."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--requests", type=int, default=300_000)
    given = parser.parse_args()
    for name in given.names:
        began = time.process_time()
        instance = planner.load(INSTANCES / f"{name}.yaml")
        plan = planner.solve(instance)
        options = ReplayOptions(seeds=(1,), requests=given.requests)
        told(f"{name} as planned", planner.simulate(instance, plan, options=options))
        told(f"{name} with a tenth fewer", planner.simulate(instance, fewer(plan, 0.1), options=options))
        print(f"{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
