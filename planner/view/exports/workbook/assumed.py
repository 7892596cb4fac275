"""Assumptions with their sources, the rates relied on, and alternatives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.core.plain import finite
from planner.plan.purchases import committed
from planner.rates.compute import compute_rates
from planner.study.assumptions import assumptions, rate_assumptions
from planner.view.exports.workbook.sheet import DECIMAL, MONEY, Sheet, SheetColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter.workbook import Workbook

    from planner.instance import Instance
    from planner.plan.plan import Plan


def assumptions_sheet(workbook: Workbook, instance: Instance) -> None:
    """Every figure of the instance: numbers as numbers, with origin and source."""
    sheet = Sheet(workbook, "Assumptions")
    columns = (
        SheetColumn("figure", width=52),
        SheetColumn("value", width=24),
        SheetColumn("from", width=10),
        SheetColumn("source", width=80),
    )
    rows = [(row.path, _number(row.value), row.origin, row.source) for row in assumptions(instance)]
    sheet.table(columns, rows)


def rates_sheet(workbook: Workbook, plan: Plan, instance: Instance) -> None:
    """Rates of the units that the plan runs."""
    sheet = Sheet(workbook, "Rates")
    columns = (
        SheetColumn("unit", width=28),
        SheetColumn("work", width=20),
        SheetColumn("per second and unit", DECIMAL, 20),
        SheetColumn("what binds", width=20),
        SheetColumn("error band", width=22),
        SheetColumn("from", width=14),
        SheetColumn("source", width=80),
    )
    sheet.table(columns, rate_assumptions(plan, compute_rates(instance)))


def alternatives_sheet(workbook: Workbook, plan: Plan, others: Mapping[str, Plan]) -> None:
    """This plan and others beside it."""
    sheet = Sheet(workbook, "Alternatives")
    columns = (
        SheetColumn("plan", width=36),
        SheetColumn(f"cost, {plan.currency}", MONEY, 18),
        SheetColumn("difference", MONEY, 18),
        SheetColumn("of it committed", MONEY, 18),
        SheetColumn("gap", "0.00%", 10),
        SheetColumn("hardware", width=40),
    )
    rows = [
        (
            name,
            other.cost if other.usable else None,
            other.cost - plan.cost if other.usable and plan.usable else None,
            sum(one.cost for one in committed(other)),
            finite(other.gap),
            ", ".join(dict.fromkeys(one.hardware for one in other.holdings)),
        )
        for name, other in {"this plan": plan, **others}.items()
    ]
    sheet.table(columns, rows)
    if not others:
        sheet.row += 1
        sheet.heading("No other plan was given to compare with.")


def _number(text: str) -> str | float:
    try:
        value = float(text)
    except ValueError:
        return text
    return value if math.isfinite(value) else text
