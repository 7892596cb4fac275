"""Where lengths are split is part of the plan: never dearer than whole, proven over all readings, audited as read."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner.instance.length_choices import split_choices
from planner.rates.compute import compute_rates
from planner.verify.simulation import ReplayOptions, simulate
from tests.examples import small

EXACT = planner.SolveOptions(relative_gap=0.0, solver="highs")
CLASSES = [
    {"share": 19, "input_tokens": 1000, "output_tokens": 100},
    {"share": 1, "input_tokens": 60000, "output_tokens": 700},
]


def asked(at: list[float] | None = None, split: str = "cheapest", **changes: Any) -> planner.Instance:
    lengths = {"classes": CLASSES} | ({} if at is None else {"split_at": at, "split": split})
    return small(
        {
            "workloads.chat.model": "qwen3-32b",
            "workloads.chat.lengths": lengths,
            "workloads.chat.sla": {"tpot_ms": 25},
            "workloads.chat.demand": {"input_tokens_per_s": 150_000, "output_tokens_per_s": 5_000},
            "horizon.periods": 1,
            "deployments": [{"role": "colocated", "ep": [1, 4], "pass_tokens": 2048}],
            "fleet": {
                "h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 40}},
                "h200": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.6, "max_nodes": 40}},
            },
        }
        | changes
    )


def test_a_split_that_is_cheaper_is_taken_and_audited() -> None:
    instance = asked([8192])
    plan = planner.solve(instance, EXACT)
    whole, apart = (planner.solve(one, EXACT) for _, one in split_choices(instance))
    assert apart.cost < whole.cost
    assert (plan.cost, plan.bound) == (apart.cost, min(whole.bound, apart.bound))
    assert plan.status is planner.Status.OPTIMAL
    assert {one.workload for one in plan.served} == {"chat.to_8192", "chat.over_8192"}
    assert "split by length, chat at 8,192, the cheapest of 2 ways (chat whole: " in plan.method_reason
    assert planner.check(instance, plan).passed
    assert planner.explain(instance, plan).status == "optimal"


def test_what_is_no_cheaper_stays_whole() -> None:
    few = {
        "deployments": [{"role": "colocated", "ep": 4, "hardware": "h200", "pass_tokens": 2048}],
        "workloads.chat.sla": {"tpot_ms": 400, "ttft_ms": {"p99": 20_000}},
        "workloads.chat.queueing": {},
    }
    instance = asked([8192], **few)
    plan = planner.solve(instance, EXACT)
    assert plan.cost == planner.solve(asked(**few), EXACT).cost
    assert {one.workload for one in plan.served} == {"chat"}
    assert planner.check(instance, plan).passed
    replay = simulate(instance, plan, options=ReplayOptions(seeds=(1,), requests=3000))
    assert [entry.workload for entry in replay.workloads] == ["chat"]


def test_the_audit_refuses_a_reading_that_is_none_of_the_question() -> None:
    plan = planner.solve(asked([8192], split="always"), EXACT)
    assert planner.check(asked([8192]), plan).passed
    assert not planner.check(asked([1000]), plan).passed


def test_none_of_the_readings_can_be_served() -> None:
    plan = planner.solve(
        asked([8192], **{"fleet.h100.rent.max_nodes": 0, "fleet.h200.rent.max_nodes": 1}), EXACT
    )
    assert plan.status is planner.Status.INFEASIBLE
    assert plan.reasons


def test_classes_that_wait_may_have_units_to_themselves() -> None:
    waits = {"workloads.chat.sla": {"tpot_ms": 50, "ttft_ms": {"p99": 20000}}, "workloads.chat.queueing": {}}
    names = {unit.name for unit in compute_rates(asked([8192], "always", **waits)).units}
    assert any(name.endswith(".chat.to_8192.pass2048") for name in names)
    assert not any("chat" in unit.name for unit in compute_rates(asked([8192], "always")).units)


def test_verbs_that_do_not_choose_say_so() -> None:
    with pytest.raises(planner.InstanceError, match="only `planner solve` chooses where to split"):
        planner.alternatives(asked([8192]))
