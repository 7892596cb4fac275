"""The tables of a plan: each is declared once, in one of the files beside this one, and has its line in `TABLES`.

In: a plan's records. Out: rows, data frames, and what they are called in words. Views list the tables that are
declared here; none knows them by name, except for those that it shows in a way of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.suggest import did_you_mean
from planner.plan.tables.declared import Kind, PlanTable, TableColumn
from planner.plan.tables.frames import frame_of
from planner.plan.tables.money import CASH, COMMITTED, COSTS, LENDING, LENT, STAGE_COSTS
from planner.plan.tables.nodes import FLEET, HOLDINGS, HOURS, PLACEMENT, RUNNING, SIGNED, STARTS, USE
from planner.plan.tables.service import BACKLOG, OUTSOURCED, ROUTED, ROUTES, SERVED, SHED, VENDORS

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from planner.plan.contents import PlanContents

__all__ = ["TABLES", "Kind", "PlanTable", "TableColumn", "frame", "in_file", "listing", "rows_of"]

TABLES: dict[str, PlanTable] = {
    table.name: table
    for table in (
        *(FLEET, HOLDINGS, SIGNED, USE, RUNNING, PLACEMENT, STARTS),
        *(SERVED, SHED, BACKLOG, VENDORS, OUTSOURCED, ROUTES, ROUTED),
        *(LENDING, LENT, COMMITTED, CASH, STAGE_COSTS, COSTS, HOURS),
    )
}


def rows_of(plan: PlanContents, name: str) -> list[dict[str, Any]]:
    """The rows of a table by its name. Raises KeyError."""
    return TABLES[name].rows(plan)


def in_file(plan: PlanContents) -> dict[str, list[dict[str, Any]]]:
    """Rows of the tables that the plan file carries, by their key there."""
    return {table.name: table.rows(plan) for table in TABLES.values() if table.in_file}


def frame(plan: PlanContents, name: str) -> pd.DataFrame:
    """A table as a pandas frame. Raises KeyError, which names the nearest table or all of them."""
    if name not in TABLES:
        raise KeyError(f"no table {name!r}{did_you_mean(name, TABLES)}")
    return frame_of(plan, TABLES[name])


def listing(plan: PlanContents) -> pd.DataFrame:
    """The tables there are: name, what each holds, how many rows this plan has, and columns with their units."""
    import pandas as pd

    rows = [
        (table.name, table.holds, len(table.rows(plan)), _columns(table, plan.currency))
        for table in TABLES.values()
    ]
    return pd.DataFrame(rows, columns=["table", "holds", "rows", "columns"])


def _columns(table: PlanTable, currency: str) -> str:
    units = [(column.name, column.unit_in(currency)) for column in table.columns]
    return ", ".join(f"{name} [{unit}]" if unit else name for name, unit in units)
