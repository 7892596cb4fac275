"""Extreme but valid figures of waits, failures and customers: an answer or a refusal with its place, no crash."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import planner
from kernels.queueing import pooled_peak, ttft_cap
from planner.core.errors import InstanceError
from planner.core.solution import Status
from planner.instance.demand_series import demand_of
from planner.rates.compute import compute_rates
from planner.rates.headroom import headroom, headroom_for_waits
from planner.verify.audit.demanded import asked
from planner.verify.audit.promises import busy_limits
from planner.verify.audit.requests import RequestFacts
from tests.examples import small

AMOUNTS = (0, 5e-324, 1e-300, 1e-12, 1e-3, 1.0, 30.0, 1e4, 1e6, 1e9, 1e12, 1e15)
ABOVE_0 = AMOUNTS[1:]
VARIATIONS = tuple(value for value in AMOUNTS if value <= 1e4)
SHARES = (5e-324, 1e-9, 0.5, 0.999, 1 - 1e-9, 0.9999999999999999)
COUNTS = (1, 1000, 10**9)
LENGTHS = {"input_tokens": 500, "output_tokens": 100}
FAILS_ALWAYS = {"h800": {"failures_per_node_year": 1e6, "repair_hours": 1e4}}


def drawn(seed: int) -> dict[str, Any]:
    """Changes of the small instance: about half of all fields of promises, each at an extreme."""
    draw = random.Random(seed)

    def some(values: dict[str, tuple[Any, ...]], share: float = 0.5) -> dict[str, Any]:
        return {key: draw.choice(pool) for key, pool in values.items() if draw.random() < share}

    ttft = some(dict.fromkeys(("p50", "p99", "p999"), (*ABOVE_0, 2000.0)))
    sla = some({"tpot_ms": (*ABOVE_0, 50.0), "availability": SHARES}, 0.7) | (
        {"ttft_ms": ttft} if ttft else {}
    )
    scv = dict.fromkeys(("arrival_scv", "decode_arrival_scv", "prefill_scv", "decode_scv"), VARIATIONS)
    queueing = some(scv | {"kv_transfer_ms": AMOUNTS, "arrival_law": ("gamma", "hyperexponential")})
    crowd = {"count": draw.choice(COUNTS), **some({"burstiness_scv": VARIATIONS, "size": ABOVE_0})}
    hardware = some(
        {"failures_per_node_year": AMOUNTS, "repair_hours": ABOVE_0, "swap_hours": AMOUNTS}, share=0.6
    )
    sections = {
        "workloads.chat.sla": sla,
        "workloads.chat.queueing": queueing,
        "workloads.chat.customers": {"classes": [crowd, {"count": 7}], **some({"quantile": SHARES})},
        "hardware": {"h800": hardware or {"swap_hours": 1.0}},
    }
    kept = {path: section for path, section in sections.items() if section and draw.random() < 0.6}
    lengths = draw.choice([LENGTHS, dict.fromkeys(LENGTHS, draw.choice((1e-3, 1.0, 1e15)))])
    at_once = some({"deployments.0.prompts_at_once": COUNTS}, 0.2)
    return {
        "workloads.chat.lengths": lengths,
        **kept,
        **at_once,
        **some({"workloads.chat.demand.scale": (1e-9, 1e4)}, 0.2),
    }


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("seed", range(25))
def test_extremes_have_an_answer_and_the_audit_has_the_same(seed: int) -> None:
    try:
        instance = small(drawn(seed))
    except InstanceError:
        return
    rates = compute_rates(instance)
    share = headroom(instance, rates)
    if share is None or not rates.units:
        return
    assert np.isfinite(share).all()
    assert ((share >= 0) & (share <= 1)).all()
    demand = np.array([demand_of(instance, work.workload, work.phase) for work in rates.works])
    audited = busy_limits(
        RequestFacts(instance, rates, asked(instance)), demand, list(range(len(rates.units)))
    )
    waits = headroom_for_waits(instance, rates)
    assert (share <= waits).all()
    assert (np.ones_like(waits) if audited is None else audited) == pytest.approx(waits, rel=1e-9)


@pytest.mark.parametrize(
    "changes",
    [
        {"workloads.chat.sla": {"availability": 0.999}, "hardware": FAILS_ALWAYS},
        {
            "workloads.chat.sla": {"availability": 0.999},
            "hardware": {"h800": FAILS_ALWAYS["h800"] | {"swap_hours": 1e4}},
        },
    ],
)
def test_what_no_number_of_spares_keeps_is_infeasible_and_says_so(changes: dict[str, Any]) -> None:
    plan = planner.solve(small(changes))
    assert plan.status is Status.INFEASIBLE
    told = " ".join(plan.reasons)
    assert "prefill: cannot keep the promise at any load" in told
    assert "decode: cannot keep the promise at any load" in told
    assert "chat's availability of 0.999" in told


def test_machines_that_never_fail_keep_every_promise() -> None:
    never = {"workloads.chat.sla": {"availability": 0.9999999999999999}}
    plan = planner.solve(small(never | {"hardware": {"h800": {"failures_per_node_year": 0}}}))
    assert plan.cost == pytest.approx(planner.solve(small()).cost)


def test_prompts_that_are_cached_whole_take_no_time() -> None:
    waits = {
        "workloads.chat.lengths": LENGTHS,
        "workloads.chat.sla": {"ttft_ms": {"p95": 3000}, "tpot_ms": 50},
        "workloads.chat.queueing": {},
        "workloads.chat.demand.cached_tokens_per_s": [1500, 900, 2500],
    }
    assert planner.solve(small(waits)).status is Status.OPTIMAL


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("queueing.arrival_scv", {"queueing": {"arrival_scv": 1e5}}),
        (
            "customers.classes.0.burstiness_scv",
            {"customers": {"classes": [{"count": 1, "burstiness_scv": 1e9}]}},
        ),
        ("lengths.input_tokens", {"lengths": {"input_tokens": 1e-9, "output_tokens": 1}}),
    ],
)
def test_what_no_formula_covers_is_refused_at_its_place(path: str, section: dict[str, Any]) -> None:
    with pytest.raises(InstanceError) as refused:
        small({f"workloads.chat.{key}": value for key, value in section.items()})
    assert [fault.path for fault in refused.value.faults] == [f"workloads.chat.{path}"]


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_customers_of_very_different_sizes_peak_as_the_large_ones() -> None:
    alone = pooled_peak(100, 9.0)
    for small_one in (1e-300, 5e-324, 1e-12):
        both = pooled_peak([100, 10**6], [9.0, 9.0], size=[1e4, small_one])
        assert both.independent == pytest.approx(alone.independent, rel=1e-3)


def test_largest_pools_are_capped_as_large_ones() -> None:
    caps = ttft_cap([1_000, 10_000, 10**9], 0.5, 3.0, 0.99, arrival_scv=100.0)
    assert caps[0] < caps[1] == caps[2]


def test_units_of_more_places_than_can_be_counted() -> None:
    slow = {
        "workloads.chat.lengths": LENGTHS,
        "workloads.chat.sla": {"ttft_ms": {"p95": 3000}, "tpot_ms": 1e15},
        "workloads.chat.queueing": {},
        "workloads.chat.demand.scale": 1e5,
    }
    instance = small(slow)
    share = headroom(instance, compute_rates(instance))
    assert share is not None
    assert share[1] == pytest.approx(1.0, abs=1e-3)
