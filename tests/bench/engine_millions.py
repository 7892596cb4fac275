"""Millions of requests through replicas of Llama 3.1 70B, stepped one by one on one core, at bounded memory.

`python tests/bench/engine_millions.py [MILLIONS]`: 50 units of 4 H100, prompts and answers of log-normal lengths (means
of Azure's conversations), at 0.85 of the rate of their means. Prints processor time, steps and the peak of memory.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from kernels import Conditions, Options, accelerator, architecture, operating_points
from kernels.step_times import step_times
from planner.verify.simulation.engine.build import Kinds, UnitType, build, with_room
from planner.verify.simulation.engine.run import run
from planner.verify.simulation.engine.streams import blank
from planner.verify.simulation.engine.world import EVICTED, STEPS

UNITS, BUSY, CHUNK = 50, 0.85, 500_000
CONDITIONS = Conditions(1632, 106, prefill_time_s=3.0)


def main(millions: float) -> None:
    """Draw chunk after chunk, and step."""
    model, options = (
        architecture("llama-3.1-70b"),
        Options((accelerator("h100"),), ("colocated",), np.array([4])),
    )
    points, times = (
        operating_points(model, options, CONDITIONS),
        step_times(model, options, CONDITIONS),
    )
    reads, writes = points.prefill_tokens_per_s[:1], points.decode_tokens_per_s[:1]
    replica = UnitType(
        times=times,
        slots=points.batch_per_gpu[:1] * 4 / times.ranks,
        reads=reads[:, None],
        writes=writes[:, None],
        able_reads=reads,
        able_writes=writes,
        transfer_token_s=np.zeros(1),
        delay_s=np.zeros(1),
    )
    kinds = Kinds(
        has_prefill=np.ones(1, dtype=bool),
        has_decode=np.ones(1, dtype=bool),
        urgency=np.zeros(1, dtype=np.int64),
        ttft_s=np.array([[3.0]]),
        tpot_s=np.array([0.05]),
        output=np.array([106.0]),
    )
    world = build([replica], [0] * UNITS, [[(0.0, np.inf, False)]] * UNITS, kinds, 1e12, 1)
    per_s = BUSY * UNITS / (1632 / reads[0] + 106 / writes[0])
    rng, now, count = np.random.default_rng(1), 0.0, int(millions * 1e6)
    run(world, blank(0, 0), 0.0)  # compiles
    began = time.process_time()
    for chunk in range(0, count, CHUNK):
        arrivals = drawn(rng, min(CHUNK, count - chunk), now, per_s)
        now = float(arrivals["arrived"][-1])
        world = with_room(world, len(arrivals))
        run(world, arrivals, now)
    run(world, blank(0, 0), np.inf)
    seconds = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(f"{count:,} requests, {world.counters[STEPS]:,} steps, {world.counters[EVICTED]:,} evicted")
    print(f"{seconds:.1f} s of one core, {memory:,.0f} MiB at most")
    in_time = world.seen["written_in_time"].sum() / count
    print(f"{world.within.sum() / count:.2%} within 3 s, {in_time:.2%} at 50 ms a token")


def drawn(rng: np.random.Generator, count: int, now: float, per_s: float) -> np.ndarray:
    """Requests after a moment."""
    made = blank(count, 0)
    made["arrived"] = made["base"] = now + np.cumsum(rng.exponential(1.0 / per_s, count))
    for name, mean in (("prompt", 1632.0), ("output", 106.0)):
        made[name] = np.maximum(
            np.round(mean * rng.lognormal(-np.log(2.0) / 2.0, np.sqrt(np.log(2.0)), count)), 1.0
        )
    made["session"] = rng.random(count)
    return made


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
