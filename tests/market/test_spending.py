"""What counts as spending by the month, and the day of a vendor's discounts, by hand."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner.core.solution import Status
from planner.loader import from_dict
from tests.reference.reference import optimum

EXACT = planner.SolveOptions(method="direct", solver="highs", relative_gap=0.0, time_limit_s=20, threads=1)


def solved(data: dict[str, Any]) -> planner.Plan:
    """The plan, the second model of one mind with it."""
    instance, right = from_dict(data), optimum(data)
    plan = planner.solve(instance, EXACT)
    if right.status == "infeasible":
        assert plan.status is Status.INFEASIBLE
        return plan
    assert plan.status is Status.OPTIMAL
    assert plan.cost == pytest.approx(right.objective, rel=1e-9)
    assert planner.check(instance, plan).passed
    return plan


def outcomes(usd_per_month: float, **risk: Any) -> dict[str, Any]:
    """100 nodes for an hour at 20 USD, or 200 with a chance of 0.4: 2,000 and 4,000 USD, 2,800 on average."""
    return {
        "version": 1,
        "name": "outcomes",
        "horizon": {"start": "2025-01-01T00:00+00:00", "period_hours": 1, "periods": 1},
        "workloads": {"w": {"demand": {"requests_per_s": 100.0}}},
        "deployments": [
            {"name": "u", "role": "request", "nodes": 1, "hardware": "x", "rate_requests_per_s": {"w": 1.0}}
        ],
        "hardware": {"x": {"gpus_per_node": 8}},
        "fleet": {"x": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 20.0}}},
        "scenarios": {"low": {"probability": 0.6}, "high": {"probability": 0.4, "demand_scale": 2.0}},
        "risk": risk,
        "limits": {"usd_per_month": usd_per_month},
    }


@pytest.mark.parametrize(
    ("risk", "cost"),
    [
        ({}, 2_800.0),
        ({"measure": "worst_case"}, 4_000.0),
        ({"measure": "cvar", "level": 0.6, "weight": 0.5}, 3_400.0),
    ],
)
def test_a_premium_of_risk_is_no_spending(risk: dict[str, Any], cost: float) -> None:
    """2,800 USD are spent an hour, whatever the plan weighs them at."""
    assert solved(outcomes(2_800.0 * 730, **risk)).cost == pytest.approx(cost)
    assert solved(outcomes(2_799.0 * 730, **risk)).status is Status.INFEASIBLE


def test_the_audit_counts_what_is_spent() -> None:
    plan = solved(outcomes(2_800.0 * 730, measure="worst_case"))
    audit = planner.check(from_dict(outcomes(2_799.0 * 730, measure="worst_case")), plan)
    assert any("a month" in str(violation) for violation in audit.violations)


def tokens(start: str, before: str, periods: int = 4) -> dict[str, Any]:
    """216 USD of tokens in six hours; half of what a day spends beyond 500 USD is off."""
    return {
        "version": 1,
        "name": "tokens",
        "horizon": {"start": start, "period_hours": 6, "periods": periods},
        "start_up": {"before_first_period": before},
        "workloads": {"w": {"demand": {"input_tokens_per_s": 0, "output_tokens_per_s": 1000}}},
        "deployments": [
            {"name": "u", "role": "decode", "nodes": 1, "hardware": "x", "rate_tokens_per_s": {"w": 1.0}}
        ],
        "hardware": {"x": {"gpus_per_node": 8}},
        "fleet": {"x": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 20.0}}},
        "vendors": {
            "v": {
                "price_usd_per_million_tokens": {"input_hit": 1.0, "input_miss": 1.0, "output": 10.0},
                "tiers": [{"above_usd_per_day": 500.0, "discount_share": 0.5}],
            }
        },
    }


@pytest.mark.parametrize(
    ("start", "before", "periods", "cost"),
    [
        # one day: 864 less half of 364
        ("2025-01-01T00:00+08:00", "off", 4, 682.0),
        # from 18:00: 216, then 648 less half of 148
        ("2025-01-01T18:00+08:00", "off", 4, 790.0),
        # a day that repeats goes on in the evening that it began in
        ("2025-01-01T18:00+08:00", "cyclic", 4, 682.0),
        # two days, the first and the last part of them one
        ("2025-01-01T18:00+08:00", "cyclic", 8, 2 * 682.0),
        # a day and a half do not go round: 432, then 864 less half of 364
        ("2025-01-01T12:00+00:00", "cyclic", 6, 432 + 864 - 182),
        # 21:00, 3:00, 9:00, 15:00: the first counts for the day it begins in
        ("2025-01-01T21:00+00:00", "off", 4, 790.0),
    ],
)
def test_a_day_of_discounts_is_one_of_the_calendar(
    start: str, before: str, periods: int, cost: float
) -> None:
    assert solved(tokens(start, before, periods)).cost == pytest.approx(cost)
