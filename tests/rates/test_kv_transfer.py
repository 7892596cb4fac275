"""The transfer of the KV cache is part of the time to first token where prefill and decode are on separate units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import planner
from kernels import Conditions
from kernels.queueing import ttft_cap
from planner.rates.compute import compute_rates
from planner.rates.kv_transfer import transfer_doubts
from planner.rates.waits import wait_cap
from planner.verify.audit.demanded import asked
from planner.verify.audit.promises import busy_limits
from planner.verify.audit.requests import RequestFacts
from tests.examples import small
from tests.kernels.asking import point, setting

if TYPE_CHECKING:
    from planner.instance import Instance

LENGTHS = {"input_tokens": 4000, "output_tokens": 100}
PROMISE = {"ttft_ms": {"p99": 4000}, "tpot_ms": 50}
GIVEN = {
    "workloads.chat.lengths": LENGTHS,
    "workloads.chat.sla": PROMISE,
    "workloads.chat.queueing": {},
    "deployments.0.rate_tokens_per_s": {"chat": 20_000},
}
RATED = GIVEN | {
    "workloads.chat.model": "deepseek-v3",
    "deployments": [{"name": role, "role": role, "ep": 8} for role in ("prefill", "decode", "colocated")],
    "fleet": {"h200": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 16.0}}},
}
CACHE_BYTES = 4000 * 70_272  # latent cache of DeepSeek-V3: 61 layers of 576 elements of 2 bytes a token


def far(gbit_per_s: float) -> dict[str, Any]:
    """Decode on hardware like the other one, with another network."""
    prefill, decode, both = (dict(entry) for entry in RATED["deployments"])
    return RATED | {
        "deployments": [
            prefill | {"hardware": "h200"},
            decode | {"hardware": "far"},
            both | {"hardware": "h200"},
        ],
        "hardware": {"far": {"like": "h200", "accelerator": {"scale_out_gbit_per_s": gbit_per_s}}},
        "fleet": {name: dict(RATED["fleet"]["h200"]) for name in ("h200", "far")},
    }


def transfers(instance: Instance, work: str = "chat.prefill") -> dict[str, float | None]:
    """Transfer in ms by role."""
    rates = compute_rates(instance)
    return {
        str(unit.role): told[work].kv_transfer_ms
        for unit, told in zip(rates.units, rates.details, strict=True)
        if work in told
    }


def link_bytes_per_s() -> float:
    """What one GPU of an H200 node gets out of its network."""
    share = setting("h200", "prefill", 8, Conditions(4000, 100)).scale_out_share
    return 400e9 / 8 * float(share[0, 0])


def test_the_kernel_computes_it_from_the_bytes_of_the_cache_and_the_links() -> None:
    found = transfers(small(RATED))
    assert found["prefill"] == pytest.approx(1e3 * CACHE_BYTES / link_bytes_per_s())
    assert found["colocated"] == 0.0


def test_the_slowest_receiver_counts() -> None:
    assert transfers(small(far(4)))["prefill"] == pytest.approx(1e5 * CACHE_BYTES / link_bytes_per_s())
    assert transfers(small(far(4000)))["prefill"] == transfers(small(RATED))["prefill"]


def test_a_receiver_too_slow_for_the_promise_leaves_the_colocated_units() -> None:
    rates = compute_rates(small(far(0.4)))
    assert {str(unit.role) for unit in rates.units} == {"decode", "colocated"}
    (left_out,) = (option for option in rates.rejected if option.role == "prefill")
    assert left_out.why == "prefill and the transfer of its KV cache out of reach"


def test_a_stated_transfer_stands_for_all_of_it() -> None:
    instance = small(far(4) | {"workloads.chat.queueing": {"kv_transfer_ms": 250}})
    found = transfers(instance)
    assert (found["prefill"], found["colocated"]) == (250.0, 0.0)


def test_the_kernel_leaves_room_for_it_within_the_limit() -> None:
    alone = point("h200", "prefill", 8, Conditions(4000, 100, kv_transfer_s=0.0))
    limit_s = float(alone.prefill_time_s[0])
    given = point(
        "h200", "prefill", 8, Conditions(4000, 100, kv_transfer_s=0.5, prefill_time_s=limit_s + 0.4)
    )
    assert given.prefill_time_s[0] < limit_s - 0.1
    assert given.kv_transfer_s[0] == 0.5
    colocated = point(
        "h200", "colocated", 8, Conditions(4000, 100, kv_transfer_s=0.5, prefill_time_s=limit_s + 0.4)
    )
    assert colocated.kv_transfer_s[0] == 0.0


def test_it_is_taken_off_the_limit_that_prompts_wait_within() -> None:
    alone, instance = small(GIVEN), small(GIVEN | {"workloads.chat.queueing": {"kv_transfer_ms": 800}})
    rates, units = compute_rates(instance), np.array([1, 4, 30])
    by_hand = ttft_cap(units, 4000 / 20_000, 4.0, 0.995, 0.8, 1.0, 1.0, 4000 / 20_000, 1.0, "gamma")
    assert wait_cap(instance, rates, 0, 0, units).tolist() == np.asarray(by_hand).tolist()
    demand = np.array([[18_000.0] * 3, [350.0] * 3])
    mine, free = (
        busy_limits(RequestFacts(instance, rates, asked(instance)), demand, [0]),
        busy_limits(RequestFacts(alone, compute_rates(alone), asked(alone)), demand, [0]),
    )
    assert mine is not None
    assert free is not None
    assert mine[0, 0] < free[0, 0]


def test_what_nobody_knows_is_reported() -> None:
    instance = small(GIVEN)
    (doubt,) = transfer_doubts(instance, compute_rates(instance))
    assert doubt.startswith(
        "workloads.chat.queueing.kv_transfer_ms: nothing is known of the links of prefill, decode"
    )
    stated = small(GIVEN | {"workloads.chat.queueing": {"kv_transfer_ms": 0}})
    assert not list(transfer_doubts(stated, compute_rates(stated)))
    assert not list(transfer_doubts(small(), compute_rates(small())))
    rated = small(RATED)
    assert not list(transfer_doubts(rated, compute_rates(rated)))


def test_a_stated_transfer_that_nobody_makes_is_reported() -> None:
    alone = {"deployments": [{"name": "both", "role": "colocated", "ep": 8}]}
    instance = small(RATED | alone | {"workloads.chat.queueing": {"kv_transfer_ms": 5}})
    (doubt,) = transfer_doubts(instance, compute_rates(instance))
    assert doubt.endswith("counts for nothing, as no unit hands the KV cache of its prompts over")


def test_plan_and_explanation_tell_it() -> None:
    instance = small(GIVEN)
    plan = planner.solve(instance, planner.SolveOptions(time_limit_s=10))
    assert any("nothing is known of the links" in warning for warning in plan.warnings)
    stated = small(GIVEN | {"workloads.chat.queueing": {"kv_transfer_ms": 30}})
    notes = planner.explain(stated).notes
    assert "chat: its time to first token holds the transfer of the KV cache: prefill 30.0 ms" in notes


def test_links_are_a_capacity_of_the_side_that_takes_and_of_the_side_that_sends() -> None:
    """Eight replicas, each behind the link of its GPU, which a cache takes so long: 8 caches a time."""
    seconds = 400 / 3.5 * CACHE_BYTES / link_bytes_per_s()  # of 3.5 instead of 400 Gbit/s
    slow_receiver, slow_sender = small(far(3.5)), far(3.5)
    for entry in slow_sender["deployments"]:
        entry["hardware"] = {"h200": "far", "far": "h200"}[entry["hardware"]]
    assert rate_of(slow_receiver, "chat.decode", "decode") == pytest.approx(8 / seconds * 100)
    assert rate_of(small(slow_sender), "chat.prefill", "prefill") == pytest.approx(8 / seconds * 4000)
    stated = small(far(3.5) | {"workloads.chat.queueing": {"kv_transfer_ms": 250}})
    assert rate_of(stated, "chat.decode", "decode") == rate_of(small(RATED), "chat.decode", "decode")


def test_hardware_with_caches_of_its_own_delays_nobody() -> None:
    """A slow receiver that is offered counts for whoever may reach it; one that nobody reaches does not."""
    slow = far(4)
    own = [{"name": "near", "role": "decode", "ep": 8, "hardware": "h200"}, *slow["deployments"]]
    apart = {**slow["hardware"], "h200": {"kv_cache": "fast"}}
    apart["far"] = {**apart["far"], "kv_cache": "slow"}
    beside, alone = (
        transfers(small({**slow, "deployments": own, "hardware": hardware}))["prefill"]
        for hardware in (slow["hardware"], apart)
    )
    assert beside == pytest.approx(1e5 * CACHE_BYTES / link_bytes_per_s())
    assert alone == pytest.approx(1e3 * CACHE_BYTES / link_bytes_per_s())


def rate_of(instance: Instance, work: str, role: str) -> float:
    """Rate of the first unit of a role."""
    rates = compute_rates(instance)
    unit = next(place for place, one in enumerate(rates.units) if one.role == role)
    return float(rates.rate[unit, [one.name for one in rates.works].index(work)])


def test_a_plan_has_as_many_slow_receivers_as_take_the_caches() -> None:
    """50 caches a second at 8 / 0.628 s = 12.7 each: 4 units, where computing takes 1, beside one that reads."""
    read, write, _ = far(4)["deployments"]
    asked = {
        "deployments": [read, write],
        "workloads.chat.sla": {"tpot_ms": 50},
        "workloads.chat.demand": {"input_tokens_per_s": [40_000], "output_tokens_per_s": [5_000]},
        "horizon.periods": 1,
    }
    slow, fast = (small({**far(one), **asked}) for one in (4, 400))
    plan = planner.solve(slow)
    assert (plan.cost, planner.solve(fast).cost) == (pytest.approx(5 * 16.0), pytest.approx(2 * 16.0))
    assert planner.check(slow, plan).passed


def test_slow_receivers_behind_a_link_delay_those_alone_that_read_for_it() -> None:
    sited = far(4) | {
        "sites": {"north": {}, "south": {}},
        "hardware": {
            "h200": {"site": "north"},
            "far": {"site": "south", **far(4)["hardware"]["far"]},
        },
        "links": {
            "fibre": {
                "from_site": "north",
                "to_site": "south",
                "bandwidth_gbit_per_s": 1000.0,
                "latency_ms": 7.0,
            }
        },
    }
    sited["deployments"] = [
        {"name": role, "role": role, "ep": 8, **({"pass_tokens": 8192} if role == "prefill" else {})}
        for role in ("prefill", "decode")
    ]
    rates = compute_rates(small(sited))
    found = {
        (unit.hardware, unit.over): (told["chat.prefill"].kv_transfer_ms, told["chat.prefill"].network_ms)
        for unit, told in zip(rates.units, rates.details, strict=True)
        if "chat.prefill" in told
    }
    own_ms = 1e3 * CACHE_BYTES / link_bytes_per_s()
    passing_ms = 7.0 + 1e3 * CACHE_BYTES / 125e9
    assert found["h200", ()] == (pytest.approx(own_ms), 0.0)
    assert found["h200", ("fibre",)] == (pytest.approx(100 * own_ms), pytest.approx(passing_ms))
    assert found["far", ()] == (pytest.approx(100 * own_ms), 0.0)
