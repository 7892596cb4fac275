"""Nodes that come late within a horizon come late in every scenario, and are signed and paid once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import planner
from planner.core.errors import InstanceError
from planner.study.baselines import baselines
from planner.study.evaluation import constant_schedule, evaluate
from planner.verify.audit import check
from tests.market.one_node import one_node
from tests.reference.compare import judge
from tests.reference.generate import instance_of
from tests.reference.generate_dated import late_instance_of
from tests.reference.reference import optimum

if TYPE_CHECKING:
    from planner.instance import Instance

EXACT = planner.SolveOptions(solver="highs", method="direct", relative_gap=1e-9, threads=1)
BUY = {"kind": "purchase", "price_usd_per_node": 8_760.0, "life_years": 1.0, "lead_time_hours": 2.0}
FLEET = {"buy": BUY, "rent": {"kind": "on_demand", "price_usd_per_node_hour": 3.0}}
SCENARIOS = {"low": {"probability": 0.5}, "high": {"probability": 0.5, "demand_scale": 2.0}}
SEEDS_OF_LATE_SCENARIOS = (3, 11, 98, 181, 341, 667, 689, 696)


def late(scenarios: dict[str, Any], **sections: Any) -> Instance:
    """One node an hour for four hours; owning costs 1 an hour from the third on, hiring 3."""
    return one_node([1.0] * 4, FLEET, scenarios=scenarios, **sections)


def test_nodes_stand_after_the_lead_time_of_every_scenario() -> None:
    plan = planner.solve(late(SCENARIOS), EXACT)
    bought = {(held.first, held.last): held.nodes for held in plan.holdings if held.channel == "buy"}
    assert bought == {(2, 3): 2, (6, 7): 2}
    # two hours are hired: 2 x 3 when low, 4 x 3 when high; then two nodes are owned for two hours whatever comes
    assert plan.cost == pytest.approx((6 + 12) / 2 + 2 * 2)


def test_a_scenario_split_in_two_alike_changes_nothing() -> None:
    alone = planner.solve(late({}), EXACT)
    alike = {"a": {"probability": 0.25}, "b": {"probability": 0.75}}
    assert planner.solve(late(alike), EXACT).cost == pytest.approx(alone.cost) == 3 + 3 + 2
    stage = {"only": {"years": 4 / 8760}}
    assert planner.solve(late(alike, stages=stage), EXACT).cost == pytest.approx(alone.cost)


@pytest.mark.parametrize(("capex_usd", "cost"), [(8_760.0, 8.0), (8_759.0, 12.0)])
def test_it_is_paid_once_for_all_scenarios(capex_usd: float, cost: float) -> None:
    alike = {"a": {"probability": 0.25}, "b": {"probability": 0.75}}
    plan = planner.solve(late(alike, limits={"capex_usd": capex_usd}), EXACT)
    assert plan.cost == pytest.approx(cost)


def test_the_audit_refuses_nodes_before_they_stand() -> None:
    instance = late(SCENARIOS)
    plan = planner.solve(instance, EXACT)
    soon = planner.solve(late(SCENARIOS).override({"fleet.node.buy.lead_time_hours": 0.0}), EXACT)
    assert check(instance, plan).passed
    assert not check(instance, soon).passed


AN_HOUR = {"price_usd_per_node_hour": 1.0}
LATE = {
    "on_demand": AN_HOUR,
    "spot": AN_HOUR,
    "spend_commitment": {"plan": "promise", **AN_HOUR},
    "contract": {"hours": 2.0, **AN_HOUR},
    "reserved": AN_HOUR,
    "lease": {"price_usd_per_node_month": 730.0, "term_months": 12.0, "rest_value_share": 1.0},
    "existing": {"nodes": 1, "forgone_usd_per_node_hour": 1.0},
}
"""Nodes of every kind that cost 1 USD an hour while they stand, but for blocks, which take a day."""
PROMISE = {"promise": {"hours": 1.0, "increment_usd_per_hour": 1.0}}


@pytest.mark.parametrize("kind", LATE)
def test_nodes_of_every_kind_come_after_their_lead_time(kind: str) -> None:
    """Four hours of hire at 3, the last two at 1 once the others have come; a second stage in place of two hours."""
    beside = {"spend_commitments": PROMISE} if kind == "spend_commitment" else {}

    def asked(lead_hours: float, **stages: Any) -> Instance:
        late = {"kind": kind, **LATE[kind], "lead_time_hours": lead_hours}
        return one_node([1.0] * 4, {"late": late, "rent": FLEET["rent"]}, **beside, **stages)

    instance = asked(2.0)
    plan = planner.solve(instance, EXACT)
    assert plan.cost == pytest.approx(2 * 3 + 2 * 1)
    assert check(instance, plan).violations == ()
    tampered = replace(plan, question=asked(3.0).model_dump(mode="json", exclude_unset=True))
    assert not check(asked(3.0), tampered).passed
    years = {"stages": {"now": {"years": 4 / 8760}, "then": {"years": 4 / 8760}}}
    staged = asked(4.0, **years)
    released = planner.solve(staged, EXACT)
    assert released.cost == pytest.approx(4 * 3 + 4 * 1)
    assert check(staged, released).violations == ()


def test_blocks_begin_and_baselines_count_after_the_lead_time() -> None:
    block = {"kind": "capacity_block", "days": 1, "price_usd_per_node_hour": 1.0, "lead_time_hours": 24.0}
    instance = one_node([1.0] * 48, {"block": block, "rent": FLEET["rent"]})
    plan = planner.solve(instance, EXACT)
    assert plan.cost == pytest.approx(24 * 3 + 24 * 1)
    told = {one.name: one for one in baselines(plan, instance)}
    assert told["all on demand"].cost == pytest.approx(48 * 3)
    late = instance.override(
        {"fleet.node.rent.lead_time_hours": 24.0, "fleet.node.block.lead_time_hours": 0.0}
    )
    plan = planner.solve(late, EXACT)
    assert (
        "in every period that needs it"
        in {one.name: one.note for one in baselines(plan, late)}["all on demand"]
    )
    never = planner.solve(instance.override({"fleet.node.block.lead_time_hours": 48.0}), EXACT)
    assert never.cost == pytest.approx(48 * 3)
    assert any("fleet.node.block: none of its nodes stands in time" in one for one in never.warnings)
    with pytest.raises(InstanceError, match="before its lead time is over"):
        evaluate(late, constant_schedule(late, {"node.rent": 1.0}))


@pytest.mark.parametrize("seed", range(6))
def test_the_second_model_agrees_on_late_nodes_of_every_kind(seed: int) -> None:
    data = late_instance_of(seed)
    assert judge(planner.solve(planner.from_dict(data), EXACT), optimum(data)).fault == ""


@pytest.mark.parametrize("seed", SEEDS_OF_LATE_SCENARIOS)
def test_the_second_model_agrees(seed: int) -> None:
    data = instance_of(seed)
    assert judge(planner.solve(planner.from_dict(data), EXACT), optimum(data)).fault == ""
