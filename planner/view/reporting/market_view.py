"""Console tables of vendors, lending, spend commitments, and of what is signed when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.plan.market_tables import committed_rows, signing_rows
from planner.view.reporting.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from planner.plan.plan import Plan

MOST_ROWS = 30


def market_tables(plan: Plan) -> Iterator[RenderableType]:
    """The tables that the plan has anything for."""
    signings = signing_rows(plan)
    if len({(row["from"], row["last_period"]) for row in signings}) > 1:
        signed = ("hardware", "channel", "from", "last_period", "nodes", "cost")
        yield _table("What to sign when", signed, signings)
    if plan.outsourced:
        yield _table(
            "Taken by vendors", ("vendor", "workload", "periods", "share", "cost"), _vendor_rows(plan)
        )
    if plan.lent:
        yield _table(
            "Lent", ("lending", "hardware", "blocks", "most nodes", "node-periods", "credit"), _loans(plan)
        )
    if plan.committed:
        keys = ("commitment", "from", "last_period", "per_hour", "cost")
        yield _table("Spending committed", keys, committed_rows(plan))


def _vendor_rows(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "vendor": entry.vendor,
            "workload": entry.workload,
            "periods": sum(1 for share in entry.share if share),
            "share": f"{sum(entry.share) / len(entry.share):.1%} on average, {max(entry.share):.1%} at most",
            "cost": entry.list_cost,
        }
        for entry in plan.outsourced
    ]


def _loans(plan: Plan) -> list[dict[str, Any]]:
    rows = []
    for name, hardware in dict.fromkeys((entry.lending, entry.hardware) for entry in plan.lent):
        mine = [entry for entry in plan.lent if (entry.lending, entry.hardware) == (name, hardware)]
        lent = [0] * len(plan.periods)
        for entry in mine:
            for period in range(entry.first, entry.last + 1):
                lent[period] += entry.nodes
        rows.append(
            {
                "lending": name,
                "hardware": hardware,
                "blocks": len(mine),
                "most nodes": max(lent),
                "node-periods": sum(lent),
                "credit": sum(entry.credit for entry in mine),
            }
        )
    return rows


def _table(title: str, keys: Sequence[str], rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for key in keys:
        table.add_column(
            key.replace("_", " "), justify="right" if isinstance(rows[0][key], int | float) else "left"
        )
    for row in rows[:MOST_ROWS]:
        table.add_row(*(_cell(row[key]) for key in keys))
    if len(rows) > MOST_ROWS:
        table.add_row(f"... {len(rows) - MOST_ROWS} more", *[""] * (len(keys) - 1))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
