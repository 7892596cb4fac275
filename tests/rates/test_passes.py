"""Pass, batch and headroom are chosen together, so that a looser promise never serves less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.rates.compute import compute_rates
from planner.rates.headroom import headroom
from planner.rates.pass_names import PASS_TOKENS


def question(ttft_ms, hardware="h200", role="prefill", demand=900_000.0, model="deepseek-r1", **stated):
    deployments = [{"role": role, "ep": [16, 32], **stated}]
    deployments += [{"role": "decode", "ep": 16}] if role == "prefill" else []
    return planner.from_dict(
        {
            "version": 1,
            "name": "promise",
            "horizon": {"start": "2026-10-18T06:00+02:00", "periods": 2},
            "workloads": {
                "chat": {
                    "model": model,
                    "demand": {
                        "input_tokens_per_s": [demand, demand / 30.0],
                        "output_tokens_per_s": [demand / 30.0, demand / 900.0],
                    },
                    "lengths": {"input_tokens": 1800, "output_tokens": 420},
                    "sla": {"ttft_ms": {"p99": ttft_ms}, "tpot_ms": 50},
                    "queueing": {},
                }
            },
            "deployments": deployments,
            "fleet": {hardware: {"od": {"kind": "on_demand", "price_usd_per_node_hour": 63.30}}},
        }
    )


def best_per_node(instance):
    """Prompt tokens/s per node after headroom of the best unit that reads, [period]; answers are written beside."""
    rates = compute_rates(instance)
    share = headroom(instance, rates)
    nodes = np.array([unit.nodes for unit in rates.units])
    reads = np.array([unit.role != "decode" for unit in rates.units])
    both = np.array([unit.role == "colocated" for unit in rates.units])
    with np.errstate(divide="ignore"):
        seconds = 1.0 / rates.rate[:, 0] + np.where(both, 1.0 / 30.0 / rates.rate[:, 1], 0.0)
    effective = np.where(reads, 1.0 / seconds / nodes, 0.0)[:, None] * share
    return effective.max(axis=0, initial=0.0)


@settings(max_examples=12, deadline=None)
@given(
    st.floats(300.0, 8000.0),
    st.floats(1.0, 3.0),
    st.sampled_from(["h200", "h800", "b200"]),
    st.sampled_from(["prefill", "colocated"]),
    st.floats(20_000.0, 2e6),
)
def test_a_looser_promise_never_serves_less(ttft_ms, looser, hardware, role, demand):
    tight, loose = (
        best_per_node(question(limit, hardware, role, demand)) for limit in (ttft_ms, ttft_ms * looser)
    )
    assert np.all(loose >= tight * (1.0 - 1e-9))


def test_two_seconds_cost_no_more_than_one_and_a_half():
    """The pass was once chosen before the headroom: 1,392.60 USD for two seconds, 1,139.40 for one and a half."""
    options = planner.SolveOptions(relative_gap=1e-6)
    costs = [planner.solve(question(limit), options).cost for limit in (1500.0, 2000.0, 3000.0, 5000.0)]
    assert all(np.isfinite(costs))
    assert costs == sorted(costs, reverse=True)


def test_sizes_worth_keeping_have_names_of_their_own():
    rates = compute_rates(question(1500.0, demand=200_000.0))
    names = [unit.name for unit in rates.units]
    assert len(set(names)) == len(names)
    sizes = {name.rpartition(".pass")[2] for name in names if ".pass" in name}
    assert sizes <= {str(tokens) for tokens in PASS_TOKENS}
    told = {name.partition(".pass")[0] for name in names}
    assert not {option.name for option in rates.rejected} & told


def test_names_do_not_depend_on_what_else_is_kept():
    wide, narrow = (
        {unit.name for unit in compute_rates(question(limit, demand=200_000.0)).units}
        for limit in (8000.0, 600.0)
    )
    assert "h200.prefill.ep16" in wide
    assert all(".pass" in name for name in narrow if "prefill" in name)


def test_without_waits_the_fastest_pass_in_time_is_taken():
    data = question(1500.0)
    assert data.workloads["chat"].queueing is not None
    plain = data.override({"workloads.chat.queueing": None})
    rates = compute_rates(plain)
    assert headroom(plain, rates) is None
    assert not any(".pass" in unit.name for unit in rates.units)
    for unit, detail in zip(rates.units, rates.details, strict=True):
        if unit.role == "prefill":
            assert detail["chat.prefill"].prefill_ms == pytest.approx(1500.0, rel=0.2) or (
                "pass size" in detail["chat.prefill"].binding
            )


PLAIN = {"requests_per_gpu": 2048}
"""As many requests at once as memory and the time per token allow: one batch, whatever is promised."""


@settings(max_examples=4, deadline=None)
@given(st.floats(300.0, 3000.0), st.sampled_from(["h200", "b200"]), st.floats(20_000.0, 1e6))
def test_a_choice_of_batches_never_serves_less(ttft_ms, hardware, demand):
    chosen, plain = (
        best_per_node(question(ttft_ms, hardware, "colocated", demand, **stated)) for stated in ({}, PLAIN)
    )
    assert np.all(chosen >= plain * (1.0 - 1e-9))


def dense(ttft_ms, **stated):
    """Replicas of four H100, whose prompts wait for steps that are the longer the more requests run beside them."""
    asked = question(ttft_ms, "h100", "colocated", 60_000.0, "llama-3.1-70b")
    deployment = {"role": "colocated", "gpus": 4, **stated}
    return asked.override(
        {
            "deployments": [deployment],
            "workloads.chat.lengths": {"input_tokens": 1500, "output_tokens": 400},
            "workloads.chat.sla.tpot_ms": 100,
        }
    )


def test_a_tight_promise_is_kept_by_smaller_batches():
    """There are limits that prompts beside as many requests as there is room for break, and beside fewer keep."""
    limits = (
        limit for limit in np.arange(350.0, 700.0, 50.0) if not best_per_node(dense(limit, **PLAIN)).any()
    )
    tight = next(one for one in map(dense, limits) if best_per_node(one).all())
    rates = compute_rates(tight)
    assert any(".batch" in unit.name for unit in rates.units)
    assert (rates.rate > 0).all(), (
        "no unit answers prompts that it cannot read, as caches stay where they are"
    )
    plan = planner.solve(tight, planner.SolveOptions(relative_gap=1e-4))
    assert planner.check(tight, plan).violations == ()
    assert np.all(best_per_node(dense(2000.0)) >= best_per_node(tight))


def test_the_batch_that_serves_most_is_found_without_asking_all():
    """Batch and cap of the time per token together: the largest batch is worse, and so are those beside the best."""
    asked = dense(2000.0, pass_tokens=8192).override(
        {
            "workloads.chat.sla.tpot_ms": 60,
            "workloads.chat.lengths": {"input_tokens": 1500, "output_tokens": 50},
        }
    )
    found = best_per_node(asked)
    batches = (16, 6, 5, 4, 3, 2)
    each = [best_per_node(asked.override({"deployments.0.requests_per_gpu": batch})) for batch in batches]
    assert found == pytest.approx(np.max(each, axis=0))
    assert np.all(found > 1.02 * each[0])
    assert all(".batch" in unit.name for unit in compute_rates(asked).units), (
        "the largest serves nothing better"
    )


def test_names_of_batches_are_taken():
    with pytest.raises(planner.InstanceError, match="'x' are called with 8 requests by the GPU at most"):
        dense(500.0, name="x.batch8")
