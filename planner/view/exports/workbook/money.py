"""What is to be signed, purchases and commitments, and the cost by month and term."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from planner.plan.purchases import committed
from planner.plan.quantities import hours_of
from planner.plan.tables import rows_of
from planner.study.signatures import signatures
from planner.view.exports.charges import charges_of
from planner.view.exports.clock import month_of
from planner.view.exports.workbook.sheet import DECIMAL, MOMENT, MONEY, WHOLE, Sheet, SheetColumn

if TYPE_CHECKING:
    from datetime import datetime

    from xlsxwriter.workbook import Workbook

    from planner.instance import Instance
    from planner.plan.plan import Plan


def signatures_sheet(workbook: Workbook, plan: Plan, instance: Instance) -> None:
    """What is to be signed, with whom, until when, and what that binds to in all."""
    sheet, money = Sheet(workbook, "To be signed"), plan.currency
    columns = (
        SheetColumn("what", width=32),
        SheetColumn("amount", DECIMAL),
        SheetColumn("unit", width=12),
        SheetColumn("vendor", width=18),
        SheetColumn("quote", width=40),
        SheetColumn("begins", MOMENT, 18),
        SheetColumn("ends", MOMENT, 18),
        SheetColumn("times", WHOLE),
        SheetColumn(f"total obligation, {money}", MONEY, 24, total=True),
        SheetColumn(f"paid at signing, {money}", MONEY, 24, total=True),
        SheetColumn("cancellation", width=40),
    )
    rows = [
        (
            *(one.what, one.amount, one.unit, one.vendor, one.quote, one.begins, one.ends, one.times),
            *(one.obligation, one.at_signing, one.cancellation),
        )
        for one in signatures(plan, instance)
    ]
    sheet.table(columns, rows)


def purchases_sheet(workbook: Workbook, plan: Plan, instance: Instance | None) -> None:
    """What is committed, with the figures of its channel, and what is hired by the period in sum."""
    sheet = Sheet(workbook, "Purchases and commitments")
    columns = (
        SheetColumn("hardware", width=18),
        SheetColumn("channel", width=18),
        SheetColumn("kind", width=18),
        SheetColumn("nodes", WHOLE, total=True),
        SheetColumn("from", width=36),
        SheetColumn("hours in this plan", DECIMAL, 18),
        SheetColumn(f"cost in this plan, {plan.currency}", MONEY, 24, total=True),
        SheetColumn("source of the price", width=60),
    )
    rows = [
        (
            one.hardware,
            one.channel,
            one.kind,
            one.nodes,
            plan.periods[one.first],
            hours_of(plan, one.first, one.last),
            one.cost,
            _source(instance, one.hardware, one.channel),
        )
        for one in committed(plan)
    ]
    sheet.table(columns, rows)
    sheet.row += 1
    sheet.heading("All channels, those hired by the period included")
    _fleet(sheet, plan)


def months_sheet(workbook: Workbook, plan: Plan, instance: Instance | None) -> None:
    """Effective cost by calendar month (UTC) and term, with totals and a chart."""
    sheet = Sheet(workbook, "Cost by month and term")
    months: dict[datetime, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for charge in charges_of(plan, instance):
        months[month_of(charge.start)[0]][charge.term] += charge.effective
    terms = list(plan.cost_terms)
    columns = (
        SheetColumn("month (UTC)", "yyyy-mm"),
        *(SheetColumn(f"{term}, {plan.currency}", MONEY, 22, total=True) for term in terms),
        SheetColumn(f"total, {plan.currency}", MONEY, 22, total=True),
    )
    rows = [
        (month, *(months[month][term] for term in terms), sum(months[month].values()))
        for month in sorted(months)
    ]
    header = sheet.table(columns, rows)
    chart = workbook.add_chart({"type": "column", "subtype": "stacked"})
    for place in range(1, len(terms) + 1):
        chart.add_series(
            {
                "name": [sheet.name, header, place],
                "categories": [sheet.name, header + 1, 0, header + len(rows), 0],
                "values": [sheet.name, header + 1, place, header + len(rows), place],
            }
        )
    sheet.worksheet.insert_chart(sheet.row + 1, 0, chart, {"x_scale": 1.4})


def _fleet(sheet: Sheet, plan: Plan) -> None:
    columns = (
        SheetColumn("hardware", width=18),
        SheetColumn("channel", width=18),
        SheetColumn("kind", width=18),
        SheetColumn("nodes, peak", WHOLE),
        SheetColumn("nodes, mean", DECIMAL, 18),
        SheetColumn("node-hours", DECIMAL, 18, total=True),
        SheetColumn(f"cost, {plan.currency}", MONEY, 24, total=True),
    )
    keys = ("hardware", "channel", "kind", "nodes_peak", "nodes_mean", "node_hours", "cost")
    sheet.table(columns, [[row[key] for key in keys] for row in rows_of(plan, "fleet")], freeze=False)


def _source(instance: Instance | None, hardware: str, channel: str) -> str | None:
    if instance is None:
        return None
    return instance.fleet[hardware][channel].source or "no source named in the instance"
