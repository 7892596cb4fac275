"""What is wrong with sites, regions and links is told at the door, with its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import planner
from planner.study.evaluation.evaluation import evaluate
from planner.study.evaluation.schedule import FleetSchedule
from planner.verify.simulation import ReplayOptions, simulate
from tests.market.in_process import solve_here
from tests.sites.two import two_sites

FIBRE = {"from_site": "north", "to_site": "south", "bandwidth_gbit_per_s": 100.0}
OWN = {"kind": "existing", "nodes": 6}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no site": ({"hardware.hn.site": None}, "fleet.hn.rent: has no site"),
    "unknown site": ({"hardware.hn.site": "nord"}, "there is no site 'nord'"),
    "two sites": (
        {"fleet.hn.more": {"kind": "on_demand", "price_usd_per_node_hour": 9, "site": "south"}},
        "fleet.hn: names the sites north and south: the nodes of one hardware are at one site",
    ),
    "no sites": ({"sites": None, "links": {"l": FIBRE}}, "links need sites"),
    "region": ({"workloads.chat.region": "asia"}, "workloads.chat.region: no region 'asia'"),
    "allowed": ({"regions.europe.sites": ["east"]}, "regions.europe.sites: no site 'east'"),
    "distance": (
        {"regions.europe.round_trip_ms": {"north": 9.0}},
        "regions.europe.round_trip_ms: says nothing of south",
    ),
    "ends": ({"links": {"l": FIBRE | {"to_site": "east"}}}, "links.l.to_site: no site 'east'"),
    "loop": ({"links": {"l": FIBRE | {"to_site": "north"}}}, "a link joins two sites"),
    "who": ({"links": {"l": FIBRE | {"workloads": ["chap"]}}}, "no workload 'chap'"),
    "lengths": ({"links": {"l": FIBRE}, "workloads.chat.lengths": None}, "needs lengths"),
    "bytes": (
        {"links": {"l": FIBRE}, "workloads.chat.kv_bytes_per_token": None},
        "needs kv_bytes_per_token: link 'l' may carry its KV caches",
    ),
    "answers": (
        {"sites.north.egress_usd_per_gb": 1.0, "workloads.chat.response_bytes": None},
        "workloads.chat: needs response_bytes",
    ),
    "waiting": (
        {"workloads.chat.deferral": {"deadline_hours": 2}},
        "workloads.chat.deferral: cannot be deferred with nodes at several sites",
    ),
    "energy series": (
        {"sites.north.energy_usd_per_kwh": [0.1, 0.2]},
        "has 2 values, the horizon has 1 periods",
    ),
    "carbon series": (
        {"sites.north.carbon_g_per_kwh": [9.0, 9.0]},
        "has 2 values, the horizon has 1 periods",
    ),
    "emits": (
        {"sites.north.carbon_g_per_kwh": 9.0, "hardware.hn.power_kw_per_node": None},
        "fleet.hn: 'north' says what energy emits, but no power of a hn node is known",
    ),
    "energy twice": (
        {"sites.north.energy_usd_per_kwh": 0.1, "fleet.hn.own": OWN | {"running_usd_per_node_hour": 1.0}},
        "its site prices the energy of its nodes",
    ),
    "energy earns": (
        {
            "sites.north.energy_usd_per_kwh": -0.1,
            "fleet.hn.own": {"kind": "purchase", "price_usd_per_node": 1e5, "life_years": 4},
        },
        "say with max_nodes how many nodes can take it",
    ),
    "clock": ({"workloads.chat.demand.local_clock": True}, "needs a region with utc_offset_hours"),
    "days": (
        {"workloads.chat.demand.local_clock": True, "regions.europe.utc_offset_hours": 2.0},
        "needs a horizon of whole days",
    ),
    "half hours": (
        {
            **{"workloads.chat.demand.local_clock": True, "regions.europe.utc_offset_hours": 5.5},
            **{"horizon.periods": 24, "workloads.chat.demand.input_tokens_per_s": 9.0},
            "workloads.chat.demand.output_tokens_per_s": 9.0,
        },
        "its clock is 5.5 h from the horizon's, no whole number of periods of 1 h",
    ),
    "vendor": (
        {
            "regions.europe.sites": ["north"],
            "vendors.v.price_usd_per_million_tokens": {"input_hit": 0.1, "input_miss": 0.5, "output": 2.0},
        },
        "list under 'workloads' what the vendor may take",
    ),
    "names": (
        {"hardware.hn.kv_cache": "x", "hardware.hs.site": "north.x", "sites": {"north": {}, "north.x": {}}},
        "'north.x' is what two places would be called",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_it_is_reported_where_it_stands(what: str) -> None:
    changes, message = WRONG[what]
    with pytest.raises(planner.InstanceError) as refused:
        two_sites(changes)
    assert message in str(refused.value)


WAITS: dict[str, Any] = {
    "workloads.chat.queueing": {},
    "workloads.chat.sla": {"ttft_ms": {"p99": 4000.0}, "tpot_ms": 50.0},
    "workloads.chat.lengths": {"input_tokens": 100, "output_tokens": 20},
    **{"horizon.periods": 2, "workloads.chat.demand.input_tokens_per_s": 2000},
    "workloads.chat.demand.output_tokens_per_s": 400,
}


def test_a_workload_that_stays_on_one_route_is_replayed_with_its_distance() -> None:
    """The replay keeps the promise, and the first token is later by what lies between users and site."""
    near, far = ({**WAITS, "regions.europe.round_trip_ms": {"north": ms, "south": ms}} for ms in (0.0, 500.0))
    medians = []
    for changes in (near, far):
        instance = two_sites(changes)
        replay = simulate(instance, solve_here(instance), options=ReplayOptions(seeds=(1,), requests=20_000))
        assert replay.kept
        medians.append(replay.workloads[0].ttft_ms["p50"].mean or 0.0)
    assert medians[1] - medians[0] > 400.0


def test_a_workload_that_takes_several_routes_is_not_replayed() -> None:
    instance = two_sites({"fleet.hn.rent.max_nodes": 2})
    with pytest.raises(planner.InstanceError, match="chat takes 2 routes between sites"):
        simulate(instance, solve_here(instance))


def test_a_schedule_of_nodes_is_not_judged_at_several_sites() -> None:
    nodes = {("hn", "rent"): np.array([4.0])}
    with pytest.raises(planner.InstanceError, match="does not say where requests go"):
        evaluate(two_sites(), FleetSchedule(nodes, nodes))
