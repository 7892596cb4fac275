"""Availability by construction: spares of the plan's pools against simulated failures and repairs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import planner
from planner.rates.compute import compute_rates
from planner.rates.standing import losses_of
from planner.verify.simulation import ReplayOptions
from planner.verify.simulation.failures import Failing, down_times
from planner.verify.simulation.schedule import schedule_of
from planner.verify.simulation.standing import _up
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
    promised = 0.98  # of which prefill and decode may each miss half
    hardware = {"failures_per_node_year": 20.0, "repair_hours": 24.0}
    if swap_hours is not None:
        hardware["swap_hours"] = swap_hours
    instance = small(
        {"workloads.chat.sla": {"availability": promised}, "hardware": {"h800": hardware}},
    )
    rates = compute_rates(instance)
    unit = next(place for place, kind in enumerate(rates.units) if kind.role == role)
    copies = losses_of(instance, rates, unit).least(needed, target)
    assert copies is not None
    assert copies > needed
    rng = np.random.default_rng(8)
    assert up_share(rng, copies, rates.units[unit].nodes, failing, needed) >= target - 0.003
    fewer = copies - (1 if swap_hours is None else 2)
    assert up_share(rng, fewer, rates.units[unit].nodes, failing, needed) < target


def test_the_replay_tells_how_long_capacity_stands():
    """The plan keeps its promise; with one decode unit less for every eight it does not."""
    hardware = {"h800": {"failures_per_node_year": 60.0, "repair_hours": 24.0}}
    changes = {
        "horizon.period_hours": 8.0,  # failures are drawn over so many hours at a time
        "workloads.chat.sla": {"availability": 0.98, "tpot_ms": 50},
        "workloads.chat.lengths": {"input_tokens": 500, "output_tokens": 100},
        "workloads.chat.demand": {"input_tokens_per_s": 15000, "output_tokens_per_s": 3000},
        "hardware": hardware,
        "fleet.h800.rent.max_nodes": 200,
        "fleet.h800.reserve": None,
    }
    instance = small(changes)
    plan = planner.solve(instance)
    options = ReplayOptions(seeds=(1,), requests=2_000)
    found = planner.simulate(instance, plan, options=options)
    assert found.workloads[0].standing_share.mean > 0.98
    assert found.workloads[0].stands
    fewer = dataclasses.replace(
        plan,
        units=tuple(
            dataclasses.replace(unit, on=tuple(count - count // 8 for count in unit.on))
            for unit in plan.units
        ),
    )
    short = planner.simulate(instance, fewer, options=options).workloads[0]
    assert short.standing_share.mean < 0.98
    assert not short.stands
    assert not short.kept
    assert (
        planner.simulate(instance, plan, options=dataclasses.replace(options, failures=False))
        .workloads[0]
        .standing_share
        is None
    )


def test_runs_of_time_by_hand():
    demand = {"input_tokens_per_s": [1500, 900], "output_tokens_per_s": [350, 150]}
    instance = small({"horizon.periods": 2, "workloads.chat.demand": demand})
    plan = planner.solve(instance)
    units = tuple(dataclasses.replace(unit, on=(3, 2)) for unit in plan.units)
    schedule = schedule_of(instance, dataclasses.replace(plan, units=units), compute_rates(instance))
    down = [[[], [(0.5, 1.5)], [(0.25, 9.0)]], [[], [], []]]
    lasts, period, up = _up(schedule, down)
    assert lasts.tolist() == [0.25, 0.25, 0.5, 0.5, 0.5]
    assert period.tolist() == [0, 0, 0, 1, 1]
    assert up.tolist() == [
        [3, 2, 1, 1, 2],
        [3, 3, 3, 2, 2],
    ]  # the third copy does not run in the second period
