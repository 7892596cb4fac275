"""Margins: by hand where limits are given, against the linear program, and no other figure passes the audit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import planner
from planner.plan.margins import PromiseMargin, margins_of
from planner.rates.compute import compute_rates
from planner.verify.audit.margins import least_growth, slower


def question(failures=0.0, **chat):
    """Two hours of 1,500 and 1,000 prompt tokens/s on units of 400 that may be busy 0.8 of the time, 320 each."""
    return planner.from_dict(
        {
            "version": 1,
            "name": "margins",
            "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 2},
            "workloads": {
                "chat": {
                    "demand": {"input_tokens_per_s": [1500.0, 1000.0]},
                    "lengths": {"input_tokens": 1000, "output_tokens": 1},
                    "sla": {"ttft_ms": {"p90": 60000}},
                    "queueing": {"prefill_busy_limit": 0.8},
                    **chat,
                }
            },
            "hardware": {"h100": {"failures_per_node_year": failures, "repair_hours": 24.0}},
            "deployments": [{"role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 400}}],
            "fleet": {"h100": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}},
        }
    )


def test_the_tighter_hour_by_hand():
    """Five units carry 1,600: 6.7 % more; four carry 1,280: 28 % more. A limit that was measured knows no speed."""
    plan = planner.solve(question())
    (margin,) = margins_of(plan)
    assert margin.load == pytest.approx(1600 / 1500 - 1, abs=1e-9)
    assert margin.rate == pytest.approx(1 - 1500 / 1600, abs=1e-3)
    assert "+6.67% load or -6." in str(plan)


def test_no_margin_without_a_promise_that_is_planned_for():
    plan = planner.solve(question(queueing=None))
    assert margins_of(plan) == []
    assert any("no wait is planned" in warning for warning in plan.warnings)


def test_units_that_stand_by_for_failures_are_no_margin():
    """Nodes are down 5 % of the time: seven or more run so that five, which carry 1,600, are up for 0.99 of it."""
    promised = {"ttft_ms": {"p90": 60000}, "availability": 0.99}
    plan = planner.solve(question(20.0, sla=promised))
    (margin,) = margins_of(plan)
    assert plan.units[0].on[0] > 6
    assert margin.load == pytest.approx(1600 / 1500 - 1, abs=1e-3)
    assert margin.rate == pytest.approx(1 - 1500 / 1600, abs=1e-3)
    assert planner.check(question(20.0, sla=promised), plan).passed


def test_another_figure_is_refused():
    instance = question()
    plan = planner.solve(instance)
    for key in plan.summary:
        if "margin." in key:
            summary = {**plan.summary, key: plan.summary[key] + 0.01}
            found = planner.check(instance, dataclasses.replace(plan, summary=summary))
            assert [one.where for one in found.violations] == [f"summary.{key}"]


@pytest.mark.parametrize("seed", range(5))
def test_two_jobs_by_their_kinks_as_by_the_linear_program(seed):
    rng = np.random.default_rng(seed)
    usable, part = rng.random((4, 3)), rng.random((4, 2, 3)) * (rng.random((4, 2, 3)) > 0.3)
    part[0, 0], part[1, 1] = 0.5, 0.5  # somebody can do each
    found = least_growth(usable, part)
    third = np.concatenate([part, np.full((4, 1, 3), 0.0)], axis=1)
    third[:, 2] = 1e9  # a job that takes no time
    assert found == pytest.approx(least_growth(usable, third), rel=1e-6)


def test_slower_units_take_longer_for_all():
    rates = compute_rates(question())
    half = slower(rates, 0.5)
    assert half.rate == pytest.approx(rates.rate / 2)


def test_a_margin_that_rounds_to_nothing_is_told_in_words():
    assert str(PromiseMargin("chat", 0.018, 0.017)) == "+1.80% load or -1.70% rate breaks the promise to chat"
    assert (
        str(PromiseMargin("chat", 4e-6, 4e-6))
        == "any more load, and any lower rate, breaks the promise to chat"
    )
