"""The audit of the market: a sound plan passes, each tampering is refused by its own rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import planner
from planner.plan.contents import Committed, Lent, Outsourced
from planner.plan.plan import Plan
from tests.examples import small
from tests.market.in_process import solve_here
from tests.market.one_node import one_node

if TYPE_CHECKING:
    from planner.instance import Instance

PRICES = {"input_hit": 0.5, "input_miss": 1.0, "output": 2.0}


def market() -> Instance:
    """Every record of the market at once."""
    have = {"kind": "existing", "nodes": 4, "forgone_usd_per_node_hour": 3.0}
    taker = {"hardware": "h800", "price_usd_per_node_hour": 4.0, "block_nodes": 2, "max_nodes": 4}
    return small(
        {
            "fleet.h800.have": have,
            "fleet.h800.covered": {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 9.0},
            "spend_commitments": {"p": {"increment_usd_per_hour": 9.0, "max_usd_per_hour": 18.0}},
            "vendors": {"v": {"price_usd_per_million_tokens": PRICES, "max_tokens_per_s": 800.0}},
            "lending": {"night": taker},
            "limits": {"usd_per_month": 1e6},
        }
    )


@pytest.fixture(scope="module")
def sound() -> tuple[Instance, Plan]:
    instance = market()
    plan = solve_here(instance)
    assert plan.outsourced
    assert plan.lent
    assert plan.committed
    return instance, plan


def broken_rules(instance: Instance, plan: Plan) -> set[str]:
    return {violation.rule for violation in planner.check(instance, plan).violations}


def test_a_sound_plan_passes_and_travels_as_json(sound: tuple[Instance, Plan]) -> None:
    instance, plan = sound
    assert broken_rules(instance, plan) == set()
    assert Plan.from_dict(plan.to_dict()) == plan


def test_tampered_records_are_refused(sound: tuple[Instance, Plan]) -> None:
    instance, plan = sound
    sale, loan, promise = plan.outsourced[0], plan.lent[0], plan.committed[0]
    ones = (1.0,) * len(plan.periods)
    tampered: list[tuple[str, dict[str, Any]]] = [
        ("outsourcing", {"outsourced": (replace(sale, share=ones),)}),
        ("outsourcing", {"outsourced": (replace(sale, vendor="nobody"),)}),
        ("demand", {"outsourced": ()}),
        ("cost terms", {"outsourced": (replace(sale, share=tuple(x / 2 for x in sale.share)),)}),
        ("lent blocks", {"lent": (replace(loan, nodes=3),)}),
        ("lent blocks", {"lent": (replace(loan, first=0, last=2),)}),
        ("lending", {"lent": (replace(loan, nodes=40),)}),
        ("cost terms", {"lent": ()}),
        ("spending", {"committed": (replace(promise, per_hour=4.5),)}),
        ("spending", {"committed": (replace(promise, per_hour=90.0),)}),
        ("spending", {"committed": ()}),
    ]
    for rule, changes in tampered:
        assert rule in broken_rules(instance, replace(plan, **changes)), (rule, changes)


def test_invented_records_are_refused() -> None:
    instance = small()
    plan = solve_here(instance)
    ones = (1.0,) * 3
    for rule, changes in (
        ("outsourcing", {"outsourced": (Outsourced("v", "chat", ones, 0.0),)}),
        ("lent blocks", {"lent": (Lent("n", "h800", 0, 0, 1, 1.0),)}),
        ("spending", {"committed": (Committed("p", 0, 2, 1.0, 3.0),)}),
    ):
        assert rule in broken_rules(instance, replace(plan, **changes))


def test_spot_losses_and_limits_are_audited_on_a_stricter_instance() -> None:
    """A plan of a lax instance, judged by a strict one."""
    fleet = {
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 10.0, "provider": "a"},
        "spot": {"kind": "spot", "price_usd_per_node_hour": 1.0, "provider": "b"},
        "own": {
            "kind": "purchase",
            "price_usd_per_node": 100.0,
            "life_years": 4,
            "max_nodes": 3,
            "site": "s",
        },
    }
    lax = one_node([10.0] * 3, fleet, limits={"sites": {"s": {"power_kw": 1000.0}}})
    plan = solve_here(lax)
    strict = {
        "spot losses": {"fleet.node.spot.correlated_loss": {"kept_share": 0.5}},
        "plan limits": {"limits.capex_usd": 100.0},
        "limits": {"fleet.node.own.max_nodes": 1},
        "fleet": {"fleet.node.spot.interruptions_per_node_month": 73.0, "fleet.node.spot.restart_hours": 5.0},
        "offered": {"fleet.node.own.max_new_nodes": 1},
        "supply": {"fleet.node.own.max_new_nodes_per_week": 2},
    }
    for rule, changes in strict.items():
        assert rule in broken_rules(lax.override(changes), plan), rule
    for limits in (
        {"limits.usd_per_month": 1.0},
        {"limits.capex_usd_per_year": 1.0},
        {"limits.providers": {"b": {"max_nodes": 2}}},
        {"limits.providers": {"a": {"min_nodes": 1}}},
        {"limits.sites": {"s": {"power_kw": 1.0}}},
    ):
        assert "plan limits" in broken_rules(lax.override(limits), plan), limits


def test_a_split_work_is_refused_where_it_may_not_be() -> None:
    """Four requests/s on units of one node (1 request/s) and two nodes (3): one of each is the cheapest."""
    units = [
        {"name": name, "role": "request", "nodes": nodes, "rate_requests_per_s": {"w": rate}}
        for name, nodes, rate in (("small", 1, 1.0), ("large", 2, 3.0))
    ]
    rent = {"kind": "on_demand", "price_usd_per_node_hour": 1.0}
    instance = one_node([4.0], {"rent": rent}, deployments=units)
    plan = solve_here(instance)
    assert {unit.unit for unit in plan.units} == {"small", "large"}
    assert "single pools" in broken_rules(instance.override({"workloads.w.single_pool": True}), plan)
