"""Five workloads on one fleet: every promise kept in every period, and broken with a tenth less capacity.

`python tests/bench/replay_mixed.py`: solves instances/mixed.yaml, replays its plan, and again at 1/0.9 of the load.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
import planner
from planner.verify.simulation import Lived, ReplayOptions

INSTANCE = Path(__file__).parents[2] / "instances" / "mixed.yaml"


def test_promises_of_five_workloads():
    instance = planner.load(INSTANCE)
    plan = planner.solve(instance)
    print(f"{plan.cost:,.0f} USD, gap {plan.gap:.2%}")
    verdicts = []
    # long enough for the heavy-tailed prompts of the agents: some eight minutes of every hour
    for label, load, requests in (("the plan", 1.0, 5_000_000), ("a tenth less", 1.0 / 0.9, 1_000_000)):
        options = ReplayOptions(seeds=(1, 2, 3), lived=Lived(load=load), requests=requests)
        result = planner.simulate(instance, plan, options=options)
        print(f"{label}: kept {result.kept}, {result.requests:,} requests in {result.seconds:.0f} s")
        for entry in result.workloads:
            for promise in entry.promises:
                broken = len(promise.kept) - sum(promise.kept)
                told = f"least share {min(promise.share):.4f}, broken in {broken} of {len(promise.kept)}"
                print(f"  {entry.workload:7} {promise.measure:13} p{100 * promise.quantile:g}: {told}")
        verdicts.append(result.kept)
    assert verdicts == [True, False]


if __name__ == "__main__":
    began = time.perf_counter()
    test_promises_of_five_workloads()
    print(f"{time.perf_counter() - began:.0f} s")
