"""The audit of the market: a sound plan passes, each tampering is refused by its own rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import planner
from planner.plan.contents import Committed, Lent, Outsourced, Use
from planner.plan.plan import Plan
from planner.rates.compute import compute_rates
from planner.verify.audit.costed import costed_facts_of
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


def lent_beside_rent() -> Instance:
    """Two own nodes at 2 an hour of energy, one lent for 3.5; two rented and two spot nodes for one request/s."""
    own = {"kind": "purchase", "price_usd_per_node": 8760.0, "life_years": 1, "min_nodes": 2, "max_nodes": 2}
    own |= {"power_kw": 1.0, "energy_usd_per_kwh": 2.0}
    rent = {"kind": "on_demand", "price_usd_per_node_hour": 0.5, "min_nodes": 2}
    spot = {"kind": "spot", "price_usd_per_node_hour": 0.75, "min_nodes": 2}
    taker = {"hardware": "node", "price_usd_per_node_hour": 3.5, "max_nodes": 1}
    fleet = {"own": own, "rent": rent, "spot": spot}
    return one_node([1.0] * 3, fleet, lending={"night": taker})


def test_nodes_lent_are_reported_on_channels_that_may_be_lent() -> None:
    """Told on rented or spot nodes, which run for nothing, the same plan would look cheaper."""
    instance = lent_beside_rent()
    plan = solve_here(instance)
    assert plan.lent
    assert broken_rules(instance, plan) == set()
    use = {record.channel: np.array(record.nodes) for record in plan.use}
    assert use["own"].tolist() == [1.0] * 3, use
    for channel in ("rent", "spot"):
        for period in range(3):
            moved = {"rent": np.zeros(3), "spot": np.zeros(3)} | {k: v.copy() for k, v in use.items()}
            moved["own"][period] -= 1.0
            moved[channel][period] += 1.0
            told = tuple(Use("node", name, tuple(nodes.tolist())) for name, nodes in moved.items())
            mutant = priced_anew(instance, replace(plan, use=told))
            assert mutant.cost < plan.cost
            assert broken_rules(instance, mutant) == {"lending"}, (channel, period)


def test_nodes_in_use_are_not_lent() -> None:
    """One own node serves, as nothing else is there: it cannot be lent in the same hours, whatever is told."""
    alone = {f"fleet.node.{name}.{key}": 0 for name in ("rent", "spot") for key in ("min_nodes", "max_nodes")}
    instance = lent_beside_rent().override(alone | {"lending.night.max_nodes": 2})
    plan = solve_here(instance)
    assert [loan.nodes for loan in plan.lent] == [1, 1, 1]
    assert broken_rules(instance, plan) == set()
    more = tuple(replace(loan, nodes=2) for loan in plan.lent)
    assert {"fleet", "metering"} <= broken_rules(instance, replace(plan, lent=more))


def priced_anew(instance: Instance, plan: Plan) -> Plan:
    """The plan with the cost its records have: nothing but the rule itself can refuse it."""
    facts = costed_facts_of(instance, plan, compute_rates(instance))
    return replace(plan, cost_terms=facts.cost_terms, cost=facts.cost, bound=facts.cost)


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
