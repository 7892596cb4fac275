"""Hourly plan: nodes by channel and units by type in every period, what is served, and a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.plan.period_names import period_name
from planner.plan.quantities import held, in_use
from planner.view.exports.workbook.sheet import DECIMAL, WHOLE, Sheet, SheetColumn, moment_column

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

    from planner.plan.plan import Plan

WIDEST_CHART_COLUMNS = 12


def hours_sheet(workbook: Workbook, plan: Plan) -> None:
    """Write the sheet."""
    sheet = Sheet(workbook, "Hourly plan")
    channels, used, work = held(plan), in_use(plan), _work(plan)
    names = [period_name(label) for label in plan.periods]
    columns = [SheetColumn("stage, scenario", width=28)] if names[0].block else []
    columns.append(moment_column("start", plan.periods, 20))
    first = len(columns)
    series: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
    for (hardware, channel), nodes in channels.items():
        columns.append(SheetColumn(f"held: {hardware} {channel}, nodes", WHOLE, 16))
        series.append(np.asarray(nodes, dtype=np.float64))
    columns += [SheetColumn(f"in use: {hardware}, nodes", WHOLE, 16) for hardware in used]
    series += [np.asarray(nodes, dtype=np.float64) for nodes in used.values()]
    columns += [SheetColumn(f"on: {unit.unit}, units", WHOLE, 16) for unit in plan.units]
    series += [np.asarray(unit.on, dtype=np.float64) for unit in plan.units]
    columns += [SheetColumn(heading, DECIMAL, 18) for heading in work]
    series += list(work.values())
    values = [one.tolist() for one in series]
    rows = [
        (*([name.block] if name.block else []), name.start, *(one[place] for one in values))
        for place, name in enumerate(names)
    ]
    header = sheet.table(columns, rows)
    chart = workbook.add_chart({"type": "area", "subtype": "stacked"})
    for place in range(first, first + min(len(channels), WIDEST_CHART_COLUMNS)):
        chart.add_series(
            {
                "name": [sheet.name, header, place],
                "categories": [sheet.name, header + 1, 0, header + len(rows), first - 1],
                "values": [sheet.name, header + 1, place, header + len(rows), place],
            }
        )
    chart.set_title({"name": "Nodes held by channel"})
    if channels:
        sheet.worksheet.insert_chart(1, len(columns) + 1, chart, {"x_scale": 1.6, "y_scale": 1.3})


def _work(plan: Plan) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """What is served and shed of each kind of work, per second."""
    rows: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    records = [("served", record) for record in plan.served] + [("shed", record) for record in plan.shed]
    for verb, record in records:
        heading = f"{verb}: {record.workload} {record.phase}, per s"
        rows[heading] = rows.get(heading, np.zeros(len(plan.periods))) + np.asarray(record.per_s)
    return rows
