"""Bills of plans with stages and scenarios: whose a line is, when it falls due, and what it sums to."""

from __future__ import annotations

import io

import openpyxl
import pytest

from planner.core.errors import InstanceError
from planner.plan.period_names import blocks_of, period_name
from planner.view.exports.focus import focus_rows
from planner.view.exports.workbook import xlsx
from tests.views.small_plans import SCENARIOS, solved


def total(rows: list[dict[str, object]], column: str = "BilledCost") -> float:
    return sum(float(row[column]) for row in rows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["scenarios", "scenarios, averse", "stages", "stages and scenarios", "everything"]
)
def test_the_bill_is_what_is_paid_and_amortised_it_is_the_cost_of_the_plan(name: str) -> None:
    instance, plan = solved(name)
    rows = focus_rows(plan, instance)
    unbilled = sum(plan.cost_terms.get(term, 0.0) for term in ("shed", "risk_premium", "forgone"))
    paid = sum(one.paid_at_start + one.paid_over_time - one.received for one in plan.cash)
    assert total(rows) == pytest.approx(paid if instance.stages else plan.cost - unbilled, abs=0.005)
    assert total(rows, "EffectiveCost") == pytest.approx(plan.cost, abs=0.005)  # nothing is discounted here


def test_scenarios_have_lines_of_their_own_at_their_probability() -> None:
    """Every hour is billed once for each scenario, at the same moment; hours weigh as the scenario does."""
    instance, plan = solved("scenarios")
    rows = [row for row in focus_rows(plan, instance) if row["ConsumedQuantity"]]
    assert {row["x_Scenario"] for row in rows} == set(SCENARIOS)
    assert {row["x_Stage"] for row in rows} == {None}
    for name, scenario in SCENARIOS.items():
        block = list(SCENARIOS).index(name)
        units = sum(sum(unit.on[3 * block : 3 * block + 3]) * unit.nodes for unit in plan.units)
        told = sum(row["ConsumedQuantity"] for row in rows if row["x_Scenario"] == name)
        assert told == pytest.approx(units * scenario["probability"])


def test_a_stage_is_billed_by_the_months_that_it_stands_for() -> None:
    """Half a year and a year and a half from 2025-01-01 on: 24 months, of 8,760 h in two years 2 * 8,760."""
    instance, plan = solved("stages")
    rows = focus_rows(plan, instance)
    months = sorted({row["BillingPeriodStart"] for row in rows})
    assert (months[0], months[-1], len(months)) == ("2025-01-01T00:00:00Z", "2026-12-01T00:00:00Z", 24)
    assert {row["x_Stage"] for row in rows if row["BillingPeriodStart"] < "2025-07"} == {"first"}
    assert {row["x_Stage"] for row in rows if row["BillingPeriodStart"] > "2025-07-02"} == {"second"}
    used = sum(row["ConsumedQuantity"] or 0.0 for row in rows)
    hours = sum(
        weight * unit.on[period] * unit.nodes
        for unit in plan.units
        for period, weight in enumerate(plan.period_weights)
    )
    assert used == pytest.approx(hours)
    assert all(row["ChargePeriodStart"] < row["ChargePeriodEnd"] <= row["BillingPeriodEnd"] for row in rows)


def test_without_its_instance_such_a_plan_has_no_bill() -> None:
    with pytest.raises(InstanceError, match="give its instance too"):
        focus_rows(solved("stages")[1], None)


def test_the_workbook_names_stage_and_scenario() -> None:
    instance, plan = solved("stages and scenarios")
    book = openpyxl.load_workbook(io.BytesIO(xlsx(plan, instance)))
    hours = list(book["Hourly plan"].iter_rows(min_row=2, max_col=2, values_only=True))
    assert [row[0] for row in hours[::3]] == ["first quiet", "first busy", "second quiet", "second busy"]
    assert len(list(book["Cost by month and term"].iter_rows())) > 24


def test_periods_are_taken_apart_as_they_are_named() -> None:
    labels = solved("stages and scenarios")[0].labels()
    assert [len(run) for run in blocks_of(labels)] == [3, 3, 3, 3]
    name = period_name(labels[4])
    assert (name.block, name.start.isoformat()) == ("first busy", "2025-01-01T01:00:00+00:00")
    with pytest.raises(InstanceError, match="gives no moment"):
        period_name("some day")
