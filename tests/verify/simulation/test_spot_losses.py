"""Spot nodes taken back: how many, how often, and what that leaves of the units."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import planner
from planner.plan.contents import Holding, UnitSchedule
from planner.rates.compute import compute_rates
from planner.verify.simulation import ReplayOptions, simulate
from planner.verify.simulation.down import down_of
from planner.verify.simulation.schedule import schedule_of
from planner.verify.simulation.spot_losses import NodesLost, draw_losses, interruptible, units_lost
from tests.examples import small

SPOT = {
    "kind": "spot",
    "price_usd_per_node_hour": 5.0,
    "max_nodes": 40,
    "interruptions_per_node_month": 73.0,
    "restart_hours": 0.5,
}
FIRM = {"kind": "reserved", "price_usd_per_node_hour": 10.0, "max_nodes": 40}


def planned(spot=SPOT, held=(8, 4), periods=3):
    """Six prefill units of a node and three decode units of two, on `held` firm and spot nodes."""
    instance = small({"fleet.h800": {"firm": FIRM, "spot": spot}, "horizon.periods": periods})
    plan = planner.solve(instance)
    units = (
        UnitSchedule("prefill", "h800", "prefill", 8, 1, (6,) * periods),
        UnitSchedule("decode", "h800", "decode", 16, 2, (3,) * periods),
    )
    kinds = zip(("firm", "spot"), ("reserved", "spot"), held, strict=True)
    holdings = tuple(
        Holding("h800", name, kind, "", 0, periods - 1, nodes, 0.0) for name, kind, nodes in kinds
    )
    return instance, dataclasses.replace(plan, units=units, holdings=holdings)


def test_units_lost_by_hand():
    instance, plan = planned()
    schedule = schedule_of(instance, plan, compute_rates(instance))
    lost = units_lost(schedule, plan, [NodesLost("h800", 0.5, 1.5, 4)])
    # 8 of the 12 nodes in use are left: two thirds of 6 and of 3 units, in both periods that the loss touches
    assert lost == [[[]] * 4 + [[(0.5, 1.0), (1.0, 1.5)]] * 2, [[]] * 2 + [[(0.5, 1.0), (1.0, 1.5)]]]
    spare = dataclasses.replace(plan, units=(plan.units[0],))
    schedule = schedule_of(instance, spare, compute_rates(instance))
    assert units_lost(schedule, spare, [NodesLost("h800", 0.5, 1.5, 4)])[0] == [[]] * 6  # idle nodes go first


@pytest.mark.parametrize("lost_share", [None, 0.5, 1.0])
def test_nodes_are_gone_for_the_stated_share_of_time(lost_share):
    loss = {} if lost_share is None else {"correlated_loss": {"lost_share": lost_share, "kept_share": 0.1}}
    instance, plan = planned(SPOT | loss)
    assert interruptible(instance, plan)
    rng = np.random.default_rng(5)
    drawn = [event for _ in range(4_000) for event in draw_losses(instance, plan, rng)]
    expected = 4 * 73.0 / 730.0 * 3.0 * 4_000  # nodes, interruptions an hour, hours, draws
    assert sum(event.nodes for event in drawn) == pytest.approx(expected, rel=0.05)
    assert {event.nodes for event in drawn} == {1 if lost_share is None else int(4 * lost_share)}
    assert all(event.end - event.begin == pytest.approx(0.5) for event in drawn)


def test_losses_that_come_together_hurt_more():
    """The same nodes are lost as often; all at once no idle node makes up for them."""
    share = []
    for loss in ({}, {"correlated_loss": {"lost_share": 1.0, "kept_share": 0.0}}):
        instance, plan = planned(SPOT | loss, held=(10, 4))
        schedule = schedule_of(instance, plan, compute_rates(instance))
        lost = [
            units_lost(schedule, plan, draw_losses(instance, plan, np.random.default_rng(seed)))
            for seed in range(400)
        ]
        share.append(
            sum(end - begin for unit in lost for copies in unit for copy in copies for begin, end in copy)
        )
    assert share[1] > 1.5 * share[0]


def test_the_replay_counts_them():
    changes = {
        "workloads.chat.lengths": {"input_tokens": 500, "output_tokens": 100},
        "workloads.chat.sla": {"ttft_ms": {"p95": 5000}, "tpot_ms": 50},
        "fleet.h800": {"spot": SPOT | {"interruptions_per_node_month": 500.0}},
    }
    instance = small(changes)
    plan = planner.solve(instance)
    with_losses, without = (
        simulate(instance, plan, options=ReplayOptions(seeds=(1, 2), requests=20_000, failures=failing))
        for failing in (None, False)
    )
    assert with_losses.failures
    assert not without.failures
    assert with_losses.workloads[0].good_share.mean < without.workloads[0].good_share.mean


def test_nothing_is_taken_without_interruptions():
    instance, plan = planned(SPOT | {"interruptions_per_node_month": 0.0})
    assert not interruptible(instance, plan)
    schedule = schedule_of(instance, plan, compute_rates(instance))
    assert draw_losses(instance, plan, np.random.default_rng(1)) == []
    assert not any(copy for unit in down_of(schedule, plan, None) for copy in unit)
