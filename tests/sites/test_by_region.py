"""A workload whose requests arise in several regions is read as one for each, by its shares."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner.instance.demand_series import series
from planner.loader import loads
from tests.market.in_process import solve_here
from tests.sites.two import two_sites

PRICES = {"input_hit": 0.5, "input_miss": 1.0, "output": 2.0}
SHARES: dict[str, Any] = {
    "workloads.chat.region": None,
    "workloads.chat.regions": {"europe": 0.75, "asia": 0.25},
    "regions": {"europe": {}, "asia": {"sites": ["south"]}},
}


def test_each_region_has_its_share_and_all_that_the_workload_says() -> None:
    instance = two_sites(
        {
            **SHARES,
            "workloads.chat.shed_usd_per_million_tokens": 9.0,
            **{"vendors.v.workloads": ["chat"], "vendors.v.price_usd_per_million_tokens": PRICES},
            "scenarios": {"one": {"probability": 1.0, "workload_scale": {"chat": 2.0}}},
        }
    )
    assert list(instance.workloads) == ["chat.europe", "chat.asia"]
    assert {name: one.region for name, one in instance.workloads.items()} == {
        "chat.europe": "europe",
        "chat.asia": "asia",
    }
    assert all(one.shed_usd_per_million_tokens == 9.0 for one in instance.workloads.values())
    assert series(instance, "chat.asia", "input_tokens_per_s").tolist() == [2.0 * 0.25 * 2000.0]
    assert instance.deployments[0].rate_tokens_per_s == {"chat.europe": 1000, "chat.asia": 1000}
    assert instance.vendors["v"].workloads == ("chat.europe", "chat.asia")
    assert planner.from_dict(instance.to_dict()) == instance


def test_its_parts_go_where_they_may() -> None:
    """A pair in the south for Asia's quarter does as much of Europe's; a pair in the north the rest: 26 + 20 USD."""
    plan = solve_here(two_sites(SHARES))
    assert plan.cost == pytest.approx(46.0)
    assert {(one.workload, one.read_at): pytest.approx(one.share) for one in plan.routed} == {
        ("chat.europe", "north"): (2 / 3,),
        ("chat.europe", "south"): (1 / 3,),
        ("chat.asia", "south"): (1.0,),
    }


def test_the_sun_moves_over_regions_of_one_place() -> None:
    """Without sites: the peak of each half of a day comes twelve hours after that of the other."""
    day = [400.0] + [0.0] * 23
    instance = two_sites(
        {
            "workloads.chat.region": None,
            **{"sites": None, "hardware.hn.site": None, "hardware.hs.site": None, "horizon.periods": 24},
            "regions": {"near": {"utc_offset_hours": 0.0}, "far": {"utc_offset_hours": 12.0}},
            "workloads.chat.regions": {"near": 0.5, "far": 0.5},
            "workloads.chat.demand": {
                **{"input_tokens_per_s": 0.0, "output_tokens_per_s": day},
                "local_clock": True,
            },
        }
    )
    plan = solve_here(instance)
    assert plan.cost == pytest.approx(2 * 10.0)
    assert [place for place, on in enumerate(plan.units[0].on) if on] == [0, 12]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"workloads.chat.regions": {"europe": 0.5, "asia": 0.4}}, "the shares sum to 0.9, not to 1"),
        ({"workloads.chat.region": "europe"}, "says the same as 'regions' beside it"),
        ({"workloads.chat.regions": {"europe": "all"}}, "workloads.chat.regions.europe"),
        ({"workloads.chat.regions": {}}, "workloads.chat.regions"),
        ({"workloads.chat.regions": {"europe": 1.5}}, "workloads.chat.regions.europe"),
        ({"workloads.chat.regions": {"mars": 1.0}}, "no region 'mars'"),
    ],
)
def test_shares_that_make_no_sense_are_reported(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(planner.InstanceError) as refused:
        two_sites({**SHARES, **changes})
    assert message in str(refused.value)


def test_a_fault_of_a_part_points_to_where_the_workload_stands() -> None:
    text = """version: 1
name: lines
horizon: {start: 2025-01-01T00:00+00:00, periods: 1}
regions: {europe: {}, asia: {}}
workloads:
  chat:
    regions: {europe: 0.5, asia: 0.5}
    demand: {requests_per_s: 2}
    priority: 99
deployments: [{name: d, role: request, nodes: 1, rate_requests_per_s: {chat: 1}}]
hardware: {x: {gpus_per_node: 8}}
fleet: {x: {rent: {kind: on_demand, price_usd_per_node_hour: 1.0}}}
"""
    with pytest.raises(planner.InstanceError) as refused:
        loads(text)
    assert {(fault.path, fault.line) for fault in refused.value.faults} == {
        ("workloads.chat.europe.priority", 9),
        ("workloads.chat.asia.priority", 9),
    }
