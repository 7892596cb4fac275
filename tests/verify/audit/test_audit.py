"""The audit: accepts sound plans, and names the rule that each tampering breaks."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import cache

import pytest

import planner
from planner.plan.contents import Holding, Shed
from planner.plan.plan import Plan
from tests.examples import small

CHANGES = {
    "start_up": {"usd_per_node": 2.0, "hours": 0.25, "minimum_up_hours": 2},
    "workloads.chat.shed_usd_per_million_tokens": 1e5,
    "fleet.h800.reserve.running_usd_per_node_hour": 0.5,
}


@cache
def sound() -> Plan:
    return planner.solve(small(CHANGES), planner.SolveOptions(solver="highs", relative_gap=0.0))


def broken_rules(plan: Plan) -> set[str]:
    return {violation.rule for violation in planner.check(small(CHANGES), plan).violations}


def test_accepts_a_sound_plan() -> None:
    verdict = planner.check(small(CHANGES), sound())
    assert verdict.passed
    assert verdict.cost == pytest.approx(sound().cost)


def first_unit(plan: Plan, **changes: object) -> Plan:
    return replace(plan, units=(replace(plan.units[0], **changes), *plan.units[1:]))


TAMPERINGS = {
    "horizon": lambda plan: replace(plan, periods=plan.periods[:-1]),
    "known": lambda plan: first_unit(plan, unit="nobody"),
    "offered": lambda plan: replace(
        plan, holdings=(*plan.holdings, Holding("h800", "rent", "", "hire", 0, 1, 1, 32.0))
    ),
    "limits": lambda plan: replace(
        plan, holdings=(*plan.holdings, Holding("h800", "rent", "", "hire", 0, 0, 99, 0.0))
    ),
    "integrality": lambda plan: first_unit(plan, on=tuple(count + 0.5 for count in plan.units[0].on)),
    "fleet": lambda plan: first_unit(plan, on=tuple(count + 40 for count in plan.units[0].on)),
    "metering": lambda plan: replace(plan, use=()),
    "demand": lambda plan: replace(plan, served=plan.served[1:]),
    "shedding": lambda plan: replace(plan, shed=(Shed("chat", "prefill", (1e6, 0.0, 0.0)),)),
    "throughput": lambda plan: first_unit(plan, on=tuple(max(0, count - 1) for count in plan.units[0].on)),
    "minimum up": lambda plan: first_unit(plan, on=(0, 9, 0)),
    "holding cost": lambda plan: replace(
        plan, holdings=(replace(plan.holdings[0], cost=plan.holdings[0].cost + 1), *plan.holdings[1:])
    ),
    "cost terms": lambda plan: replace(plan, cost_terms={**plan.cost_terms, "start": 0.0}),
    "total cost": lambda plan: replace(plan, cost=plan.cost * 0.9, bound=0.0),
    "bound": lambda plan: replace(plan, bound=plan.cost * 1.1),
}


@pytest.mark.parametrize("rule", TAMPERINGS)
def test_names_the_rule_that_is_broken(rule: str) -> None:
    assert rule in broken_rules(TAMPERINGS[rule](sound()))


@pytest.mark.parametrize(("part", "rules"), [(-5e-7, {"offered", "fleet"}), (5e-7, {"offered"})])
def test_what_is_counted_is_whole_to_float_noise_alone(part: float, rules: set[str]) -> None:
    """Half a millionth of a node less than runs, or more than is sold, was once taken for rounding."""
    short = tuple(replace(holding, nodes=holding.nodes + part) for holding in sound().holdings)
    assert rules <= broken_rules(replace(sound(), holdings=short))
    noise = tuple(replace(holding, nodes=holding.nodes * (1 + 1e-15)) for holding in sound().holdings)
    assert not {"offered", "fleet", "limits"} & broken_rules(replace(sound(), holdings=noise))


def test_never_imports_the_model_or_a_solver() -> None:
    code = (
        "import sys, planner.verify.audit\n"
        "bad = [name for name in sys.modules if name.startswith(('planner.model', 'planner.optimize.engines'))"
        " or name.split('.')[0] in ('pulp', 'ortools', 'highspy')]\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_unit_stopped_before_it_serves_is_named() -> None:
    """A plan that may start and stop at once, judged where a start takes longer than a period."""
    quick, slow = {"start_up": {"hours": 0.5}}, {"start_up": {"hours": 1.5}}
    plan = first_unit(planner.solve(small(quick), planner.SolveOptions(threads=1)), on=(0, 9, 0))
    assert "minimum up" not in {one.rule for one in planner.check(small(quick), plan).violations}
    assert "minimum up" in {one.rule for one in planner.check(small(slow), plan).violations}


def test_a_question_in_another_currency_is_read_as_it_is_written() -> None:
    yuan = {
        "currency": "CNY",
        "exchange_rates": {"CNY": {"per_usd": 7.0, "date": "2025-02-28"}},
        "fleet.h800.rent.price_usd_per_node_hour": None,
        "fleet.h800.rent.price_cny_per_node_hour": 112.0,
    }
    plan = planner.solve(small(yuan), planner.SolveOptions(solver="highs", threads=1))
    dearer = small({**yuan, "fleet.h800.rent.price_cny_per_node_hour": 119.0})
    told = [one for one in planner.check(dearer, plan).violations if one.rule == "question"]
    assert [one.where for one in told] == ["question.fleet.h800.rent.price_cny_per_node_hour"]
    assert "the plan answers 112.0, the instance says 119.0" in told[0].message
