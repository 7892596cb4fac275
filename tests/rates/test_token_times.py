"""Time per token of units that read and write: the slowest hundredth keep it, by draws of the stated sum."""

from __future__ import annotations

import numpy as np
import pytest

import planner
from planner.instance import Phase
from planner.rates.compute import compute_rates
from planner.rates.token_times import token_time_cap


def rated(output_tokens=23, tpot_ms=40, router="least_work", roles=("colocated",)):
    instance = planner.from_dict(
        {
            "version": 1,
            "name": "answers",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 1},
            "workloads": {
                "code": {
                    "model": "qwen3-32b",
                    "demand": {"input_tokens_per_s": 25110, "output_tokens_per_s": 10 * output_tokens},
                    "lengths": {"input_tokens": 2511, "output_tokens": output_tokens},
                    "sla": {"ttft_ms": {"p99": 1500}, "tpot_ms": tpot_ms},
                    "queueing": {"router": router},
                }
            },
            "deployments": [{"role": role, "ep": 8} for role in roles],
            "fleet": {
                "h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 90}}
            },
        }
    )
    return instance, compute_rates(instance)


def cap(units, **changes):
    instance, rates = rated(**changes)
    work = next(place for place, one in enumerate(rates.works) if one.phase is Phase.DECODE)
    (unit,) = np.flatnonzero(rates.rate[:, work])[:1]
    return token_time_cap(instance, rates, unit, work, work, np.array(units))


def test_a_hundredth_is_late_at_the_cap():
    """A large pool, drawn: log-normal answers of squared variation 1, so many prompts meanwhile, as long as one."""
    instance, rates = rated()
    prefill, decode = (
        next(place for place, one in enumerate(rates.works) if one.phase is phase)
        for phase in (Phase.PREFILL, Phase.DECODE)
    )
    (unit,) = np.flatnonzero(rates.rate[:, decode])[:1]
    busy = token_time_cap(instance, rates, unit, decode, decode, np.array([100_000]))[0]
    each_s = 2511 / rates.rate[unit, prefill] + 23 / rates.rate[unit, decode]
    requests_per_s, prompt_s = busy / each_s, 2511 / rates.rate[unit, prefill]
    step_s = rates.details[unit]["code.decode"].batch_per_gpu * 8 / rates.rate[unit, decode]
    running = requests_per_s * (23 * step_s - prompt_s / 2) / (1 - requests_per_s * prompt_s)
    rng, sigma = np.random.default_rng(1), np.sqrt(np.log(2.0))
    tokens = np.maximum(23 * np.exp(sigma * rng.standard_normal(400_000) - sigma**2 / 2), 1.0)
    prompts = rng.poisson(tokens * (running - 0.5) / 23)
    # the sum of so many prompts by the gamma law of its two moments
    mean = tokens * (running - 0.5) / 23
    drawn = rng.gamma(np.maximum(mean / 2.0, 1e-9), 2.0 * prompt_s)
    assert drawn.mean() == pytest.approx(prompts.mean() * prompt_s, rel=0.02)
    assert np.mean(step_s + drawn / tokens > 0.04) == pytest.approx(0.01, rel=0.05)


def test_short_answers_small_pools_and_routers_that_do_not_look_leave_more_free():
    pools = cap([1, 4, 16, 64])
    assert np.all(np.diff(pools) > 0.0)
    assert cap([16], output_tokens=200)[0] > cap([16])[0] + 0.1
    assert cap([16], tpot_ms=80)[0] > cap([16])[0]
    assert cap([16], router="random")[0] < cap([16])[0]


def test_units_that_write_alone_are_as_busy_as_their_slots_allow():
    assert cap([1, 64], roles=("decode", "prefill")).tolist() == [1.0, 1.0]


def test_an_answer_too_slow_for_any_load_is_never_planned():
    """The steps of a batch take all of the time per token: none is left for a prompt."""
    instance, rates = rated()
    work = next(place for place, one in enumerate(rates.works) if one.phase is Phase.DECODE)
    (unit,) = np.flatnonzero(rates.rate[:, work])[:1]
    rates.rate[unit, work] /= 100.0
    assert token_time_cap(instance, rates, unit, work, work, np.array([4])).tolist() == [0.0]
