"""A plan replayed: promises kept, load it was not made for, failures, shared units, and clear refusals."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import planner
from planner.core.errors import InstanceError
from planner.plan.contents import Served, Shed, UnitSchedule
from planner.rates.compute import compute_rates
from planner.verify.simulation import Lived, ReplayEstimate, ReplayOptions, read_trace, simulate
from planner.verify.simulation.schedule import schedule_of

DATA = Path(__file__).parents[2] / "data"
INSTANCE = {
    "version": 1,
    "name": "replayed",
    "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 2},
    "workloads": {
        "chat": {
            "lengths": {"input_tokens": 1500, "output_tokens": 300},
            "demand": {"input_tokens_per_s": [60000, 30000], "output_tokens_per_s": [12000, 6000]},
            "sla": {"ttft_ms": {"p95": 2000}, "tpot_ms": 50},
        }
    },
    "deployments": [
        {
            "name": "prefill",
            "role": "prefill",
            "nodes": 1,
            "prompts_at_once": 4,
            "rate_tokens_per_s": {"chat": 20000},
        },
        {"name": "decode", "role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 5000}},
    ],
    "fleet": {"h800": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 16.0, "max_nodes": 50}}},
}
FEW = ReplayOptions(seeds=(1, 2), requests=40_000)


def instance_with(**changes):
    data = json.loads(json.dumps(INSTANCE))
    for path, value in changes.items():
        *parents, last = path.split("__")
        here = data
        for key in parents:
            here = here[key]
        here[last] = value
    return planner.from_dict(data)


def plan_of(instance, prefill=(4, 2), decode=(3, 2), share=1.0, **changes):
    """A plan written by hand: so many units, all demand served but what is shed."""
    record = json.loads(json.dumps(planner.solve(instance, planner.SolveOptions(time_limit_s=10)).to_dict()))
    plan = planner.Plan.from_dict(record)
    demand = {"prefill": (60000.0, 30000.0), "decode": (12000.0, 6000.0)}
    return dataclasses.replace(
        plan,
        units=(
            UnitSchedule("prefill", "h800", "prefill", 8, 1, prefill),
            UnitSchedule("decode", "h800", "decode", 16, 2, decode),
        ),
        served=tuple(
            Served("chat", phase, phase, tuple(share * x for x in demand[phase])) for phase in demand
        ),
        shed=tuple(Shed("chat", phase, tuple((1 - share) * x for x in demand[phase])) for phase in demand),
        **changes,
    )


@pytest.fixture(scope="module")
def instance():
    return instance_with()


def test_room_keeps_the_promise_and_too_little_does_not(instance):
    roomy = simulate(instance, plan_of(instance), options=FEW)
    assert roomy.kept
    entry = roomy.workloads[0]
    assert entry.prefill_utilisation == pytest.approx((0.75, 0.75), abs=0.05)
    assert entry.decode_utilisation == pytest.approx((0.8, 0.6), abs=0.05)
    assert entry.ttft_ms["p95"].mean < 2000
    assert entry.tpot_ms["p99"].mean == 50.0, (
        "every step takes the time promised: a histogram must not say more"
    )
    assert entry.good_share.half_width is not None
    tight = simulate(instance, plan_of(instance, prefill=(3, 2)), options=FEW)
    assert not tight.kept
    promise = tight.workloads[0].promises[0]
    assert promise.kept[0] is False
    assert promise.share[0] < 0.9


def test_first_tokens_come_later_by_the_transfer(instance):
    given = instance_with(workloads__chat__queueing={"kv_transfer_ms": 300})
    at_once, later = (simulate(one, plan_of(one), options=FEW).workloads[0] for one in (instance, given))
    # 300 ms for the mean prompt: the median one of exponential-like lengths has 0.71 of its tokens
    assert later.ttft_ms["p50"].mean == pytest.approx(at_once.ttft_ms["p50"].mean + 212, rel=0.05)


def test_load_beyond_the_plan_shows(instance):
    plan = plan_of(instance)
    planned, beyond = (
        simulate(instance, plan, options=dataclasses.replace(FEW, lived=Lived(load=x))) for x in (1.0, 1.3)
    )
    assert planned.kept
    assert not beyond.kept
    assert beyond.workloads[0].good_share.mean < planned.workloads[0].good_share.mean


def test_shed_requests_do_not_come(instance):
    all_served, half = (simulate(instance, plan_of(instance, share=x), options=FEW) for x in (1.0, 0.5))
    assert half.workloads[0].prefill_utilisation[1] < 0.6 * all_served.workloads[0].prefill_utilisation[1]


def test_failures_cost_service_where_there_are_no_spares(instance):
    frail = instance_with(hardware={"h800": {"failures_per_node_year": 900.0, "repair_hours": 1.0}})
    plan = plan_of(frail)
    whole = simulate(frail, plan, options=FEW)
    failing = simulate(frail, plan, options=dataclasses.replace(FEW, failures=True, seeds=(1, 2, 3, 4)))
    assert not whole.failures
    assert failing.failures
    assert failing.workloads[0].good_share.mean < whole.workloads[0].good_share.mean


def test_seeds_repeat_exactly_and_progress_ascends(instance):
    plan, seen = plan_of(instance), []
    first, again = (simulate(instance, plan, options=FEW, on_progress=seen.append) for _ in range(2))
    assert first.workloads == again.workloads
    half = seen[: len(seen) // 2]
    assert half == sorted(half)
    assert half[-1] == 1.0
    assert len(half) >= 2


@pytest.mark.parametrize("name", ["azure2023_conv_excerpt.csv", "mooncake_conversation_excerpt.jsonl"])
def test_traces_are_scaled_to_the_fleet(instance, name):
    trace = read_trace(DATA / name)
    result = simulate(instance, plan_of(instance, prefill=(8, 4)), trace, trace_name=name, options=FEW)
    entry = result.workloads[0]
    assert result.trace == name
    assert entry.prefill_utilisation[1] == pytest.approx(0.375, rel=0.1)
    assert (entry.cache_hit_share is not None) == name.endswith("jsonl")


def test_shared_units_and_measured_requests():
    data = json.loads(json.dumps(INSTANCE))
    data["deployments"] = [
        {
            "name": "both",
            "role": "colocated",
            "nodes": 1,
            "rate_tokens_per_s": {"chat": {"prefill": 40000, "decode": 8000}},
        },
        {"name": "video", "role": "request", "nodes": 1, "rate_requests_per_s": {"clips": 2.0}},
    ]
    data["workloads"]["clips"] = {
        "demand": {"requests_per_s": [5.0, 1.0]},
        "sla": {"ttft_ms": {"p95": 60000}},
    }
    instance = planner.from_dict(data)
    plan = planner.solve(instance, planner.SolveOptions(time_limit_s=10))
    result = simulate(instance, plan, options=ReplayOptions(seeds=(1,), requests=30_000))
    chat, clips = result.workloads
    assert chat.requests > 0
    assert clips.ttft_ms["p50"].mean >= 500.0
    assert clips.unserved_share.mean == 0.0
    assert chat.unserved_share.mean == 0.0
    assert 0.3 < np.mean(chat.prefill_utilisation) < 1.0


def shared_between_kinds(split, **changes):
    """Urgent chat and an API on two units each of two kinds, `split` [kind, workload] tokens/s."""
    data = json.loads(json.dumps(INSTANCE))
    near, far = {"chat": 20000, "api": 20000}, {"chat": 19000, "api": 21000}
    data["horizon"]["periods"] = 1
    data["workloads"]["chat"]["demand"] = {"input_tokens_per_s": 34000, "output_tokens_per_s": 6800}
    data["workloads"]["api"] = {**data["workloads"]["chat"], "priority": 3, **changes}
    data["workloads"]["chat"]["priority"] = 1
    data["deployments"] = [
        {"name": "near", "role": "prefill", "nodes": 1, "rate_tokens_per_s": near},
        {"name": "far", "role": "prefill", "nodes": 1, "rate_tokens_per_s": far},
        {"name": "decode", "role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 5000, "api": 5000}},
    ]
    instance = planner.from_dict(data)
    kinds, works = ("near", "far"), ("chat", "api")
    plan = dataclasses.replace(
        planner.solve(instance, planner.SolveOptions(time_limit_s=10)),
        units=(
            *(UnitSchedule(kind, "h800", "prefill", 8, 1, (2,)) for kind in kinds),
            UnitSchedule("decode", "h800", "decode", 16, 2, (4,)),
        ),
        served=(
            *(
                Served(work, "prefill", kind, (float(split[place][which]),))
                for place, kind in enumerate(kinds)
                for which, work in enumerate(works)
            ),
            *(Served(work, "decode", "decode", (6800.0,)) for work in works),
        ),
        shed=(),
    )
    return instance, plan


def test_how_a_plan_splits_works_among_units_that_share_them_does_not_matter():
    """Equal totals: urgent chat spreads over both, and filled the only units that the split left to the API."""
    splits = ([[34000, 0], [0, 34000]], [[26000, 8000], [8000, 26000]], [[33000, 0], [1000, 34000]])
    results = [
        simulate(*shared_between_kinds(split), options=ReplayOptions(seeds=(1,), requests=20_000))
        for split in splits
    ]
    assert all(result.kept for result in results)
    times = [[entry.ttft_ms["p95"].mean for entry in result.workloads] for result in results]
    assert times[1] == times[2] == times[0]


def test_what_has_one_kind_of_unit_is_sent_to_no_other():
    split = [[34000, 0], [0, 34000]]
    for changes, able in (
        ({}, [[True, True], [True, True]]),
        ({"single_pool": True}, [[True, False], [True, True]]),
    ):
        instance, plan = shared_between_kinds(split, **changes)
        rates = compute_rates(instance)
        found = schedule_of(instance, plan, rates).able
        kinds = [[unit.name for unit in rates.units].index(name) for name in ("near", "far")]
        works = [
            [(work.workload, str(work.phase)) for work in rates.works].index((name, "prefill"))
            for name in ("chat", "api")
        ]
        assert found[np.ix_(kinds, works)].tolist() == able


def test_estimates_in_words():
    assert [
        str(ReplayEstimate(*pair)) for pair in ((None, None), (12.345678, None), (50.0, 1e-13), (50.0, 0.26))
    ] == [
        "-",
        "12.35",
        "50",
        "50 ±0.26",
    ]


def test_results_travel(instance):
    result = simulate(instance, plan_of(instance), options=FEW)
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["kept"] is True
    frame = result.frame()
    assert len(frame) == 2 * 2
    assert set(frame["measure"]) == {"ttft_ms", "tpot_ms"}


def test_clear_refusals(instance):
    plan = plan_of(instance)
    with pytest.raises(InstanceError, match="lengths"):
        simulate(instance_with(workloads__chat__lengths=None), plan)
    with pytest.raises(InstanceError, match="tpot_ms"):
        simulate(instance_with(workloads__chat__sla={}), plan)
    with pytest.raises(InstanceError, match="no usable plan"):
        simulate(instance, dataclasses.replace(plan, periods=plan.periods[:1]))
    with pytest.raises(InstanceError, match="no such unit"):
        simulate(
            instance, dataclasses.replace(plan, units=(UnitSchedule("x", "h800", "decode", 8, 1, (1, 1)),))
        )
    trace = read_trace(DATA / "azure2023_conv_excerpt.csv")
    with pytest.raises(InstanceError, match="which workload"):
        simulate(instance, plan, trace, workload="mail")
