"""The declared tables of a plan as texts, for the console and the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.plan.tables import TABLES, Kind
from planner.plan.tables.declared import MONEY, MONEY_PER_HOUR, SHARE
from planner.view.reporting.table import PlainTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from planner.plan.plan import Plan
    from planner.plan.tables import PlanTable, TableColumn

MOST_CONSOLE_ROWS = 30
MOST_PAGE_ROWS = 60


@dataclass(frozen=True)
class TextTable:
    """A table in texts. `numeric` says of each column whether it is aligned to the right."""

    title: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int


def console_tables(plan: Plan) -> Iterator[RenderableType]:
    """The tables that the console view lists, of those that this plan has anything for."""
    for table in TABLES.values():
        rows = table.rows(plan)
        if rows and table.on_console(rows):
            yield _rendered(_texts(table, rows, plan.currency, MOST_CONSOLE_ROWS))


def page_tables(plan: Plan) -> list[TextTable]:
    """The tables that the page lists, of those that this plan has anything for."""
    made = ((table, table.rows(plan)) for table in TABLES.values() if table.on_page)
    return [_texts(table, rows, plan.currency, MOST_PAGE_ROWS) for table, rows in made if rows]


def cell_text(column: TableColumn, cell: Any) -> str:
    """A cell as people read it: money to the cent, shares in per cent, nothing where it is missing."""
    if cell is None:
        return ""
    if column.kind is Kind.COUNT:
        return f"{cell:,}"
    if column.kind is Kind.BY_WORK:
        return ", ".join(f"{work} {value:,.4g}" for work, value in cell.items())
    if column.kind is not Kind.NUMBER:
        return str(cell)
    if column.unit == SHARE:
        return f"{cell:.1%}"
    return f"{cell:,.2f}" if column.unit in (MONEY, MONEY_PER_HOUR) else f"{cell:,.4g}"


def _texts(table: PlanTable, rows: Sequence[dict[str, Any]], currency: str, most: int) -> TextTable:
    return TextTable(
        title=table.title,
        headings=tuple(column.heading(currency) for column in table.columns),
        numeric=tuple(column.kind in (Kind.COUNT, Kind.NUMBER) for column in table.columns),
        rows=tuple(
            tuple(cell_text(column, row[column.name]) for column in table.columns) for row in rows[:most]
        ),
        left_out=max(0, len(rows) - most),
    )


def _rendered(texts: TextTable) -> PlainTable:
    table = PlainTable(title=texts.title, title_justify="left", box=None, header_style="bold")
    for heading, numeric in zip(texts.headings, texts.numeric, strict=True):
        table.add_column(heading, justify="right" if numeric else "left")
    for row in texts.rows:
        table.add_row(*row)
    if texts.left_out:
        table.add_row(f"... {texts.left_out} more", *[""] * (len(texts.headings) - 1))
    return table
