"""Rows of the family standing against the equations by hand, and its counts and lines against enumeration."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from kernels.queueing import standing_share
from planner.model.index import column_name, row_name
from planner.model.prepare import sets_of
from planner.rates.compute import compute_rates
from planner.rates.standing import losses_of
from tests.examples import small
from tests.model.listing import rows_of

FAILING = {"h800": {"failures_per_node_year": 20.0, "repair_hours": 24.0}}


def question(kinds: list[tuple[int, float]], per_s: float = 3.0, **more: Any) -> dict[str, Any]:
    """Requests that units of some kinds serve, (nodes, requests per second) each."""
    return {
        "horizon.periods": 1,
        "workloads.chat": {"demand": {"requests_per_s": per_s}, "sla": {"availability": 0.99}, **more},
        "hardware": FAILING,
        "deployments": [
            {"name": f"u{place}", "role": "request", "nodes": nodes, "rate_requests_per_s": {"chat": rate}}
            for place, (nodes, rate) in enumerate(kinds)
        ],
    }


def sets_for(changes: dict[str, Any]) -> Any:
    instance = small(changes)
    rates = compute_rates(instance)
    return instance, rates, sets_of(instance, rates)


def test_least_counts_of_two_kinds_by_hand() -> None:
    """Wide units are down 10 % of the time, narrow ones 5 %: three wide or five narrow ones, or two and two."""
    rows = rows_of(question([(2, 3.0), (1, 1.0)]))
    _, _, sets = sets_for(question([(2, 3.0), (1, 1.0)]))
    (point,) = sets.standing.points
    assert point.exact
    chosen = [column_name("stand", (0, choice)) for choice in range(point.choices)]
    assert rows["standing_0_0"] == (1.0, dict.fromkeys(chosen, 1.0), np.inf)
    for unit in (0, 1):
        counts = {name: -float(c[unit]) for name, c in zip(chosen, point.counts, strict=True) if c[unit]}
        assert rows[row_name("standing", "count", (0, unit))] == (
            0.0,
            {column_name("on", (unit, 0)): 1.0} | counts,
            np.inf,
        )


@pytest.mark.parametrize("kinds", [[(2, 3.0), (1, 1.0)], [(3, 5.0), (2, 2.0), (1, 1.0)]])
def test_counts_are_all_that_keep_the_promise_and_lines_only_such(kinds: list[tuple[int, float]]) -> None:
    instance, rates, sets = sets_for(question(kinds, 5.0))
    (point,) = sets.standing.points
    laws = [losses_of(instance, rates, unit) for unit in range(len(kinds))]
    rate = rates.rate[:, :1]
    for counts in product(range(8), repeat=len(kinds)):
        keeps = standing_share(counts, laws, rate, np.array([5.0])) >= 0.99
        chosen = any(all(x >= y for x, y in zip(counts, least, strict=True)) for least in point.counts)
        assert keeps == chosen


def test_lines_are_safe_and_nearly_tight() -> None:
    """Five kinds are too many to list: whatever keeps a choice keeps the promise."""
    kinds = [(5, 8.5), (4, 6.6), (3, 4.8), (2, 3.0), (1, 1.0)]
    instance, rates, sets = sets_for(question(kinds, 11.0))
    (point,) = sets.standing.points
    assert not point.exact
    assert point.lines
    laws = [losses_of(instance, rates, unit) for unit in range(len(kinds))]
    draws = np.random.default_rng(1)
    kept = 0
    for counts in draws.integers(0, 6, size=(400, len(kinds))).tolist():
        share = standing_share(counts, laws, rates.rate, np.array([11.0]))
        for line in point.lines:
            if (np.array(line.keep) * rates.rate[:, 0] * counts).sum() >= line.level:
                kept += 1
                assert share >= 0.99
    assert kept > 50
    assert any("safe but may ask for more" in remark for remark in sets.remarks)


def test_what_may_be_shed_may_be_carried_in_part() -> None:
    changes = question([(2, 3.0), (1, 1.0)], shed_usd_per_million_requests=10.0)
    rows = rows_of(changes)
    _, _, sets = sets_for(changes)
    (point,) = sets.standing.points
    assert point.counts[0] == (0, 0)
    assert min(point.carried) == 0.0
    assert max(point.carried) == pytest.approx(3.0)
    lower, terms, _ = rows["standing_carried_0_0"]
    assert lower == terms["shed_0_0"] == pytest.approx(3000.0)


def test_a_pool_of_one_kind_says_it_by_its_headroom() -> None:
    _, _, sets = sets_for(question([(2, 3.0)]))
    assert sets.standing is None
    assert sets.waits is None
    assert sets.headroom[0, 0] == pytest.approx(1.0 / 3.0)
