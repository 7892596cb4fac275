"""Work that may wait in the replay: when the plan lets it in, by hand, and its deadline kept and broken."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest

import planner
from planner.rates.compute import compute_rates
from planner.verify.simulation import Lived, ReplayOptions, simulate
from planner.verify.simulation.relaxation import relaxation_s
from planner.verify.simulation.schedule import ReplayClock, schedule_of
from planner.verify.simulation.traffic import traffic_of
from planner.verify.simulation.waiting import Course, released
from tests.verify.simulation.test_measure import INSTANCE, SOLVE, reduced

CLOCK = ReplayClock(periods=2, period_s=10.0, real_s=10.0)


def course(admitted, served, before=(0.0,)):
    return Course(np.array(admitted), np.array(served), np.array(before))


def moments(arrival_s, first, second, clock=CLOCK, blocks=1):
    found = released(np.array(arrival_s), first, second, clock, blocks)
    return [
        values.tolist() for values in (found.first_s, found.second_s, found.first_at_s, found.second_at_s)
    ]


def test_what_is_put_off_comes_a_period_later():
    late, at_once = course([4.0, 0.0], [0.0, 4.0]), course([4.0, 0.0], [4.0, 0.0])
    first, second, first_at, second_at = moments([2.5, 10.0], at_once, late)
    assert first == first_at == [2.5, 10.0]
    assert second == second_at == [12.5, 20.0]


def test_a_cyclic_day_takes_over_what_it_leaves():
    """5/s come all day and are served in its first half only: 50 wait at midnight, in seconds of 5 tokens."""
    half = course([5.0, 5.0], [10.0, 0.0], before=[50.0])
    first, _, at, _ = moments([0.0, 4.0, 10.0, 16.0], half, half)
    assert first == [5.0, 7.0, 20.0, 23.0]
    assert at == [5.0, 7.0, 0.0, 3.0]


def test_blocks_are_apart_and_a_faster_clock_leaves_less_waiting():
    half = course([5.0, 5.0, 5.0, 5.0], [10.0, 0.0, 10.0, 0.0], before=[500.0, 500.0])
    clock = ReplayClock(periods=4, period_s=10.0, real_s=100.0)
    first, _, at, _ = moments([4.0, 30.0], half, half, clock, blocks=2)
    assert first == [7.0, 40.0]
    assert at == [7.0, 20.0]


def planned(serve_apart):
    """Chat beside jobs that may wait two hours, planned; whether units may be kept to one of them."""
    data = json.loads(json.dumps(INSTANCE))
    data["horizon"]["periods"] = 4
    for series, values in (("input", [240, 120, 60, 120]), ("output", [48, 24, 12, 24])):
        data["workloads"]["chat"]["demand"][f"{series}_tokens_per_s"] = [1000.0 * value for value in values]
    data["workloads"]["chat"]["priority"] = 1
    data["workloads"]["jobs"] = {
        "lengths": {"input_tokens": 3000, "output_tokens": 300},
        "demand": {"input_tokens_per_s": [240000.0, 0, 0, 0], "output_tokens_per_s": [24000.0, 0, 0, 0]},
        "sla": {"tpot_ms": 50},
        "deferral": {"deadline_hours": 2},
        "priority": 9,
    }
    for deployment in data["deployments"]:
        deployment["rate_tokens_per_s"]["jobs"] = deployment["rate_tokens_per_s"]["chat"]
        deployment["serve_apart"] = serve_apart
    data["fleet"]["h800"]["rent"]["kind"] = "reserved"  # what stands all day pays for waiting
    instance = planner.from_dict(data)
    one_engine = dataclasses.replace(SOLVE, solver="highs", threads=1)  # always the same of equal plans
    return instance, planner.solve(instance, one_engine)


@pytest.fixture(scope="module")
def shared():
    return planned(serve_apart=False)


def test_works_that_share_units_keep_their_promises_and_a_tenth_less_breaks_one(shared):
    instance, plan = shared
    options = ReplayOptions(seeds=(1, 2), requests=100_000)
    result = simulate(instance, plan, options=options)
    chat, jobs = result.workloads
    assert result.kept
    assert [promise.measure for promise in jobs.promises] == ["tpot_ms", "waited_hours"]
    assert jobs.ttft_ms == {}
    assert 0.5 < jobs.waited_hours["p90"].mean <= 2.0
    assert chat.waited_hours == {}
    less = simulate(instance, reduced(plan, 0.1), options=options)
    assert not less.kept
    assert less.workloads[1].good_share.mean < jobs.good_share.mean - 0.01


def test_units_of_their_own_keep_them_too():
    instance, plan = planned(serve_apart=True)
    options = ReplayOptions(seeds=(1,), requests=100_000)
    assert simulate(instance, plan, options=options).kept
    assert simulate(instance, reduced(plan, 0.1), options=options).verdict == "broken"


def test_waits_settle_where_the_plan_lets_a_phase_in(shared):
    """Jobs read by 24 of 25 units and written in the third hour alone; by hand, S = 0.3 s, H = 300 tokens x 50 ms."""
    instance, plan = shared
    schedule = schedule_of(instance, plan, compute_rates(instance))
    works = [str(work.name) for work in schedule.rates.works]
    read, write = (works.index(f"jobs.{phase}") for phase in ("prefill", "decode"))
    reader, writer = (int(np.flatnonzero(schedule.rates.rate[:, work])[0]) for work in (read, write))
    busy = np.zeros_like(schedule.busy)
    busy[reader, read], busy[writer, write] = [0, 24, 0, 0], [0, 0, 12, 0]
    on = np.zeros_like(schedule.on)
    on[reader], on[writer] = 25, 15
    put_off = dataclasses.replace(schedule, busy=busy, on=on)
    entry = traffic_of(schedule, plan, "jobs")
    ran = [SimpleNamespace(prefill_busy=np.full(4, 0.96), decode_busy=np.full(4, 0.64))]
    reading_s = 0.3 / 25 / (1 - 0.96**0.5) ** 2 + 0.3
    writing_s = 15.0 / (15 * 100) / (1 - 0.8) ** 2 + 15.0  # 2000 tokens/s at 50 ms a token: 100 slots a unit
    assert relaxation_s(put_off, entry, ran) == pytest.approx([0.0, reading_s, writing_s, 0.0])
    at_once = dataclasses.replace(entry, courses=None)
    unplanned_s = relaxation_s(put_off, at_once, ran)[[0, 3]]
    assert (unplanned_s > 1000.0).all()  # what cannot wait comes where the plan serves none of it


def test_the_urgent_are_spared(shared):
    instance, plan = shared
    options = ReplayOptions(seeds=(1,), requests=100_000, lived=Lived(load=1.06))
    spared = simulate(instance, plan, options=options).workloads[0]
    level = instance.override({"workloads.chat.priority": 9, "workloads.jobs.priority": 1})
    last = simulate(level, dataclasses.replace(plan), options=options).workloads[0]
    assert spared.good_share.mean > last.good_share.mean
