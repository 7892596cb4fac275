"""Time per token of units that only write: caps by how contexts vary, against draws and by hand."""

from __future__ import annotations

import numpy as np
import pytest

import planner
from planner.instance import Phase
from planner.rates.compute import compute_rates
from planner.rates.step_growth import fewer_share
from planner.rates.step_spread import largest_normal, step_time_cap


def rated(tpot_ms=50, ep=32, output_scv=0.6, input_scv=0.9, **queueing):
    instance = planner.from_dict(
        {
            "version": 1,
            "name": "writers",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 1},
            "workloads": {
                "agents": {
                    "model": "kimi-k2",
                    "demand": {
                        "input_tokens_per_s": 8e6,
                        "cached_tokens_per_s": 7.7e6,
                        "output_tokens_per_s": 3e4,
                    },
                    "lengths": {
                        "input_tokens": 118000,
                        "output_tokens": 440,
                        "input_scv": input_scv,
                        "output_scv": output_scv,
                    },
                    "sla": {"ttft_ms": {"p90": 15000}, "tpot_ms": tpot_ms},
                    "queueing": queueing,
                }
            },
            "deployments": [
                {"role": "prefill", "ep": 32, "tensor_parallel": 8},
                {"role": "decode", "ep": ep},
            ],
            "fleet": {
                "h200": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 900}}
            },
        }
    )
    rates = compute_rates(instance)
    work = next(place for place, one in enumerate(rates.works) if one.phase is Phase.DECODE)
    unit = int(np.flatnonzero(rates.rate[:, work])[0])
    return instance, rates, unit, work


def cap(units, **changes):
    instance, rates, unit, work = rated(**changes)
    return step_time_cap(instance, rates, unit, work, work, np.array(units))


def test_even_ranks_by_hand():
    """Requests that are spread over all ranks: the mean context and how many there are, nothing else, decide."""
    instance, rates, unit, work = rated(ranks="even", arrival_scv=1.0)
    busy = float(step_time_cap(instance, rates, unit, work, work, np.array([3]))[0])
    detail = rates.details[unit]["agents.decode"]
    growth_s, ranks = sum(detail.growth_ms.values()) / 1e3, 32
    batch, rate = detail.batch_per_gpu, rates.rate[unit, work]
    fixed_s = 0.05 - growth_s * batch
    use = busy * rate / ranks
    running = (
        use * fixed_s / (1 - use * growth_s)
    )  # Little's law where a step is fixed_s + growth_s x requests
    step_s = fixed_s + growth_s * running
    prompt, answer = 118000.0, 440.0
    # contexts of generated tokens: prompts of variation 0.9, answers weighed by their length
    longer = answer * (1 + 0.6)
    mean = prompt + longer / 2
    half = (longer**2 * (1 + 2 * 0.6) / (1 + 0.6) - longer**2) / 4  # of a gamma law weighed by its values
    varies = (0.9 * prompt**2 + half) / mean**2
    cache_s = detail.context_ms / 1e3 / batch
    count = running / (ranks * 3) / (1 - growth_s * running / step_s)
    deviation = np.sqrt(cache_s**2 * varies * running / ranks + growth_s**2 * count)
    assert (0.05 - step_s) / deviation == pytest.approx(2.326, abs=0.05)


def test_contexts_that_vary_and_small_pools_leave_more_free():
    pools = cap([1, 2, 8, 64])
    assert np.all(np.diff(pools) > 0.0)
    assert 0.8 < pools[0] < pools[-1] < 1.0
    assert cap([8], input_scv=0.1)[0] > pools[2]
    assert cap([8], ranks="bound")[0] != pools[2]
    assert cap([8], router="random")[0] == pytest.approx(pools[0], abs=2e-3)
    assert cap([8], decode_arrival_scv=6.0)[0] < pools[2]


def test_a_time_per_token_that_steps_never_reach_asks_for_nothing():
    """Memory bounds the batch long before."""
    assert cap([1, 8], tpot_ms=5000).tolist() == [1.0, 1.0]


def test_rates_that_do_not_say_how_steps_grow_have_no_cap():
    instance, rates, unit, work = rated()
    rates.details[unit]["agents.decode"].growth_ms.clear()
    assert step_time_cap(instance, rates, unit, work, work, np.array([1])).tolist() == [1.0]


@pytest.mark.parametrize("count", [1, 2, 8, 72])
def test_the_largest_of_some_normals(count):
    drawn = np.random.default_rng(count).standard_normal((40_000, count)).max(axis=1)
    mean, variance = largest_normal(count)
    assert mean == pytest.approx(drawn.mean(), abs=0.02)
    assert variance == pytest.approx(drawn.var(), abs=0.02)
    assert largest_normal(2)[0] == pytest.approx(1.0 / np.sqrt(np.pi), abs=1e-12)


def test_fewer_are_a_tenth_but_one():
    assert fewer_share(np.array([1.0, 1.05, 8.0, 100.0])) == pytest.approx([1.0, 1.0 / 1.05, 0.9, 0.9])
