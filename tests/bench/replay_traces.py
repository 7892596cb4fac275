"""Whole request traces, in the folder that PLANNER_TRACES names, against plans made for them.

For each trace: limits measured in the pools of a first plan, a plan with them, its replay in every period,
and the replay with a tenth of every unit type taken away. Also the published hit shares of the prefix cache.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
import planner
from planner.verify.simulation import (
    ReplayOptions,
    busy_limits,
    cached_tokens,
    hit_share,
    read_trace,
    simulate,
)
from tests.verify.simulation.test_measure import INSTANCE, SOLVE, reduced, with_limits

FOLDER = os.environ.get("PLANNER_TRACES")
TRACES = ("azure2023_conv.csv", "mooncake_conversation.jsonl")
FULL = ReplayOptions(seeds=(1, 2, 3))


@pytest.mark.skipif(FOLDER is None, reason="PLANNER_TRACES names no folder with the whole traces")
@pytest.mark.parametrize("name", TRACES)
def test_promise(name):
    requests = read_trace(Path(str(FOLDER)) / name)
    first = planner.from_dict(INSTANCE)
    limits = busy_limits(first, planner.solve(first, SOLVE), requests, "chat")
    instance = with_limits(limits)
    plan = planner.solve(instance, SOLVE)
    print(f"{name}: prefill up to {limits.prefill:.3f}, decode up to {limits.decode:.3f}")
    verdicts = []
    for label, candidate in (("plan", plan), ("a tenth less", reduced(plan, 0.1))):
        result = simulate(instance, candidate, requests, options=FULL)
        shares = [round(min(promise.share), 4) for promise in result.workloads[0].promises]
        size = f"{result.requests:,} requests in {result.seconds:.0f} s"
        print(f"  {label}: kept {result.kept}, worst shares {shares}, {size}")
        verdicts.append(result.kept)
    assert verdicts == [True, False]


@pytest.mark.skipif(FOLDER is None, reason="PLANNER_TRACES names no folder with the whole traces")
def test_ideal_hit_share():
    requests = read_trace(Path(str(FOLDER)) / TRACES[1])
    share = hit_share(requests, cached_tokens(requests))
    print(f"ideal prefix-cache hit share {share:.4f}")
    assert share == pytest.approx(0.374, abs=5e-4)


if __name__ == "__main__":
    began = time.perf_counter()
    test_ideal_hit_share()
    for trace in TRACES:
        test_promise(trace)
    print(f"{time.perf_counter() - began:.0f} s")
