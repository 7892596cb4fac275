"""The workbook, read back as a spreadsheet program would."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

import planner
from planner.plan.tables import TABLES
from planner.view.exports.workbook import xlsx
from tests.examples import small
from tests.view.exports.plans import CHANGES, solved

if TYPE_CHECKING:
    from planner.plan.plan import Plan

SHEETS = [
    "Summary",
    "To be signed",
    "Purchases and commitments",
    "Hourly plan",
    "Cost by month and term",
    "Cash",
]
SHEETS += ["Assumptions", "Rates", "Alternatives"]
HOSTILE = "=cmd|' /C calc'!A0"


def opened(plan: Plan, instance: Any, **others: Plan) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx(plan, instance, others)))


def formulas(book: openpyxl.Workbook) -> list[str]:
    return [
        str(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]


@pytest.mark.parametrize("name", CHANGES)
def test_sheets_and_totals(name: str) -> None:
    instance, plan = solved(name)
    book = opened(plan, instance)
    declared = [table.title for table in TABLES.values() if table.in_workbook and table.rows(plan)]
    assert book.sheetnames == [*SHEETS, *declared]
    assert ("Nodes taken" in declared) == bool(plan.holdings)
    assert all(formula.startswith("=SUM(") for formula in formulas(book))
    months = book["Cost by month and term"]
    header = [cell.value for cell in months[1]]
    total = header.index(f"total, {plan.currency}")
    lines = [row[total].value for row in months.iter_rows(min_row=2) if row[0].data_type == "d"]
    assert sum(lines) == pytest.approx(plan.cost, abs=0.005)
    assert months.freeze_panes == "B2"


def test_hours_are_numbers_with_a_frozen_header() -> None:
    instance, plan = solved("reserved and hired")
    sheet = opened(plan, instance)["Hourly plan"]
    assert sheet.freeze_panes == "B2"
    header = [cell.value for cell in sheet[1]]
    place = header.index("held: h800 reserve, nodes")
    nodes = sum(one.nodes for one in plan.holdings if one.channel == "reserve")
    assert [row[place].value for row in sheet.iter_rows(min_row=2)] == [nodes] * 3
    assert sheet.cell(2, 1).is_date
    assert sheet._charts == [] or len(sheet._charts) == 1


def test_every_sheet_with_a_picture_has_a_chart() -> None:
    instance, plan = solved("reserved and hired")
    data = xlsx(plan, instance)
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 4


def test_assumptions_are_reported_with_numbers_as_numbers() -> None:
    instance, plan = solved("reserved and hired")
    rows = {row[0].value: row[1].value for row in opened(plan, instance)["Assumptions"].iter_rows(min_row=2)}
    assert rows["fleet.h800.rent.price_usd_per_node_hour"] == 16.0
    assert rows["name"] == "small"


def test_alternatives_show_the_difference() -> None:
    instance, plan = solved("reserved and hired")
    book = opened(plan, instance, dearer=replace(plan, cost=plan.cost + 2.0))
    rows = [[cell.value for cell in row] for row in book["Alternatives"].iter_rows(min_row=2)]
    assert rows[1][0] == "dearer"
    assert rows[1][2] == pytest.approx(2.0)


def test_hostile_texts_are_texts() -> None:
    instance, plan = solved("reserved and hired")
    hostile = replace(
        plan,
        instance=HOSTILE,
        warnings=(HOSTILE, "http://example.com", "x" * 1_000_000, "control \x01 \x0b"),
        cost_terms={HOSTILE + term: cost for term, cost in plan.cost_terms.items()},
        units=tuple(replace(one, unit=HOSTILE) for one in plan.units),
        holdings=tuple(replace(one, term=HOSTILE + one.term) for one in plan.holdings),
    )
    book = opened(hostile, instance)
    assert all(formula.startswith("=SUM(") for formula in formulas(book))
    texts = [
        cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "s"
    ]
    assert any(HOSTILE in text for text in texts)
    assert max(map(len, texts)) <= 32_767
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)


def test_an_infeasible_answer_has_a_workbook_that_says_so() -> None:
    limits = {"fleet.h800.rent.max_nodes": 1, "fleet.h800.reserve.max_nodes": 1}
    instance = small(limits)
    book = opened(planner.solve(instance), instance)
    texts = [str(row[0].value) for row in book["Summary"].iter_rows()]
    assert "No plan can meet this demand." in texts
    assert "Hourly plan" not in book.sheetnames
