"""Scenarios and risk: the extensive form against sums worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

import planner
from planner.core.errors import InstanceError
from tests.examples import small
from tests.model.listing import rows_of

# Nodes needed in the three hours: low 3, 3, 6; high 9, 6, 12 (units of 1 prefill and 2 decode nodes).
# Reserving r nodes costs 30 r and is decided first; hiring costs 16 a node and hour.
TWO = {"low": {"probability": 0.5, "demand_scale": 0.5}, "high": {"probability": 0.5, "demand_scale": 1.5}}
EXACT = planner.SolveOptions(solver="highs", method="direct", relative_gap=0.0)


@pytest.mark.parametrize(
    ("risk", "cost", "reserved"),
    [
        # r = 6: 180 + 8 x (0 + 3 + 6); r = 3: 90 + 8 x (3 + 6 + 3 + 9) = 258; r = 9: 270 + 8 x 3
        ({}, 252.0, 6),
        # the high scenario alone: r = 9: 270 + 16 x 3; r = 6: 180 + 16 x 9 = 324
        ({"measure": "worst_case"}, 318.0, 9),
        # r = 6: expected 252, dearest 40 % cost 324: the mean of both; r = 9: (294 + 318) / 2 = 306
        ({"measure": "cvar", "level": 0.6, "weight": 0.5}, 288.0, 6),
        # the dearest 40 % cost 324 with r = 6 and 322 with r = 7; r = 8 keeps the limit: 240 + 16 x 5, 240 + 8 x 5
        ({"cvar_limit_usd": 320.0, "level": 0.6}, 280.0, 8),
    ],
)
def test_two_scenarios_worked_by_hand(risk: dict[str, object], cost: float, reserved: int) -> None:
    instance = small({"scenarios": TWO, "risk": risk})
    plan = planner.solve(instance, EXACT)
    assert plan.cost == pytest.approx(cost)
    assert sum(plan.cost_terms.values()) == pytest.approx(cost)
    assert [holding.nodes for holding in plan.holdings if holding.channel == "reserve"] == [reserved]
    assert not plan.warnings
    assert plan.periods[0] == "low 2025-01-01T00:00+00:00"


def test_rows_of_the_worst_case() -> None:
    rows = rows_of({"scenarios": TWO, "risk": {"measure": "worst_case"}})
    # cost of the low scenario less the expected cost: hire of low counts 16 instead of 8, that of high 0 instead of 8
    _, terms, upper = rows["risk_worst_0"]
    assert terms.pop("premium_0") == -1.0
    assert upper == 0.0
    terms.pop("acquire_6", None)  # reserved before any scenario is known: the same in each, so it cancels
    assert terms == pytest.approx(
        {
            **{"acquire_0": 8.0, "acquire_1": 8.0, "acquire_2": 8.0},
            **{"acquire_3": -8.0, "acquire_4": -8.0, "acquire_5": -8.0},
        }
    )


def test_rows_of_the_cvar() -> None:
    rows = rows_of({"scenarios": TWO, "risk": {"cvar_limit_usd": 320.0, "level": 0.6}})
    assert rows["risk_limit"][1] == pytest.approx({"tail_0": 1.0, "excess_0": 1.25, "excess_1": 1.25})
    assert rows["risk_limit"][2] == 320.0
    terms = rows["risk_excess_1"][1]
    assert (terms["acquire_3"], terms["acquire_6"], terms["excess_1"], terms["tail_0"]) == (
        16.0,
        30.0,
        -1.0,
        -1.0,
    )


def test_the_audit_recomputes_premium_and_limit() -> None:
    instance = small({"scenarios": TWO, "risk": {"measure": "cvar", "level": 0.6, "cvar_limit_usd": 330.0}})
    plan = planner.solve(instance, EXACT)
    cheaper = replace(plan, cost_terms={**plan.cost_terms, "risk_premium": 0.0})
    assert "cost terms" in {violation.rule for violation in planner.check(instance, cheaper).violations}
    stricter = small({"scenarios": TWO, "risk": {"measure": "cvar", "level": 0.6, "cvar_limit_usd": 300.0}})
    assert "cvar limit" in {violation.rule for violation in planner.check(stricter, plan).violations}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scenarios": {"one": {"probability": 0.5}}}, "sum to 0.5"),
        ({"scenarios": {"one": {"probability": 1.0, "demand_factors": [1, 2]}}}, "has 2 values"),
        (
            {"scenarios": {"one": {"probability": 1.0, "workload_scale": {"chatt": 2}}}},
            "did you mean 'chat'?",
        ),
        ({"risk": {"measure": "worst_case"}}, "needs scenarios"),
        ({"scenarios": TWO, "risk": {"weight": 0.3}}, "belongs to measure 'cvar'"),
    ],
)
def test_faults(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InstanceError, match=message.replace("?", r"\?")):
        small(changes)
