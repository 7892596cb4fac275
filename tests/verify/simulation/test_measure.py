"""The promise kept on a trace: measured limits, the plan they lead to, and that plan with a tenth less."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

import planner
from planner.core.errors import InstanceError
from planner.verify.simulation import ReplayOptions, busy_limits, read_trace, simulate

DATA = Path(__file__).parents[2] / "data"
INSTANCE = {
    "version": 1,
    "name": "traced",
    "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 2},
    "workloads": {
        "chat": {
            "lengths": {"input_tokens": 1500, "output_tokens": 300},
            "demand": {"input_tokens_per_s": [240000, 120000], "output_tokens_per_s": [48000, 24000]},
            "sla": {"ttft_ms": {"p95": 3000}, "tpot_ms": 50},
            "queueing": {"arrival_scv": 1.5},
        }
    },
    "deployments": [
        {
            "name": "prefill",
            "role": "prefill",
            "nodes": 1,
            "prompts_at_once": 2,
            "rate_tokens_per_s": {"chat": 10000},
        },
        {"name": "decode", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"chat": 2000}},
    ],
    "fleet": {"h800": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 16.0, "max_nodes": 200}}},
}
FEW = ReplayOptions(seeds=(1, 2), requests=60_000)
SOLVE = planner.SolveOptions(time_limit_s=20)


def trace():
    folder = os.environ.get("PLANNER_TRACES")
    file = DATA / "azure2023_conv_excerpt.csv" if folder is None else Path(folder) / "azure2023_conv.csv"
    return read_trace(file)


def with_limits(limits):
    data = json.loads(json.dumps(INSTANCE))
    given = {"prefill_busy_limit": limits.prefill, "decode_busy_limit": limits.decode}
    data["workloads"]["chat"]["queueing"] |= given
    return planner.from_dict(data)


def reduced(plan, share):
    """The same plan with a share of every unit type's capacity taken away."""
    units = tuple(
        dataclasses.replace(unit, on=tuple(int(count * (1 - share)) for count in unit.on))
        for unit in plan.units
    )
    return dataclasses.replace(plan, units=units)


def test_the_promise_is_kept_and_a_tenth_less_breaks_it():
    first = planner.from_dict(INSTANCE)
    requests = trace()
    limits = busy_limits(first, planner.solve(first, SOLVE), requests, "chat")
    assert 0.3 < limits.prefill < 1.0
    assert 0.3 < limits.decode < 1.0
    instance = with_limits(limits)
    plan = planner.solve(instance, SOLVE)
    kept = simulate(instance, plan, requests, options=FEW)
    assert kept.kept
    less = simulate(instance, reduced(plan, 0.1), requests, options=FEW)
    assert not less.kept
    assert less.workloads[0].good_share.mean < kept.workloads[0].good_share.mean - 0.01


def test_the_formula_keeps_it_for_the_variability_it_was_given():
    instance = planner.from_dict(INSTANCE)
    plan = planner.solve(instance, SOLVE)
    assert simulate(instance, plan, options=FEW).kept
    assert not simulate(instance, reduced(plan, 0.1), options=FEW).kept


def test_refusals():
    instance = planner.from_dict(INSTANCE)
    plan = planner.solve(instance, SOLVE)
    with pytest.raises(InstanceError, match="no promise"):
        busy_limits(instance, plan, trace(), "mail")
    data = json.loads(json.dumps(INSTANCE))
    data["workloads"]["chat"]["sla"]["ttft_ms"] = {"p95": 300}
    with pytest.raises(InstanceError, match="alone take longer"):
        busy_limits(planner.from_dict(data), plan, trace(), "chat")
