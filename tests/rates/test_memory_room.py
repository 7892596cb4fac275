"""Where memory bounds a batch: requests come whole, and keep their place while they are read."""

import numpy as np
import pytest

import planner
from planner.rates.compute import compute_rates
from planner.rates.memory_room import context_scv, packed_share
from planner.rates.rates import RateDetail

ASKED = {
    "version": 1,
    "name": "memory",
    "horizon": {"start": "2025-01-01T00:00+00:00", "period_hours": 1, "periods": 1},
    "workloads": {
        "chat": {
            "model": "llama-3.1-70b",
            "demand": {"input_tokens_per_s": [16_320.0], "output_tokens_per_s": [1_060.0]},
            "lengths": {"input_tokens": 1632, "output_tokens": 106},
            "sla": {"ttft_ms": {"p99": 3000}, "tpot_ms": 400},
            "queueing": {},
        }
    },
    "fleet": {"h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0}}},
}
FULL = {"pass_tokens": 512, "requests_per_gpu": 2048}
"""One pass, and as many requests as there is room for."""


@pytest.mark.parametrize("stages", [1, 2])
def test_a_unit_that_holds_few_requests_by_hand(stages: int) -> None:
    """N of (N - (1 + scv) / 2) / N places, of which each is written for o s of o s + r - p seconds.

    A replica in stages holds the requests of all its GPUs.
    """
    instance = planner.from_dict(
        ASKED
        | {
            "deployments": [
                {"role": "colocated", "ep": stages, "pipeline_parallel": stages} | FULL,
                {"role": "colocated", "ep": 8} | FULL,
            ]
        }
    )
    rates = compute_rates(instance)
    small, large = ([unit.gpus for unit in rates.units].index(gpus) for gpus in (stages, 8))
    reads, writes = range(2)
    detail = rates.details[small]["chat.decode"]
    assert detail.replica_gpus == stages
    assert detail.batch_per_gpu is not None
    assert detail.prefill_ms is not None
    assert detail.memory_bound
    held = detail.batch_per_gpu * stages
    scv = (1632.0**2 + 53.0**2) / 1685.0**2  # exponential prompts and answers: the context of half an answer
    assert context_scv(instance, "chat") == pytest.approx(scv)
    steps_s = 106.0 * held / rates.rate[small, writes]
    keeps_s = steps_s + detail.prefill_ms * 1e-3 - 1632.0 / rates.rate[small, reads]
    expected = (held - (1.0 + scv) / 2.0) / held * steps_s / keeps_s
    assert packed_share(instance, rates, small, writes) == pytest.approx(expected)
    assert packed_share(instance, rates, small, reads) == 1.0
    assert packed_share(instance, rates, large, writes) > 0.97


@pytest.mark.parametrize(
    ("provenance", "measured"),
    [("measured", True), ("measured, scaled", True), ("measured kernels", False), ("calibrated", False)],
)
def test_rates_of_measured_kernels_are_not_measured(provenance: str, measured: bool) -> None:
    assert RateDetail(provenance).is_measured is measured


def test_a_memory_filled_in_turn_by_whole_requests() -> None:
    """First come, first served: what is left when the next one does not fit is half of a length-biased request."""
    rng = np.random.default_rng(2)
    room, mean = 12.0, 1.0
    size = rng.exponential(mean, 20_000)
    inside: list[tuple[float, float]] = []
    now, left, filled = 0.0, room, 0.0
    for one in size:
        while left < one:
            inside.sort()
            gone, freed = inside.pop(0)
            filled += (gone - now) * (room - left)
            now, left = gone, left + freed
        inside.append((now + rng.exponential(1.0), one))
        left -= one
    assert filled / now == pytest.approx(room - (1.0 + 1.0) / 2.0, rel=0.03)
