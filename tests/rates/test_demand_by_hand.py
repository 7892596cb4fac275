"""Requests as tokens, and customers as load held ready: node counts of plans against sums by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import lognorm

import planner
from tests.examples import plain

EXACT = planner.SolveOptions(solver="highs", threads=1, relative_gap=0.0)


def nodes(workload: dict[str, Any], periods: int = 1) -> dict[str, list[int]]:
    """Units on by role, where one node reads 1,000 tokens/s and one writes 200, hired by the hour for 1 USD."""
    data = plain({"horizon.periods": periods, "workloads": {"chat": workload}})
    data["fleet"] = {"h800": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}}
    data["deployments"] = [
        {"name": role, "role": role, "nodes": 1, "rate_tokens_per_s": {"chat": rate}}
        for role, rate in (("prefill", 1000), ("decode", 200))
    ]
    instance = planner.from_dict(data)
    plan = planner.solve(instance, EXACT)
    assert planner.check(instance, plan).passed
    on = {unit.unit: list(unit.on) for unit in plan.units}
    assert plan.cost == pytest.approx(sum(map(sum, on.values())))
    return on


def test_requests_are_prompts_that_are_computed_and_answers() -> None:
    """7 x 1.5 = 10.5 requests/s of 1,000 + 130 tokens, 40 % cached: 6,300 and 1,365 tokens/s; 1 x 1.5: 900 and 195."""
    demand = {"requests_per_s": [7.0, 1.0], "cached_share": 0.4, "scale": 1.5}
    asked = {"demand": demand, "lengths": {"input_tokens": 1000, "output_tokens": 130}}
    assert nodes(asked, periods=2) == {"prefill": [7, 1], "decode": [7, 1]}


def test_requests_of_classes_have_the_mean_of_their_lengths() -> None:
    """3 of 4 requests have 400 + 100 tokens, the fourth 4,000 + 20: 1,300 and 80 in the mean, of 10 a second."""
    classes = [
        {"share": 0.75, "input_tokens": 400, "output_tokens": 100},
        {"share": 0.25, "input_tokens": 4000, "output_tokens": 20},
    ]
    asked = {"demand": {"requests_per_s": 10.0}, "lengths": {"classes": classes}}
    assert nodes(asked) == {"prefill": [13], "decode": [4]}


def peak(customers: int, scv: float, quantile: float) -> float:
    """Load over its mean that one or two log-normal customers of mean 1 stay under together."""
    sigma = math.sqrt(math.log1p(scv))
    one = lognorm(sigma, scale=math.exp(-(sigma**2) / 2.0))
    if customers == 1:
        return float(one.ppf(quantile))

    def missed(level: float) -> float:
        below, _ = quad(lambda load: one.pdf(load) * one.cdf(2.0 * level - load), 0.0, 2.0 * level, limit=500)
        return below - quantile

    return float(brentq(missed, 1.0, 100.0))


@pytest.mark.parametrize(("count", "scv", "quantile"), [(1, 2.0, 0.99), (1, 0.5, 0.95), (2, 1.0, 0.95)])
def test_customers_are_a_log_normal_law_each(count: int, scv: float, quantile: float) -> None:
    burst = peak(count, scv, quantile)
    asked = {
        "demand": {"input_tokens_per_s": 20_300.0, "output_tokens_per_s": 1_010.0},
        "customers": {"classes": [{"count": count, "burstiness_scv": scv}], "quantile": quantile},
    }
    assert nodes(asked) == {"prefill": [math.ceil(20.3 * burst)], "decode": [math.ceil(5.05 * burst)]}


def test_customers_without_bursts_and_very_many_need_nothing_more() -> None:
    demand = {"input_tokens_per_s": 20_300.0, "output_tokens_per_s": 1_010.0}
    for one in ({"count": 3, "burstiness_scv": 0.0}, {"count": 10**9}):
        assert nodes({"demand": demand, "customers": {"classes": [one]}}) == {"prefill": [21], "decode": [6]}
