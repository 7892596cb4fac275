"""Work that may wait: rows by hand, optima by hand, properties, the audit against tampering, engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner import InstanceError, Plan, SolveOptions
from planner.loader import from_dict
from planner.model.prepare import sets_of
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.plan.contents import Backlog
from planner.rates.compute import compute_rates
from tests.examples import plain, small
from tests.model.listing import listing, program_for, rows_of

EXACT = SolveOptions(solver="highs", method="direct", relative_gap=0.0, threads=1)
FEW = settings(max_examples=3, deadline=None)
RENT_ONLY: dict[str, Any] = {"fleet.h800.reserve": None}
WAIT = "workloads.chat.deferral"


def two_hours(changes: dict[str, Any] | None = None) -> planner.Instance:
    """Chat wants 900 and 300 prompt tokens/s, batch 600 in the first hour; a unit reads 1000 for 16 USD."""
    data = plain(RENT_ONLY)
    data["horizon"] = {"start": "2025-01-01T00:00+00:00", "periods": 2}
    data["deployments"] = [
        {"name": "unit", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000, "batch": 1000}}
    ]
    data["workloads"] = {
        "chat": {"demand": {"input_tokens_per_s": [900, 300]}},
        "batch": {"demand": {"input_tokens_per_s": [600, 0]}, "deferral": {"deadline_hours": 1}},
    }
    return from_dict(data).override(changes or {})


def bounds_of(changes: dict[str, Any], work: int) -> list[float]:
    program = program_for(small(changes))
    waits = program.index.column_grid((2, 3), "backlog")[work]
    return [float(most) for most in program.upper[waits]]


def solved(instance: planner.Instance) -> Plan:
    plan = planner.solve(instance, EXACT)
    assert plan.status is planner.Status.OPTIMAL
    assert planner.check(instance, plan).passed, planner.check(instance, plan).violations
    return plan


def test_demand_row_takes_over_and_puts_off() -> None:
    # 1000 on + backlog(1) - backlog(0) >= 900 tokens/s; what waits in scales of 1000 (the peak is 2500)
    lower, terms, upper = rows_of({WAIT: {"deadline_hours": 1}})["demand_0_1"]
    assert (lower, upper) == (900.0, np.inf)
    assert terms == {"on_0_1": 1000.0, "backlog_0_1": 1000.0, "backlog_0_0": -1000.0}


def test_backlog_is_work_times_hours() -> None:
    half = {"horizon.period_hours": 0.5, WAIT: {"deadline_hours": 1}}
    assert rows_of(half)["demand_0_1"][1] == {"on_0_1": 1000.0, "backlog_0_1": 2000.0, "backlog_0_0": -2000.0}


def test_no_more_is_put_off_than_there_is() -> None:
    # the first period of a cyclic day follows its last; decode peaks at 500: scale 100
    rows = rows_of({WAIT: {"deadline_hours": 1}, "workloads.chat.shed_usd_per_million_tokens": 1.0})
    # 1500 prompts/s wait or are shed: the same share of 350 answers/s
    terms = {"backlog_0_0": 1000.0, "backlog_0_2": -1000.0, "shed_0_0": 1500.0}
    assert rows["deferral_0_0"] == (-np.inf, terms, 1500.0)
    assert rows["deferral_1_1"][2] == pytest.approx(1500.0)
    # of the prompts that wait at the end of the last hour none was shed
    assert rows["deferral_due_0_2"] == (-np.inf, {"backlog_0_2": 1.0, "shed_0_2": 2.5}, 2.5)


def test_answers_are_not_ahead_of_prompts() -> None:
    # half an output token per prompt token throughout; in scales 1000 and 1000
    alike = {"input_tokens_per_s": [1500, 900, 2500], "output_tokens_per_s": [750, 450, 1250]}
    terms = {"backlog_0_2": pytest.approx(0.5), "backlog_1_2": -1.0}
    rows = rows_of({WAIT: {"deadline_hours": 1}, "workloads.chat.demand": alike})
    assert rows["deferral_order_0_2"] == (-np.inf, terms, 0.0)


def test_answers_of_unlike_jobs_wait_with_their_prompts() -> None:
    # two hours to wait: at the end of the first hour those of the first (1500, 350) and of the last (2500, 500) may
    rows = rows_of({WAIT: {"deadline_hours": 2}})
    prompts = {"unread_0_0_0": 1.5, "unread_0_0_1": 2.5, "backlog_0_0": -1.0}
    assert rows["deferral_prompts_0_0"] == (0.0, prompts, 0.0)
    answers = {"unread_0_0_0": 3.5, "unread_0_0_1": 5.0, "backlog_1_0": -1.0}
    assert rows["deferral_answers_0_0"] == (-np.inf, answers, 0.0)
    # those of the last hour only where all of the first hour are unread
    assert rows["deferral_beyond_0_0_1"][1] == {"unread_0_0_1": 1.0, "beyond_0_0_1": -1.0}
    assert rows["deferral_newer_0_0_1"] == (0.0, {"unread_0_0_0": 1.0, "beyond_0_0_1": -1.0}, np.inf)
    shed = rows_of({WAIT: {"deadline_hours": 2}, "workloads.chat.shed_usd_per_million_tokens": 1.0})
    assert shed["deferral_there_0_0_1"] == (-np.inf, {"unread_0_0_1": 1.0, "shed_0_2": 1.0}, 1.0)


@pytest.mark.parametrize(
    ("prompts", "answers", "hours", "cost"),
    [
        # four nodes: 4, 3, 1 prompts and 0, 1, 2 answers; a fifth of the first prompts, not answers of 2 each, waits
        ([5, 2, 1], [1, 0, 2], 1, 12.0),
        # 15 of work in three hours, five nodes: 4, 5, 1 prompts and 1, 0, 4 answers
        ([4, 6, 0], [1, 0, 4], 2, 15.0),
    ],
)
def test_jobs_of_unlike_lengths_worked_by_hand(
    prompts: list[int], answers: list[int], hours: int, cost: float
) -> None:
    data = plain({"fleet": {"h800": {"own": {"kind": "reserved", "price_usd_per_node_hour": 1.0}}}})
    data["workloads"]["chat"] = {
        "demand": {"input_tokens_per_s": prompts, "output_tokens_per_s": answers},
        "deferral": {"deadline_hours": hours},
    }
    data["deployments"] = [
        {"name": role, "role": role, "nodes": 1, "rate_tokens_per_s": {"chat": 1}}
        for role in ("prefill", "decode")
    ]
    data["start_up"] = {"before_first_period": "off"}
    assert solved(from_dict(data)).cost == pytest.approx(cost)


def test_the_deadline_bounds_what_waits() -> None:
    assert bounds_of({WAIT: {"deadline_hours": 1}}, 0) == [1.5, 0.9, 2.5]
    assert bounds_of({WAIT: {"deadline_hours": 2.9}}, 0) == [4.0, 2.4, 3.4]
    assert bounds_of({WAIT: {"deadline_hours": 4}}, 0) == pytest.approx([4.9 + 1.5, 4.9 + 0.9, 4.9 + 2.5])
    assert bounds_of({"horizon.period_hours": 2, WAIT: {"deadline_hours": 3}}, 0) == [3.0, 1.8, 5.0]
    empty = {"start_up": {"before_first_period": "off"}, WAIT: {"deadline_hours": 2}}
    assert bounds_of(empty, 0) == [1.5, 2.4, 0.0]


def test_every_scenario_queues_for_itself() -> None:
    instance = small(
        {
            WAIT: {"deadline_hours": 1},
            "scenarios": {"low": {"probability": 0.5}, "high": {"probability": 0.5, "demand_scale": 2.0}},
        }
    )
    sets = sets_of(instance, compute_rates(instance))
    assert sets.deferral is not None
    assert sets.deferral.most[0].tolist() == [1500, 900, 2500, 3000, 1800, 5000]
    _, terms, _ = listing(program_for(instance))["demand_0_3"]
    assert set(terms) == {"on_0_3", "backlog_0_3", "backlog_0_5"}


def test_no_deadline_is_no_deferral() -> None:
    with_zero, without = program_for(small({WAIT: {"deadline_hours": 0.9}})), program_for(small())
    assert with_zero.row_names == without.row_names
    assert with_zero.column_names == without.column_names


def test_batch_moves_to_the_valley() -> None:
    # together 1500 and 300 need 2 + 1 units, 48; 500 of batch moved leaves 1000 and 800: 1 + 1 units, 32
    plan = solved(two_hours())
    assert plan.cost == pytest.approx(32.0)
    (backlog,) = plan.backlog
    assert (backlog.workload, backlog.phase) == ("batch", "prefill")
    assert 500 * 3600 - 1 <= backlog.waiting[0] <= 600 * 3600 + 1
    assert backlog.waiting[1] == 0.0
    assert solved(two_hours({"workloads.batch.deferral.deadline_hours": 0})).cost == pytest.approx(48.0)


def test_batch_cannot_move_to_before_it_comes() -> None:
    # the valley is the first hour: a day that repeats takes batch to the next morning, a single day cannot
    late: dict[str, Any] = {
        "workloads.chat.demand.input_tokens_per_s": [300, 900],
        "workloads.batch.demand.input_tokens_per_s": [0, 600],
    }
    assert solved(two_hours(late)).cost == pytest.approx(32.0)
    assert solved(two_hours({**late, "start_up.before_first_period": "off"})).cost == pytest.approx(48.0)


def test_a_served_share_never_exceeds_what_has_come() -> None:
    plan = solved(two_hours())
    batch = np.sum([entry.per_s for entry in plan.served if entry.workload == "batch"], axis=0)
    assert batch.sum() == pytest.approx(600.0)
    assert np.cumsum(batch)[0] <= 600.0 + 1e-6


def test_shed_and_vendors_leave_the_queue() -> None:
    vendor = {"price_usd_per_million_tokens": {"input_hit": 0.1, "input_miss": 1.0, "output": 2.0}}
    full = {"workloads.chat.demand.input_tokens_per_s": [900, 700], "fleet.h800.rent.max_nodes": 1}
    sold = solved(two_hours({**full, "vendors": {"api": {**vendor, "workloads": ["batch"]}}}))
    # two node-hours read 2000 of 2200; the vendor reads the other 200 at 1 USD per million
    assert sold.cost == pytest.approx(32.0 + 200 * 3600 * 1e-6)
    instance = two_hours(
        {
            "workloads.chat.demand.input_tokens_per_s": [900, 700],
            "workloads.batch.shed_usd_per_million_tokens": 0.5,
            "fleet.h800.rent.max_nodes": 1,
        }
    )
    # 2 node-hours hold 2000 of 2200; 200 tokens/s for an hour are shed at 0.5 USD per million
    assert solved(instance).cost == pytest.approx(32.0 + 200 * 3600 * 0.5e-6)


def test_impossible_deadlines_are_reported() -> None:
    instance = two_hours(
        {"workloads.chat.demand.input_tokens_per_s": [900, 700], "fleet.h800.rent.max_nodes": 1}
    )
    plan = planner.solve(instance, EXACT)
    assert plan.status is planner.Status.INFEASIBLE
    assert any("max_nodes" in reason for reason in plan.reasons)


def test_a_deadline_is_the_only_promise() -> None:
    with pytest.raises(InstanceError, match=r"promised its deadline"):
        small({WAIT: {"deadline_hours": 4}, "workloads.chat.sla": {"ttft_ms": {"p99": 500.0}}})


def test_the_hourly_relaxation_refuses() -> None:
    instance = two_hours()
    with pytest.raises(NotCovered, match="wait"):
        structure_of(sets_of(instance, compute_rates(instance)))


def test_the_plan_travels() -> None:
    plan = solved(two_hours())
    assert Plan.from_dict(plan.to_dict()).backlog == plan.backlog
    rows = plan.frame("backlog").to_dict("records")
    assert [(row["workload"], row["phase"]) for row in rows] == [("batch", "prefill")]


def broken(instance: planner.Instance, plan: Plan) -> set[str]:
    return {violation.rule for violation in planner.check(instance, plan).violations}


def test_audit_refuses_what_waits_too_long_or_was_never_there() -> None:
    instance = two_hours()
    plan = solved(instance)
    (backlog,) = plan.backlog
    longer = replace(plan, backlog=(replace(backlog, waiting=(backlog.waiting[0], 3.6e5)),))
    assert broken(instance, longer) >= {"deadline", "queue"}
    assert "demand" in broken(instance, replace(plan, backlog=()))
    more = replace(plan, backlog=(replace(backlog, waiting=(backlog.waiting[0] + 3.6e5, 0.0)),))
    assert broken(instance, more) >= {"queue", "deadline", "demand"}
    negative = replace(plan, backlog=(replace(backlog, waiting=(-3.6e5, 0.0)),))
    assert "deadline" in broken(instance, negative)
    short = replace(plan, backlog=(replace(backlog, waiting=(1.0,)),))
    assert "horizon" in broken(instance, short)


def test_audit_refuses_work_that_may_not_wait() -> None:
    plan = solved(two_hours())
    assert "deadline" in broken(two_hours({"workloads.batch.deferral.deadline_hours": 0}), plan)


def test_audit_refuses_what_is_left_at_the_end() -> None:
    instance = small({WAIT: {"deadline_hours": 2}})
    plan = solved(instance)
    left = replace(
        plan,
        backlog=tuple(
            replace(one, waiting=(*one.waiting[:2], one.waiting[2] + 3.6e5)) for one in plan.backlog
        ),
    )
    assert "queue" in broken(
        small({WAIT: {"deadline_hours": 2}, "start_up.before_first_period": "off"}), left
    )


def test_audit_refuses_answers_before_prompts() -> None:
    # half the prompts of the first hour are read in the second; all answers are claimed in the first
    changes = {**RENT_ONLY, WAIT: {"deadline_hours": 1}, "start_up.before_first_period": "off"}
    instance = small(changes)
    plan = solved(small({**RENT_ONLY, "start_up.before_first_period": "off"}))
    plan = replace(plan, question=instance.to_dict(), summary={})
    assert planner.check(instance, plan).passed
    prefill, decode = plan.served
    put_off = replace(prefill, per_s=(750.0, 1650.0, 2500.0))
    units = tuple(replace(unit, on=(2, 2, 3) if unit.unit == "prefill" else unit.on) for unit in plan.units)
    backlog = Backlog("chat", "prefill", (750.0 * 3600, 0.0, 0.0))
    tampered = replace(plan, served=(put_off, decode), units=units, backlog=(backlog,))
    assert "order" in broken(instance, tampered)
    later = Backlog("chat", "decode", (175.0 * 3600, 0.0, 0.0))
    both = replace(
        tampered, served=(put_off, replace(decode, per_s=(175.0, 325.0, 500.0))), backlog=(backlog, later)
    )
    assert "order" not in broken(instance, both)


demands = st.lists(st.integers(0, 3000), min_size=4, max_size=4)


@st.composite
def instances(draw: st.DrawFn, shared: bool = True) -> dict[str, Any]:
    data = plain({"start_up": draw(st.sampled_from([{}, {"before_first_period": "off"}, {"hours": 0.5}]))})
    data["horizon"]["periods"] = 4
    chat, batch = draw(demands), draw(demands)
    data["workloads"]["chat"]["demand"] = {
        "input_tokens_per_s": chat,
        "output_tokens_per_s": [n // 5 for n in chat],
    }
    answers = [n / 4 for n in batch] if draw(st.booleans()) else [n // 7 for n in draw(demands)]
    data["workloads"]["batch"] = {"demand": {"input_tokens_per_s": batch, "output_tokens_per_s": answers}}
    data["deployments"] = [
        {"name": "reader", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000, "batch": 1100}},
        {"name": "writer", "role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 200, "batch": 260}},
    ]
    if shared and draw(st.booleans()):
        data["workloads"]["batch"]["single_pool"] = True
        both = {"chat": {"prefill": 500, "decode": 80}, "batch": {"prefill": 500, "decode": 90}}
        data["deployments"].append(
            {"name": "both", "role": "colocated", "nodes": 1, "rate_tokens_per_s": both}
        )
    return data


def cost_of(data: dict[str, Any], deadline_hours: float) -> float:
    return solved(from_dict(data, {"workloads.batch.deferral": {"deadline_hours": deadline_hours}})).cost


@FEW
@given(instances(), st.integers(1, 3), st.integers(1, 3))
def test_a_longer_deadline_is_never_dearer(data: dict[str, Any], hours: int, more: int) -> None:
    none, short, long = cost_of(data, 0), cost_of(data, hours), cost_of(data, hours + more)
    assert long <= short + 1e-6 <= none + 2e-6
    assert none == pytest.approx(solved(from_dict(data)).cost)


@FEW
@given(instances(shared=False))
def test_engines_agree(data: dict[str, Any]) -> None:
    instance = from_dict(data, {"workloads.batch.deferral": {"deadline_hours": 2}})
    costs = []
    for engine in ("highs", "cpsat", "scip", "cbc"):
        plan = planner.solve(instance, replace(EXACT, solver=engine))
        assert planner.check(instance, plan).passed, planner.check(instance, plan).violations
        costs.append(plan.cost)
    assert costs == pytest.approx([costs[0]] * len(costs), rel=1e-6, abs=1e-5)
