"""Headroom for waits and failures: who pays how much, in the rates, in the plan and in its audit."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from kernels.queueing import pooled_peak, spares, ttft_cap, unit_unavailability
from planner.core.errors import InstanceError
from planner.instance.demand_series import demand_of
from planner.rates.compute import compute_rates
from planner.rates.headroom import (
    busy_share,
    carried_by,
    headroom,
    headroom_for_waits,
    smallest_pools,
)
from planner.rates.standing import losses_of
from planner.verify.audit.demanded import asked
from planner.verify.audit.promises import busy_limits
from planner.verify.audit.requests import RequestFacts
from tests.examples import plain, small

LENGTHS = {"input_tokens": 500, "output_tokens": 100}
WAITS = {
    "workloads.chat.lengths": LENGTHS,
    "workloads.chat.sla": {"ttft_ms": {"p95": 3000}, "tpot_ms": 50},
    "workloads.chat.queueing": {
        "arrival_scv": 2.0,
        "prefill_scv": 1.0,
        "decode_scv": 0.5,
        "kv_transfer_ms": 0,
    },
}
FAILS = {
    "workloads.chat.sla": {"availability": 0.999},
    "hardware": {"h800": {"failures_per_node_year": 20.0, "repair_hours": 24.0}},
}
BOTH = {
    **WAITS,
    **FAILS,
    "workloads.chat.sla": {"ttft_ms": {"p95": 3000}, "tpot_ms": 50, "availability": 0.9999},
    "deployments": [
        {"name": "prefill", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000}},
        {"name": "decode", "role": "decode", "ep": 4, "rate_tokens_per_s": {"chat": 500}},
    ],
}
SLOTS = WAITS | {
    "workloads.chat.sla": {"ttft_ms": {"p95": 3000, "p99": 9000}, "tpot_ms": 7}
}  # 500 slots: 357 units
SWAPPED = FAILS | {"hardware": {"h800": {**FAILS["hardware"]["h800"], "swap_hours": 0.25}}}


def shares(changes, demand=(1500.0, 900.0, 2500.0)):
    instance = small({**changes, "workloads.chat.demand.input_tokens_per_s": list(demand)})
    return headroom(instance, compute_rates(instance))


def test_nothing_promised_nothing_held_back():
    assert shares({}) is None
    assert shares({"workloads.chat.sla": {"ttft_ms": {"p95": 3000}}}) is None
    plan = planner.solve(small())
    assert all(unit.busy_limit == () for unit in plan.units)


def test_waits_by_hand():
    """One prefill unit is one server of 0.5 s a prompt; half of the 5 % may be missed in prefill."""
    instance = small(WAITS)
    rates = compute_rates(instance)
    carried = carried_by(instance, rates, 0, 0, np.array([1, 3]))
    assert carried == pytest.approx([n * float(ttft_cap(n, 0.5, 3.0, 0.975, 0.0, 2.0, 1.0)) for n in (1, 3)])


def test_shared_units_are_capped_by_the_lumpiest_work():
    """Letters of ten times the length share the prefill unit: 5 s in front of a prompt of 0.5 s."""
    letters = {
        "lengths": {"input_tokens": 5000, "output_tokens": 100},
        "demand": {"input_tokens_per_s": [10, 10, 10], "output_tokens_per_s": [1, 1, 1]},
        "sla": {"tpot_ms": 50},
    }
    shared = plain(WAITS)
    shared["workloads"]["letters"] = letters
    for deployment in shared["deployments"]:
        deployment["rate_tokens_per_s"]["letters"] = deployment["rate_tokens_per_s"]["chat"]
    instance = planner.from_dict(shared)
    rates = compute_rates(instance)
    carried = carried_by(instance, rates, 0, 0, np.array([4, 9]))
    behind = ttft_cap([4, 9], 0.5, 3.0, 0.975, 0.0, 1.0, 1.0, ahead_s=5.0, ahead_scv=1.0)
    assert carried == pytest.approx(np.array([4, 9]) * behind)
    alone = small(WAITS)
    assert np.all(carried < carried_by(alone, compute_rates(alone), 0, 0, np.array([4, 9])))


def test_failures_by_hand():
    instance = small(FAILS)
    rates = compute_rates(instance)
    decode = next(place for place, unit in enumerate(rates.units) if unit.role == "decode")
    odds = 20.0 * 24.0 / 8760.0
    down = float(unit_unavailability(2, odds / (1 + odds)))
    needed = np.arange(1, 6)
    running = needed + spares(needed, down, 0.9995)  # prefill and decode may each miss half of 0.1 %
    law = losses_of(instance, rates, decode)
    assert [law.least(int(count), 0.9995) for count in needed] == running.tolist()
    share = headroom(
        small(FAILS | {"workloads.chat.demand.output_tokens_per_s": [500.0, 1000.0, 2500.0]}), rates
    )
    units = np.array([500.0, 1000.0, 2500.0]) / rates.rate[decode, 1]
    alone = [law.least(int(np.ceil(count - 1e-9)), 0.9995) for count in units]
    assert units / share[decode] == pytest.approx(alone)


def test_spare_nodes_make_wide_units_cheap_to_keep():
    large = {**FAILS, "workloads.chat.demand.scale": 40.0}
    waiting, swapping = shares(large), shares({**large, "hardware.h800.swap_hours": 0.25})
    assert np.all(swapping[1] > waiting[1])


def test_small_fleets_pay_more():
    share = shares(
        WAITS | {"workloads.chat.demand.output_tokens_per_s": [100, 1000, 10_000]}, (500, 5_000, 50_000)
    )
    assert np.all(np.diff(share, axis=1) > 0)
    assert share[:, -1].min() > 0.85


@settings(max_examples=15, deadline=None)
@given(st.floats(0.05, 400.0), st.sampled_from([WAITS, WAITS | FAILS]))
def test_whole_units_carry_what_is_needed_and_one_fewer_does_not(needed, promise):
    instance = small(promise)
    rates = compute_rates(instance)
    share = float(busy_share(instance, rates, 0, 0, np.array([needed]))[0])
    assert 0.0 < share <= 1.0
    units = int(np.ceil(needed / share - 1e-6))
    carried = carried_by(instance, rates, 0, 0, np.arange(1, units + 1))
    assert carried[-1] >= needed * (1 - 1e-9)
    if units > 1:
        assert carried[-2] < needed * (1 + 1e-9)


@pytest.mark.parametrize(
    "promise",
    [WAITS, BOTH, SLOTS],
    ids=["waits", "both, two a node", "few slots"],
)
def test_no_pool_may_be_busier_than_the_audit_lets_it(promise):
    """Pools of 1 to 2,000 units of any size: what the plan may count on is what its judge works out pool by pool."""
    draws = np.random.default_rng(11)
    changes = {"horizon.periods": 80, **promise}
    for phase, rate in (("input", 1000.0), ("output", 500.0)):
        units = np.exp(draws.uniform(0.0, np.log(2000.0), 80))
        changes[f"workloads.chat.demand.{phase}_tokens_per_s"] = (rate * units).tolist()
    instance = small(changes)
    rates = compute_rates(instance)
    demand = np.array([demand_of(instance, work.workload, work.phase) for work in rates.works])
    judged = busy_limits(
        RequestFacts(instance, rates, asked(instance)), demand, list(range(len(rates.units)))
    )
    planned = headroom_for_waits(instance, rates)
    assert np.all(planned > 0)
    assert np.all(planned <= judged * (1 + 1e-9))
    assert np.all(planned >= judged * (1 - 1e-9))


def test_a_pool_is_found_among_steps_and_jumps():
    """Pools that gain nothing from some units and much from others, up to sizes that nobody tabulates."""

    def carried(units):
        return np.where(units < 500, np.floor(0.7 * units), np.floor(0.8 * units / 3) * 3)

    every = carried(np.arange(0, 60_000))
    asked = np.unique(np.random.default_rng(5).uniform(0.1, 40_000.0, 3000))
    above = np.searchsorted(every, asked)
    part = (asked - every[above - 1]) / (every[above] - every[above - 1])
    assert smallest_pools(carried, asked) == pytest.approx(above - 1 + part, rel=1e-12)
    assert np.isinf(smallest_pools(lambda units: np.minimum(carried(units), 100.0), asked))[asked > 100].all()


def test_a_promise_no_load_can_keep():
    hopeless = small({**WAITS, "workloads.chat.sla": {"ttft_ms": {"p95": 400}, "tpot_ms": 50}})
    rates = compute_rates(hopeless)  # a mean prompt alone takes 500 ms
    assert [unit.name for unit in rates.units] == ["decode"]
    assert "of its prompts alone take longer" in rates.rejected[0].why
    assert planner.solve(hopeless).status == "infeasible"


def test_missing_data_is_named():
    with pytest.raises(InstanceError, match=r"workloads\.chat: needs lengths"):
        shares({name: value for name, value in WAITS.items() if name != "workloads.chat.lengths"})


def test_the_plan_holds_it_back_and_the_audit_sees_to_it():
    plain, promised = small(), small(WAITS | {"workloads.chat.demand.scale": 4.0})
    plan = planner.solve(promised)
    assert plan.usable
    assert not plan.warnings
    assert plan.cost > planner.solve(small({"workloads.chat.demand.scale": 4.0})).cost
    limits = {unit.unit: unit.busy_limit for unit in plan.units}
    assert all(0 < limit < 1 for series in limits.values() for limit in series)
    assert set(plan.frame("units")["busy_limit"]) == {x for series in limits.values() for x in series}
    tight = planner.solve(small({"workloads.chat.demand.scale": 4.0}))
    verdict = planner.check(promised, dataclasses.replace(tight, instance=promised.name))
    assert any("busy" in str(violation) for violation in verdict.violations)
    assert planner.check(plain, planner.solve(plain)).passed
    again = planner.Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again.units == plan.units


def test_units_are_ready_when_a_promised_period_begins():
    """Half an hour to start: averaged over the hour without a promise, an hour ahead with one."""
    slow = {"start_up": {"hours": 0.5}, "workloads.chat.demand.scale": 3.0}
    plain, promised = (planner.solve(small(slow | more)) for more in ({}, WAITS))
    assert not plain.warnings
    assert not promised.warnings
    instance = small(slow | WAITS)
    rates = compute_rates(instance)
    share = headroom(instance, rates)
    for place, unit in enumerate(rates.units):
        work = int(np.argmax(rates.rate[place] > 0))
        name = "input_tokens_per_s" if work == 0 else "output_tokens_per_s"
        demand = 3.0 * np.array(getattr(instance.workloads["chat"].demand, name))
        on = np.array(next(entry.on for entry in promised.units if entry.unit == unit.name))
        ready = np.minimum(on, np.roll(on, 1))
        assert np.all(ready * share[place] * rates.rate[place, work] >= demand * (1 - 1e-6))


def test_few_customers_need_more_standing_by_than_many():
    def standing_by(count):
        classes = {"workloads.chat.customers": {"classes": [{"count": count, "burstiness_scv": 9.0}]}}
        return 1.0 / shares(classes, (40_000.0, 40_000.0, 40_000.0))[0]

    few, many = standing_by(100), standing_by(10_000)
    assert few == pytest.approx(np.full(3, pooled_peak(100, 9.0).independent))
    assert np.all(few > 2.0)  # with a predictable peak of 1.42 over the mean: the "3 to 5 times" of the field
    assert np.all(many < 1.3)  # the "30 %"


def test_one_large_customer_among_many_counts():
    equal, giant = (
        shares({"workloads.chat.customers": {"classes": classes}})[0, 0]
        for classes in (
            [{"count": 1001, "burstiness_scv": 2.0}],
            [{"count": 1000, "burstiness_scv": 2.0}, {"count": 1, "burstiness_scv": 2.0, "size": 1000.0}],
        )
    )
    assert giant < 0.7 * equal
