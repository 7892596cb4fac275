"""The audit of sites: a sound plan passes, each tampering is refused by the rule on where requests go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import planner
from planner.plan.contents import Routed
from tests.market.in_process import solve_here
from tests.sites.two import two_sites

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan

FIBRE = {"from_site": "north", "to_site": "south", "bandwidth_gbit_per_s": 100.0}
QUESTION = {
    "deployments.1.hardware": "hs",
    **{"fleet.hn.rent.price_usd_per_node_hour": 1.0, "links": {"fibre": FIBRE}},
    **{"sites.south.egress_usd_per_gb": 1.0, "links.fibre.usd_per_gb": 0.001},
}


@pytest.fixture(scope="module")
def sound() -> tuple[Instance, Plan]:
    instance = two_sites(QUESTION)
    return instance, solve_here(instance)


def broken(instance: Instance, plan: Plan) -> set[str]:
    return {violation.rule for violation in planner.check(instance, plan).violations}


def test_a_sound_plan_passes_and_travels_as_json(sound: tuple[Instance, Plan]) -> None:
    instance, plan = sound
    assert broken(instance, plan) == set()
    assert plan.from_dict(plan.to_dict()) == plan
    assert [row["share"] for row in plan.frame("routed").to_dict("records")] == [1.0]


def test_the_audit_prices_what_leaves_a_site_and_passes_a_link(sound: tuple[Instance, Plan]) -> None:
    """0.144 GB of answers at 1 USD, and 504 GB of caches (2,000 x 70,000 bytes x 3,600 s) at 0.001 USD."""
    instance, plan = sound
    assert plan.cost_terms["egress"] == pytest.approx(0.144 + 0.504)
    cheaper = replace(plan, cost=plan.cost - 0.1, cost_terms={**plan.cost_terms, "egress": 0.548})
    assert {"cost terms", "total cost"} <= broken(instance, cheaper)


QUICK = planner.SolveOptions(solver="highs", threads=1)
DAY = [0.0] * 9 + [400.0] + [0.0] * 14
CLOCK = {
    **{"horizon.periods": 24, "workloads.chat.demand.output_tokens_per_s": DAY},
    **{"workloads.chat.demand.input_tokens_per_s": 0.0, "workloads.chat.demand.local_clock": True},
    "regions.europe.utc_offset_hours": 8.0,
}
ROUTE = Routed(workload="chat", read_at="north", answered_at="south", link="fibre", share=(1.0,))
TAMPERED: dict[str, tuple[Routed, ...]] = {
    "nothing is sent": (),
    "not all is sent": (replace(ROUTE, share=(0.9,)),),
    "no such workload": (replace(ROUTE, workload="chap"),),
    "answered where it is read": (replace(ROUTE, answered_at="north", link=""),),
    "over no link": (replace(ROUTE, link=""),),
    "over an unknown link": (replace(ROUTE, link="cable"),),
    "backwards": (replace(ROUTE, read_at="south", answered_at="north"),),
    "at an unknown site": (replace(ROUTE, answered_at="west"),),
    "a negative share": (
        replace(ROUTE, share=(1.5,)),
        replace(ROUTE, read_at="south", link="", share=(-0.5,)),
    ),
    "elsewhere": (replace(ROUTE, read_at="south", link=""),),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampered_routes_are_refused(what: str, sound: tuple[Instance, Plan]) -> None:
    instance, plan = sound
    assert "site flow" in broken(instance, replace(plan, routed=TAMPERED[what]))


def _otherwise(changes: dict[str, object], plan: Plan) -> set[str]:
    """Rules that a plan breaks under another question, with which it agrees but for what was changed."""
    return broken(two_sites({**QUESTION, **changes}), plan)


def test_a_plan_is_refused_where_the_question_forbids_its_routes(sound: tuple[Instance, Plan]) -> None:
    plan = sound[1]
    assert "site flow" in _otherwise({"regions.europe.sites": ["south"]}, plan)
    assert "site flow" in _otherwise({"links.fibre.bandwidth_gbit_per_s": 1.0}, plan)
    late = {"links.fibre.latency_ms": 50.0, "workloads.chat.sla": {"ttft_ms": {"p99": 50.0}}}
    assert "site flow" in _otherwise(late, plan)
    other = {"hardware.hs.kv_cache": "other"}
    assert "site flow" in _otherwise(other, plan)


def test_routes_have_no_place_in_a_plan_of_one() -> None:
    none = {"sites": None, "regions": None, "workloads.chat.region": None}
    instance = two_sites(none)
    plan = solve_here(instance)
    assert "site flow" in broken(
        instance, replace(plan, routed=(replace(ROUTE, read_at="", answered_at=""),))
    )


def test_a_workload_that_promises_waits_is_not_split() -> None:
    waits = {
        "workloads.chat.queueing": {"prefill_busy_limit": 0.5, "decode_busy_limit": 0.5},
        "workloads.chat.sla": {"ttft_ms": {"p99": 2000.0}, "tpot_ms": 50.0},
    }
    half = {"fleet.hn.rent.max_nodes": 2}
    split = solve_here(two_sites(half))
    assert len(split.routed) == 2
    twice = tuple(replace(unit, on=tuple(2 * one for one in unit.on)) for unit in split.units)
    assert "site flow" in broken(two_sites(waits), replace(split, units=twice))


WRONG: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "egress": ("planner.model.site_set._leaving_usd", lambda right, *given: 0.5 * right(*given), {}),
    "what passes a link": (
        "planner.model.site_set._passing_usd",
        lambda right, *given: 0.5 * right(*given),
        {},
    ),
    "bytes of a cache": (
        "planner.model.site_set._bytes_over_links",
        lambda right, *given: 0.5 * right(*given),
        {"links.fibre.bandwidth_gbit_per_s": 0.8},
    ),
    "time of a link": (
        "planner.rates.places.prompt_bytes",
        lambda right, *given: 0.0,
        {"links.fibre.bandwidth_gbit_per_s": 2.0, "workloads.chat.sla": {"ttft_ms": {"p99": 200.0}}},
    ),
    "energy": (
        "planner.rates.site_energy.site_energy_usd",
        lambda right, *given: 0.5 * right(*given),
        {"fleet.hn": {"own": {"kind": "existing", "nodes": 6}}, "sites.north.energy_usd_per_kwh": 0.1},
    ),
    "clock": ("planner.instance.demand_series.periods_ahead", lambda right, *given: 3, CLOCK),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_the_planner_gets_wrong_the_audit_refuses(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path, wrong, changes = WRONG[what]
    instance = two_sites({**QUESTION, **changes})
    assert planner.solve(instance, QUICK).usable
    module, name = path.rsplit(".", 1)
    right = getattr(__import__(module, fromlist=[name]), name)
    monkeypatch.setattr(path, lambda *given: wrong(right, *given))
    assert planner.solve(instance, QUICK).status == "refused"
