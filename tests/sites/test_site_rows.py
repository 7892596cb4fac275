"""Rows of the family of sites against its equations by hand, and what the rates know of the network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.rates.compute import compute_rates
from planner.rates.headroom import headroom
from planner.rates.server_slots import server_slots
from tests.model.listing import listing, program_for
from tests.sites.two import two_sites

FIBRE = {"from_site": "south", "to_site": "north", "bandwidth_gbit_per_s": 0.5, "latency_ms": 9.0}


def rows(changes: dict[str, Any]) -> dict[str, tuple[float, dict[str, float], float]]:
    return listing(program_for(two_sites(changes)))


def test_what_is_sent_to_a_place_is_served_there() -> None:
    # units: read.hn, read.hs, write.hn, write.hs; routes: north, south, south to north
    found = rows({"links": {"l": FIBRE}})
    assert found["site_flow_0_0"] == (
        1.0,
        dict.fromkeys(("flow_0_0_0", "flow_0_1_0", "flow_0_2_0"), 1.0),
        np.inf,
    )
    assert found["site_flow_place_0_1_0"][1] == {
        "on_1_0": 1000.0,
        "flow_0_1_0": -2000.0,
        "flow_0_2_0": -2000.0,
    }
    assert found["site_flow_place_1_0_0"][1] == pytest.approx(
        {"on_2_0": 2000.0, "flow_0_0_0": -4000.0, "flow_0_2_0": -4000.0}
    )


def test_a_link_carries_what_it_can() -> None:
    # 2,000 tokens/s x 70,000 bytes x 8 bits = 1.12 Gbit/s of 0.5
    lower, terms, upper = rows({"links": {"l": FIBRE}})["site_flow_link_0_0"]
    assert (lower, upper) == (-np.inf, 1.0)
    assert terms == pytest.approx({"flow_0_2_0": 2.24})


def test_what_waits_are_promised_to_takes_one_route() -> None:
    waits = {
        "workloads.chat.queueing": {"prefill_busy_limit": 0.5, "decode_busy_limit": 0.5},
        "workloads.chat.sla": {"ttft_ms": {"p99": 2000.0}, "tpot_ms": 50.0},
    }
    found = rows(waits)
    assert found["site_flow_taken_0_1_0"] == (-np.inf, {"flow_0_1_0": 1.0, "taken_0_1_0": -1.0}, 0.0)
    assert found["site_flow_one_0_0"] == (-np.inf, {"taken_0_0_0": 1.0, "taken_0_1_0": 1.0}, 1.0)
    assert not any(name.startswith("site_flow_taken") for name in rows({}))


def test_who_reads_for_a_link_keeps_its_time_and_others_do_not() -> None:
    """Half of each round trip, 9 ms of latency, and 70 MB over 0.5 Gbit/s: 1,120 ms."""
    far = {
        "regions.europe.round_trip_ms": {"north": 30.0, "south": 50.0},
        **{"links": {"l": FIBRE}, "workloads.chat.queueing": {}, "fleet.hs.rent.max_nodes": 60},
        "workloads.chat.sla": {"ttft_ms": {"p99": 9000.0}, "tpot_ms": 50.0},
    }
    instance = two_sites(far)
    rates = compute_rates(instance)
    able = np.flatnonzero(rates.rate[:, 0]).tolist()
    delay = {rates.units[unit].name: server_slots(instance, rates, unit, 0).network_s for unit in able}
    far_s = 0.015 + 0.025 + 0.009 + 1.120
    assert delay == pytest.approx({"read": 0.030, "read.2": 0.050, "read.2.over.l": far_s})
    share = headroom(instance, rates)
    assert share is not None
    assert share[2, 0] < share[1, 0] <= share[0, 0]


def test_the_kernel_s_passes_leave_the_network_its_time() -> None:
    """A first token due in 300 ms, 200 of them on the way: the pass that reads the most in time is a smaller one."""
    served = {
        "workloads.chat": {
            **{
                "model": "llama-3.1-70b",
                "region": "europe",
                "sla": {"ttft_ms": {"p99": 300.0}, "tpot_ms": 60.0},
            },
            **{"demand": {"input_tokens_per_s": [2000], "output_tokens_per_s": [400]}},
            "lengths": {"input_tokens": 1000, "output_tokens": 200},
        },
        "deployments": [{"role": "colocated", "ep": 8}],
        "hardware": {"hn": {"like": "h100", "site": "north"}, "hs": {"like": "h100", "site": "south"}},
        "regions.europe.round_trip_ms": {"north": 200.0, "south": 0.0},
    }
    rates = compute_rates(two_sites(served))
    known = {
        unit.hardware: detail["chat.prefill"] for unit, detail in zip(rates.units, rates.details, strict=True)
    }
    assert set(known) == {"hn", "hs"}
    assert known["hn"].network_ms == 200.0
    for detail in known.values():
        assert detail.prefill_ms is not None
        assert detail.prefill_ms + detail.network_ms <= 300.0
