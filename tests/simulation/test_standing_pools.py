"""Availability by construction: spares of the plan's pools against simulated failures and repairs."""

from __future__ import annotations

import numpy as np
import pytest

from planner.rates.compute import compute_rates
from planner.rates.headroom import busy_share
from planner.simulation.failures import Failing, down_times
from tests.examples import small

HOURS = 60_000.0


def up_share(rng, copies, nodes, failing, needed):
    """Share of time in which at least `needed` of the copies are up."""
    steps = []
    for copy in down_times(rng, copies, nodes, failing, HOURS):
        for begin, end in copy:
            steps += [(begin, -1), (min(end, HOURS), 1)]
    steps.sort()
    moments = np.array([0.0, *(moment for moment, _ in steps), HOURS])
    up = copies + np.concatenate([[0], np.cumsum([step for _, step in steps])])
    return float(np.diff(moments)[up >= needed].sum() / HOURS)


@pytest.mark.parametrize("swap_hours", [None, 0.5])
@pytest.mark.parametrize(("role", "needed"), [("prefill", 30), ("decode", 12)])
def test_pools_stand_for_the_promised_share_of_time(role, needed, swap_hours):
    target, failing = 0.99, Failing(20.0, 24.0, swap_hours)
    hardware = {"failures_per_node_year": 20.0, "repair_hours": 24.0}
    if swap_hours is not None:
        hardware["swap_hours"] = swap_hours
    instance = small(
        {"workloads.chat.sla": {"availability": target}, "hardware": {"h800": hardware}},
    )
    rates = compute_rates(instance)
    unit = next(place for place, kind in enumerate(rates.units) if kind.role == role)
    work = int(np.argmax(rates.rate[unit] > 0))
    share = float(busy_share(instance, rates, unit, work, np.array([float(needed)]))[0])
    copies = round(needed / share)
    assert copies > needed
    rng = np.random.default_rng(8)
    assert up_share(rng, copies, rates.units[unit].nodes, failing, needed) >= target - 0.003
    if swap_hours is None:
        assert up_share(rng, copies - 1, rates.units[unit].nodes, failing, needed) < target
    else:  # two kinds of loss, each bounded apart: careful by two units at most
        assert up_share(rng, copies - 3, rates.units[unit].nodes, failing, needed) < target
