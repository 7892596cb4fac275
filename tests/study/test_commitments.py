"""What is signed beforehand is signed in every study: contracts and stages in regrets, contracts in rolled days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import planner
from planner.core.errors import InstanceError
from planner.model.signed import plain_of, signed_from, signed_of
from planner.study.commitments import limits_say_all
from planner.study.sweeps.case import cases_of
from planner.study.uncertainty import roll
from planner.study.uncertainty.committed import DayCommitments
from tests.market.one_node import one_node

if TYPE_CHECKING:
    from planner.instance import Instance

DEMAND = "workloads.w.demand.scale"
EXACT = planner.SolveOptions(solver="highs", method="direct", relative_gap=1e-9, threads=1)
HIRE = {"kind": "on_demand", "price_usd_per_node_hour": 3.0}
CASES: dict[str, dict[str, Any]] = {"one": {}, "three": {DEMAND: 3.0}}


def contract(hours: float) -> dict[str, Any]:
    return {"kind": "contract", "hours": hours, "price_usd_per_node_hour": 1.0}


def rolled(demand: list[float], hours: float, **sections: Any) -> Instance:
    work = {"demand": {"requests_per_s": demand}, "shed_usd_per_million_requests": 1e6}
    return one_node(demand, {"sign": contract(hours), "hire": HIRE}, workloads={"w": work}, **sections)


def test_regret_of_contracts(executor: Any) -> None:
    instance = one_node([1.0, 1.0], {"sign": contract(2), "hire": HIRE})
    found = planner.regret(instance, CASES, EXACT, executor=executor)
    assert found.fleet["node.sign"].tolist() == [1, 3]
    # one contract of two hours costs 2, three cost 6; two nodes hired for two hours 12
    assert found.cost.to_numpy().ravel().tolist() == pytest.approx([2.0, 2.0 + 12.0, 6.0, 6.0])


def test_regret_of_what_is_signed_stage_by_stage(executor: Any) -> None:
    lease = {"kind": "lease", "term_months": 12, "price_usd_per_node_month": 730.0}
    stages = {"first": {"years": 1.0}, "second": {"years": 1.0}}
    instance = one_node([1.0, 1.0], {"lease": lease, "hire": HIRE}, stages=stages)
    found = planner.regret(instance, CASES, EXACT, executor=executor)
    # a year's lease of a node costs 8,760, a year's hire 26,280
    assert found.cost.loc["one", "three"] == pytest.approx(2 * 8_760 + 2 * 2 * 26_280)
    assert found.cost.loc["three", "one"] == pytest.approx(2 * 3 * 8_760)


def test_regret_of_a_case_that_offers_something_else(executor: Any) -> None:
    """A fleet signed where reserving was on offer: where a case adds that, none of it is signed for the others."""
    instance = one_node([1.0, 1.0], {"hire": HIRE})
    reserve = {"kind": "reserved", "price_usd_per_node_hour": 1.0}
    found = planner.regret(
        instance, {"base": {}, "more": {"fleet.node.keep": reserve}}, EXACT, executor=executor
    )
    assert found.cost.loc["base"].tolist() == pytest.approx([6.0, 6.0])
    assert found.cost.loc["more"].tolist() == [float("inf"), pytest.approx(2.0)]


def test_a_rolled_day_keeps_its_contracts() -> None:
    calm, busy = (roll(rolled([0.0, 1.0, 1.0], 2), [load] * 3, options=EXACT) for load in (1.0, 2.0))
    assert (calm.lived.cost, calm.hindsight.cost) == pytest.approx((2.0, 2.0))
    # one contract was signed for the last two hours; the second node is hired in each of them
    assert (busy.lived.cost, busy.hindsight.cost) == pytest.approx((2.0 + 6.0, 2.0 + 6.0))
    for plan in (busy.planned, busy.lived, busy.hindsight):
        signed = {(one.first, one.last): one.nodes for one in plan.holdings if one.channel == "sign"}
        assert signed == {(1, 2): 1}


def test_a_window_has_what_is_left_of_contracts() -> None:
    instance = rolled([1.0, 1.0, 2.0, 1.0], 2)
    plan = planner.solve(instance, EXACT)
    held = {(one.first, one.last): one.nodes for one in plan.holdings if one.channel == "sign"}
    rest = instance.override({"horizon.periods": 3, "workloads.w.demand.requests_per_s": [1.0, 2.0, 1.0]})
    window, signed = DayCommitments(instance, plan).window(rest, 1)
    assert signed is not None
    left = {span: nodes for (_, _, span), nodes in signed.nodes.items()}
    assert left == {(max(a - 1, 0), b - 1): nodes for (a, b), nodes in held.items()}
    again = planner.solve(window, planner.SolveOptions(solver="highs", relative_gap=1e-9, signed=signed))
    assert again.cost == pytest.approx(sum(one.cost for one in plan.holdings if one.channel == "hire"))


def test_what_cannot_be_rolled_is_refused() -> None:
    with pytest.raises(InstanceError, match="without stages"):
        roll(
            rolled([1.0, 1.0], 2, stages={"a": {"years": 1.0}, "b": {"years": 1.0}}), [1.0] * 4, options=EXACT
        )


def test_what_is_signed_is_reported_and_read_and_makes_a_case_of_its_own() -> None:
    instance = rolled([1.0, 1.0, 1.0], 2)
    assert not limits_say_all(instance)
    assert limits_say_all(rolled([1.0, 1.0], 2))
    signed = signed_of(instance, planner.solve(instance, EXACT))
    assert signed_from(plain_of(signed)) == signed
    free, told, fixed = (
        cases_of(instance, [{}], EXACT)[0],
        cases_of(instance, [{}], EXACT, tell_signed=True)[0],
        cases_of(instance, [{}], EXACT, signed=[signed])[0],
    )
    assert len({free.key, told.key, fixed.key}) == 3
