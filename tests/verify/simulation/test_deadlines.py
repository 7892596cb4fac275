"""Work that may wait in the replay: when the plan lets it in, by hand, and its deadline kept and broken."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

import planner
from planner.verify.simulation import Lived, ReplayOptions, simulate
from planner.verify.simulation.schedule import ReplayClock
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


@pytest.fixture(scope="module")
def shared():
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
    data["fleet"]["h800"]["rent"]["kind"] = "reserved"  # what stands all day pays for waiting
    instance = planner.from_dict(data)
    one_engine = dataclasses.replace(SOLVE, solver="highs", threads=1)  # always the same of equal plans
    return instance, planner.solve(instance, one_engine)


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


def test_the_urgent_are_spared(shared):
    instance, plan = shared
    options = ReplayOptions(seeds=(1,), requests=100_000, lived=Lived(load=1.06))
    spared = simulate(instance, plan, options=options).workloads[0]
    level = instance.override({"workloads.chat.priority": 9, "workloads.jobs.priority": 1})
    last = simulate(level, dataclasses.replace(plan), options=options).workloads[0]
    assert spared.good_share.mean > last.good_share.mean
