"""Summary: the decision, its proof, the figures people quote, and the cost by term with a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.plain import finite
from planner.plan.margins import is_margin
from planner.study.baselines import baselines
from planner.view.exports.workbook.sheet import DECIMAL, MONEY, SHARE, Sheet, SheetColumn
from planner.view.reporting.baselines_table import payback_text, rates_text, worth_heading
from planner.view.reporting.story import decision, proof, verdict

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.study.baselines import CostBaseline

_SHARES = ("utilisation_of_held_nodes", "margin_on_cost")


def summary_sheet(workbook: Workbook, plan: Plan, instance: Instance | None) -> None:
    """Write the sheet."""
    sheet = Sheet(workbook, "Summary")
    sheet.heading(f"Capacity plan {plan.instance}")
    for line in (decision(plan), proof(plan), *plan.warnings, *plan.reasons):
        if line:
            sheet.put(sheet.row, 0, line)
            sheet.row += 1
    sheet.row += 1
    sheet.pair("status", verdict(plan)[0])
    sheet.pair("currency", plan.currency)
    if plan.usable:
        sheet.pair("cost", plan.cost, MONEY)
        sheet.pair("proven lower bound", finite(plan.bound), MONEY)
        sheet.pair("gap", finite(plan.gap), "0.000%")
        sheet.pair("recommended", "yes" if plan.recommended else "not yet")
    sheet.pair("first period", plan.periods[0])
    sheet.pair("periods", len(plan.periods), "#,##0")
    sheet.pair("hours in a period", plan.period_hours, DECIMAL)
    for name, value in plan.summary.items():
        share = name in _SHARES or is_margin(name)
        sheet.pair(name.replace("_", " "), value, SHARE if share else DECIMAL)
    sheet.pair("solved by", f"{plan.solver}, {plan.method}, seed {plan.seed}")
    sheet.row += 1
    if plan.usable:
        _costs(workbook, sheet, plan)
    if instance is not None and (rows := baselines(plan, instance)):
        _baselines(sheet, plan, rows)


def _baselines(sheet: Sheet, plan: Plan, rows: list[CostBaseline]) -> None:
    """What the same work would cost had its nodes come another way."""
    sheet.row += 1
    sheet.heading("The same work another way (limits of channels not kept)")
    heading = worth_heading(rows)
    columns = [
        SheetColumn("nodes", width=38),
        SheetColumn(plan.currency, MONEY, 18),
        SheetColumn(f"this plan saves, {plan.currency}", MONEY, 24),
    ]
    if heading is not None:
        columns += [
            SheetColumn(f"{heading}, {plan.currency}", MONEY, 24),
            SheetColumn("IRR", width=18),
            SheetColumn("paid back", width=18),
        ]
    values = [
        (one.name, one.cost, one.saving, *(() if heading is None else _earned(one)), one.note) for one in rows
    ]
    sheet.table([*columns, SheetColumn("how", width=40)], values, freeze=False)


def _earned(one: CostBaseline) -> tuple[float | None, str, str]:
    """Net present value as a figure, internal rates and payback as text; nothing where there is no cost."""
    if one.investment is None:
        return None, "", ""
    return one.investment.npv, rates_text(one.investment), payback_text(one.investment)


def _costs(workbook: Workbook, sheet: Sheet, plan: Plan) -> None:
    columns = (SheetColumn("cost term", width=38), SheetColumn(plan.currency, MONEY, 18, total=True))
    rows = list(plan.cost_terms.items())
    header = sheet.table(columns, rows, freeze=False)
    if not rows:
        return
    chart = workbook.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": f"Cost by term, {plan.currency}",
            "categories": [sheet.name, header + 1, 0, header + len(rows), 0],
            "values": [sheet.name, header + 1, 1, header + len(rows), 1],
        }
    )
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    sheet.worksheet.insert_chart(header, 3, chart)
