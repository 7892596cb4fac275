"""The rows of a declared table as a pandas frame, with the dtypes of its columns and moments for its periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.plan.period_names import period_columns, zone_of_question
from planner.plan.tables.declared import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from planner.plan.contents import PlanContents
    from planner.plan.tables.declared import PlanTable, TableColumn

_RATE = "_per_s"


def frame_of(plan: PlanContents, table: PlanTable) -> pd.DataFrame:
    """The rows of a table with its columns in their order, also where there are no rows.

    A column of periods holds timezone-aware timestamps in the zone of the instance; where a plan has stages or
    scenarios a column of texts, NAME_block, precedes it and names them.
    """
    import pandas as pd

    rows = table.rows(plan)
    series: dict[str, Any] = {}
    zone = zone_of_question(plan.question)
    for column in table.columns:
        cells = [row[column.name] for row in rows]
        if column.kind is Kind.PERIOD:
            series |= period_columns(cells, plan.periods, column.name, zone)
        elif column.kind is Kind.BY_WORK:
            series |= _by_work(column, cells)
        else:
            series[column.name] = pd.Series(cells, dtype=dtype_of(column))
    return pd.DataFrame(series)


def dtype_of(column: TableColumn) -> Any:
    """The dtype of a column of texts, counts or numbers; a count that may be missing is a nullable integer."""
    if column.kind is Kind.COUNT:
        return "Int64" if column.optional else "int64"
    return "float64" if column.kind is Kind.NUMBER else "str"


def _by_work(column: TableColumn, cells: Sequence[dict[str, float]]) -> dict[str, Any]:
    """`served_per_s` -> `served.chat.decode_per_s`, a column for each workload and phase; absent ones are 0."""
    import pandas as pd

    verb = column.name.removesuffix(_RATE)
    works = dict.fromkeys(work for cell in cells for work in cell)
    return {
        f"{verb}.{work}{_RATE}": pd.Series([cell.get(work, 0.0) for cell in cells], dtype="float64")
        for work in works
    }
