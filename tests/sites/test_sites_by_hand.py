"""Optima of two sites, worked by hand: what excludes a site, what tips the balance, what binds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import planner
from planner.view.exports.focus import focus_rows
from tests.market.in_process import solve_here
from tests.reference.reference import optimum
from tests.sites.two import plain, two_sites

if TYPE_CHECKING:
    from planner.plan.plan import Plan

FIBRE = {"from_site": "north", "to_site": "south", "bandwidth_gbit_per_s": 100.0}


def solved(changes: dict[str, Any], cost: float, second: bool = True) -> Plan:
    """The plan, of this cost by the planner and (where it knows the question) by the second model."""
    plan = solve_here(two_sites(changes))
    assert plan.status == "optimal", plan.reasons
    assert plan.cost == pytest.approx(cost)
    assert planner.check(two_sites(changes), plan).passed
    if second:
        assert optimum(plain(changes)).objective == pytest.approx(cost)
    return plan


def ways(plan: Plan) -> dict[tuple[str, str], tuple[float, ...]]:
    """Shares by where prompts are read and answered."""
    return {(one.read_at, one.answered_at): pytest.approx(one.share) for one in plan.routed}


def test_all_goes_to_the_cheaper_site() -> None:
    assert ways(solved({}, 40.0)) == {("north", "north"): (1.0,)}


def test_a_distance_that_leaves_no_time_for_the_first_token_excludes_a_site() -> None:
    near = {"regions.europe.round_trip_ms": {"north": 90.0, "south": 20.0}}
    solved({**near, "workloads.chat.sla": {"ttft_ms": {"p99": 91.0}}}, 40.0)
    plan = solved({**near, "workloads.chat.sla": {"ttft_ms": {"p99": 90.0}}}, 52.0)
    assert ways(plan) == {("south", "south"): (1.0,)}


def test_residency_keeps_requests_where_the_law_allows() -> None:
    assert ways(solved({"regions.europe.sites": ["south"]}, 52.0)) == {("south", "south"): (1.0,)}


def test_full_sites_share_a_workload() -> None:
    """Two nodes in the north serve half of it, so that both phases of each half lie at one site: 20 + 26 USD."""
    plan = solved({"fleet.hn.rent.max_nodes": 2}, 46.0)
    assert ways(plan) == {("north", "north"): (0.5,), ("south", "south"): (0.5,)}


def test_prompts_read_at_one_site_are_not_answered_at_another() -> None:
    """Only the south writes, the north reads for 1 USD: without a link all is in the south, with one 2 + 26 USD."""
    split = {"deployments.1.hardware": "hs", "fleet.hn.rent.price_usd_per_node_hour": 1.0}
    solved(split, 52.0)
    solved({**split, "links": {"fibre": FIBRE}}, 28.0)


def test_the_bandwidth_of_a_link_binds() -> None:
    """2,000 prompt tokens/s are 1.12 Gbit/s of cache: of 0.56 half passes; the other half is read in the south."""
    split = {
        "deployments.1.hardware": "hs",
        **{
            "fleet.hn.rent.price_usd_per_node_hour": 1.0,
            "links": {"fibre": FIBRE | {"bandwidth_gbit_per_s": 0.56}},
        },
    }
    plan = solved(split, 1.0 + 13.0 + 26.0)
    assert ways(plan) == {("north", "south"): (0.5,), ("south", "south"): (0.5,)}


def test_the_time_of_a_link_counts_for_the_first_token() -> None:
    """70 MB over 100 Gbit/s take 5.6 ms; with 10 ms of latency the first token is 15.6 ms late."""
    split = {
        "deployments.1.hardware": "hs",
        **{"fleet.hn.rent.price_usd_per_node_hour": 1.0, "links": {"fibre": FIBRE | {"latency_ms": 10.0}}},
    }
    solved({**split, "workloads.chat.sla": {"ttft_ms": {"p99": 15.7}}}, 28.0)
    solved({**split, "workloads.chat.sla": {"ttft_ms": {"p99": 15.5}}}, 52.0)


def test_kinds_of_caches_that_do_not_fit_are_places_of_their_own() -> None:
    cheap = {"fleet.hn.rent.max_nodes": 2, "hardware.hs.site": "north"}
    solved(cheap, 46.0)
    split = {
        "deployments.0.hardware": "hn",
        **{"deployments.1.hardware": "hs", "hardware.hs.site": "north"},
    }
    solved(split, 46.0)
    apart = {**split, "hardware.hs.kv_cache": "other"}
    assert optimum(plain(apart)).status == "infeasible"
    plan = planner.solve(two_sites(apart), planner.SolveOptions(solver="highs"))
    assert plan.status == "infeasible"
    assert "prefill at north; decode at north.other" in plan.reasons[0]


def test_egress_tips_the_balance() -> None:
    """400 tokens/s of 100 bytes are 0.144 GB an hour: 11.52 USD at 80 a GB, 12.96 at 90. The south is 12 dearer."""
    solved({"sites.north.egress_usd_per_gb": 80.0}, 51.52)
    plan = solved({"sites.north.egress_usd_per_gb": 90.0}, 52.0)
    assert ways(plan) == {("south", "south"): (1.0,)}


def test_energy_of_one_s_own_nodes_follows_the_price_of_their_site() -> None:
    """Four nodes of 10 kW at 0.10 USD/kWh and a PUE of 1.2: 4.80 USD in the north; at -0.05 six nodes earn 3.60."""
    own = {"fleet.hn": {"own": {"kind": "existing", "nodes": 6}}, "sites.north.pue": 1.2}
    solved({**own, "sites.north.energy_usd_per_kwh": [0.1]}, 4.8)
    solved({**own, "sites.north.energy_usd_per_kwh": [-0.05]}, -3.6)


def test_demand_follows_the_clock_of_its_region() -> None:
    """The peak of 09:00 comes at 01:00 UTC where clocks are eight hours ahead."""
    day = [0.0] * 9 + [400.0] + [0.0] * 14
    changes = {
        **{"horizon.periods": 24, "workloads.chat.demand.output_tokens_per_s": day},
        **{"workloads.chat.demand.input_tokens_per_s": 0.0, "workloads.chat.demand.local_clock": True},
        "regions.europe.utc_offset_hours": 8.0,
    }
    plan = solved(changes, 20.0)
    assert [place for place, on in enumerate(plan.units[0].on) if on] == [1]


def test_a_workload_that_promises_waits_is_routed_whole_and_has_the_headroom_of_all_of_it() -> None:
    """Half busy at most, it needs eight nodes: six in the north serve all of none, so that all goes to the south."""
    waits = {
        "workloads.chat.queueing": {"prefill_busy_limit": 0.5, "decode_busy_limit": 0.5},
        "workloads.chat.sla": {"ttft_ms": {"p99": 2000.0}, "tpot_ms": 50.0},
    }
    solved(waits, 80.0, second=False)
    plan = solved({**waits, "fleet.hn.rent.max_nodes": 6}, 104.0, second=False)
    assert ways(plan) == {("south", "south"): (1.0,)}


def test_one_site_without_links_is_the_instance_without_sites() -> None:
    one = {"hardware.hs.site": "north", "sites": {"north": {}}}
    none = {"sites": None, "regions": None, "workloads.chat.region": None}
    assert solve_here(two_sites(one)).cost == solve_here(two_sites(none)).cost == 40.0
    assert solve_here(two_sites(none)).routed == ()


def test_a_link_that_is_too_narrow_is_named_with_what_it_lacks() -> None:
    """1.12 Gbit/s must pass, as only the north reads and only the south writes."""
    split = {
        **{"deployments.0.hardware": "hn", "deployments.1.hardware": "hs"},
        "links": {"fibre": FIBRE | {"bandwidth_gbit_per_s": 1.0}},
    }
    plan = planner.solve(two_sites(split), planner.SolveOptions(solver="highs"))
    assert plan.status == "infeasible"
    assert any("links.fibre.bandwidth_gbit_per_s" in reason and "0.12" in reason for reason in plan.reasons)


def test_explain_s_prices_of_demand_agree_with_solving_again() -> None:
    charged = {
        **{"deployments.1.hardware": "hs", "sites.south.egress_usd_per_gb": 5.0},
        **{"fleet.hn.rent.price_usd_per_node_hour": 1.0, "fleet.hn.rent.max_nodes": 1},
        "links": {"fibre": FIBRE | {"usd_per_gb": 0.001}},
    }
    instance = two_sites(charged)
    told = planner.explain(instance, planner.solve(instance, planner.SolveOptions(solver="highs")))
    checks = [check for one in told.marginals for check in (one.units_held_check, one.relaxed_check)]
    assert all(check is not None and check.agrees for check in checks)
    assert told.marginals[0].relaxed > 0


def test_the_decomposition_knows_a_bound_of_several_sites() -> None:
    """It leaves out where requests go and what that costs: its bound is no higher than the optimum."""
    instance = two_sites({"regions.europe.sites": ["south"], "sites.south.egress_usd_per_gb": 10.0})
    plan = planner.solve(instance, planner.SolveOptions(method="decompose", time_limit_s=5.0))
    assert plan.bound <= 53.44 + 1e-6
    assert not plan.usable or plan.cost >= 53.44 - 1e-6


def test_focus_says_where_nodes_stand() -> None:
    instance = two_sites()
    rows = focus_rows(solve_here(instance), instance)
    assert {row["RegionId"] for row in rows if row["ResourceId"]} == {"north"}


def test_nodes_in_use_emit_what_their_site_says() -> None:
    """Four nodes of 10 kW, drawn 1.2 times, at 300 g/kWh: 14.4 kg an hour; at 400 without losses 16.0."""
    told = {
        **{"sites.north": {"carbon_g_per_kwh": [300.0], "pue": 1.2}, "sites.south.carbon_g_per_kwh": 400.0},
        "fleet.hn.own": {"kind": "existing", "nodes": 9},
    }
    fast = planner.SolveOptions(solver="highs")
    assert planner.solve(two_sites(told), fast).summary["carbon_kg"] == pytest.approx(14.4)
    south = two_sites({**told, "regions.europe.sites": ["south"]})
    plan = planner.solve(south, fast)
    assert plan.summary["carbon_kg"] == pytest.approx(16.0)
    assert "carbon_kg" not in planner.solve(two_sites(), fast).summary
    lied = replace(plan, summary={**plan.summary, "carbon_kg": 12.0})
    assert {violation.rule for violation in planner.check(south, lied).violations} == {"summary"}
