"""A million requests through prefill servers and decode slots on one core: run it, or let pytest."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from planner.verify.simulation import Stream, replay
from tests.verify.simulation.steady import steady_stage

REQUESTS = 1_000_000


def test_a_million_requests_take_less_than_a_minute():
    rng = np.random.default_rng(1)
    stream = Stream(
        arrival_s=np.cumsum(rng.gamma(0.25, 4.0, REQUESTS)) / 500.0,
        prefill=rng.lognormal(0.0, 1.0, REQUESTS) * 1_000.0,
        decode=np.maximum(rng.lognormal(0.0, 0.8, REQUESTS) * 300.0, 1.0),
    )
    load = 500.0 * stream.prefill.mean() / 5_000.0, 500.0 * stream.decode.mean() / 20.0
    prefill, decode = (
        steady_stage(int(erlangs / 0.9), speed) for erlangs, speed in zip(load, (5_000.0, 20.0), strict=True)
    )
    began = time.process_time()
    (outcome,) = replay([stream], prefill, decode, period_s=3600.0, periods=1)
    seconds = time.process_time() - began
    sizes = f"{prefill.pool.slots[0]} prefill servers and {decode.pool.slots[0]} decode slots"
    print(f"{REQUESTS:,} requests, {sizes}:")
    print(f"{seconds:.1f} s, p99 TTFT {np.quantile(outcome.ttft_s, 0.99):.2f} s")
    assert np.all(np.isfinite(outcome.ttft_s))
    assert seconds < 60.0


if __name__ == "__main__":
    test_a_million_requests_take_less_than_a_minute()
