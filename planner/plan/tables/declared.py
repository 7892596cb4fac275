"""A table of a plan as it is declared: name, what it holds, columns with kind and unit, how its rows are made.

The data frame, the CSV and Parquet file, the sheet of the workbook, the tables of console and page, the plan file
with its schema and the audit of what that file states all follow from the declaration.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from planner.plan.ranges import AMOUNT, ANY, COUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.plan.contents import PlanContents

    Row = dict[str, Any]

MONEY = "{currency}"
MONEY_PER_HOUR = "{currency}/h"
NODES, UNITS, SHARE = "nodes", "units", "share"
PER_SECOND = "tokens/s (requests/s)"
WAITING = "tokens (requests)"


class Kind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    PERIOD = "period"
    """The name of a period in rows; in frames the moment at which it begins, and its stage and scenario."""
    COUNT = "count"
    NUMBER = "number"
    BY_WORK = "number by workload and phase"
    """`{"chat.decode": 1.5}` in rows; one column of numbers for each workload and phase in frames."""


@dataclass(frozen=True)
class TableColumn:
    """A column: its name in rows, frames and files, its kind, its unit, whether cells may be missing.

    In a unit `{currency}` stands for the currency of the plan; texts and periods have none.
    """

    name: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    optional: bool = False

    def unit_in(self, currency: str) -> str:
        """The unit in a plan of this currency."""
        return self.unit.replace(MONEY, currency)

    def heading(self, currency: str) -> str:
        """The name in words, and the unit where the name does not say it: `cost, USD`."""
        words, unit = self.name.replace("_", " "), self.unit_in(currency)
        said = not unit or unit.replace("-", " ") in words
        return words if said else f"{words}, {unit}"


@dataclass(frozen=True)
class PlanTable:
    """A table: `rows` makes a list of rows of a plan, each with exactly the keys that `columns` names.

    `in_file`: the plan file carries its rows beside the records that they follow from, and the audit compares.
    `on_console` says of its rows whether the console view lists them; `on_page` and `in_workbook` whether the
    HTML page and the workbook do: not where these show the same in a place of its own.
    """

    name: str
    title: str
    holds: str
    columns: tuple[TableColumn, ...]
    rows: Callable[[PlanContents], list[Row]]
    in_file: bool = False
    on_console: Callable[[Sequence[Row]], bool] = bool
    on_page: bool = True
    in_workbook: bool = True

    def schema(self) -> dict[str, Any]:
        """JSON Schema of its rows: every key is required and no other is allowed."""
        properties = {column.name: _cell_schema(column) for column in self.columns}
        required = sorted(properties)
        row = {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }
        return {"type": "array", "items": row}


def nowhere(rows: Sequence[Row]) -> bool:
    """For `on_console`: never listed there."""
    return False


def period(name: str = "period") -> TableColumn:
    """A column of periods."""
    return TableColumn(name, Kind.PERIOD)


def texts(*names: str) -> tuple[TableColumn, ...]:
    """Columns of texts."""
    return tuple(TableColumn(name) for name in names)


def count(name: str, unit: str, optional: bool = False) -> TableColumn:
    """A column of whole numbers."""
    return TableColumn(name, Kind.COUNT, unit, optional)


def number(name: str, unit: str, optional: bool = False) -> TableColumn:
    """A column of numbers."""
    return TableColumn(name, Kind.NUMBER, unit, optional)


def by_work(name: str, unit: str) -> TableColumn:
    """A column of numbers by workload and phase."""
    return TableColumn(name, Kind.BY_WORK, unit)


def _cell_schema(column: TableColumn) -> dict[str, Any]:
    number: dict[str, Any] = {"type": "number", **(ANY if column.unit == MONEY else AMOUNT)}
    cells: dict[Kind, dict[str, Any]] = {
        Kind.TEXT: {"type": "string"},
        Kind.PERIOD: {"type": "string"},
        Kind.COUNT: {"type": "integer", **COUNT},
        Kind.NUMBER: number,
        Kind.BY_WORK: {"type": "object", "additionalProperties": number},
    }
    cell = cells[column.kind]
    return {"anyOf": [cell, {"type": "null"}]} if column.optional else cell
