"""The judges of rates over lengths: the audit's rule, and the replay of requests at lengths of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import planner
from planner.plan.plan import Plan
from planner.rates import Rates
from planner.verify.simulation import ReplayOptions, Requests, simulate
from tests.examples import small

CLASSES = [
    {"share": 9, "input_tokens": 2000, "output_tokens": 200},
    {"share": 1, "input_tokens": 40000, "output_tokens": 200},
]
ALIKE = {"input_tokens": 5800, "output_tokens": 200}


def asked(lengths: dict[str, Any]) -> planner.Instance:
    return small(
        {
            "workloads.chat.model": "deepseek-v3",
            "workloads.chat.lengths": lengths,
            "workloads.chat.sla": {"tpot_ms": 50, "ttft_ms": {"p90": 8_000}},
            "workloads.chat.queueing": {"ranks": "even"},
            "workloads.chat.demand": {"input_tokens_per_s": 600_000, "output_tokens_per_s": 20_000},
            "deployments": [
                {"role": "prefill", "ep": 16, "pass_tokens": 16384},
                {"role": "decode", "ep": 32},
            ],
            "horizon.periods": 1,
            "fleet.h800.rent.max_nodes": 60,
            "fleet.h800.reserve.max_nodes": 60,
        }
    )


@pytest.fixture(scope="module")
def over() -> tuple[planner.Instance, Plan]:
    instance = asked({"classes": CLASSES})
    return instance, planner.solve(instance, planner.SolveOptions(relative_gap=0.0))


@pytest.fixture(scope="module")
def alike() -> tuple[planner.Instance, Plan]:
    instance = asked(ALIKE)
    return instance, planner.solve(instance, planner.SolveOptions(relative_gap=0.0))


def test_the_audit_times_every_length_by_itself(over: tuple[planner.Instance, Plan]) -> None:
    instance, plan = over
    rates = planner.compute_rates(instance)
    assert planner.check(instance, plan, rates).passed
    audit = planner.check(instance, plan, at_the_mean(rates))
    named = {violation.where for violation in audit.violations if violation.rule == "lengths"}
    assert named == {"h800.prefill.ep16 for chat.prefill"}


def at_the_mean(rates: Rates) -> Rates:
    """The rates as they would be if all requests were alike."""
    rate = rates.rate.copy()
    for unit, details in enumerate(rates.details):
        for column, work in enumerate(rates.works):
            if work.name in details:
                rate[unit, column] = details[work.name].nominal_per_s or rate[unit, column]
    return replace(rates, rate=rate)


def test_a_plan_of_means_alone_is_cheaper_and_busier_than_it_says(
    over: tuple[planner.Instance, Plan], alike: tuple[planner.Instance, Plan]
) -> None:
    rng = np.random.default_rng(1)
    count = 3_000
    prompts = np.where(rng.random(count) < 0.9, 2000, 40000)
    trace = Requests(np.cumsum(rng.exponential(1.0, count)), prompts, np.full(count, 200))
    options = ReplayOptions(seeds=(1,), requests=count)
    assert alike[1].cost < over[1].cost
    kept, busier = (simulate(*one, trace, options=options).workloads[0] for one in (over, alike))
    assert busier.prefill_utilisation[0] > 1.03 * kept.prefill_utilisation[0]
    assert float(kept.good_share.mean or 0.0) > 0.9
