"""Baselines on the console: what the same work would cost had its nodes come another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.reporting.table import PlainTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.study.baselines import CostBaseline


def baselines_table(baselines: Sequence[CostBaseline], currency: str) -> PlainTable:
    """A row for each, with what the plan saves against it, or why there is none."""
    table = PlainTable(title="Against", title_justify="left", box=None, header_style="bold")
    table.add_column("the same work by")
    table.add_column(currency, justify="right")
    table.add_column("saved", justify="right")
    table.add_column("")
    for one in baselines:
        cost = "" if one.cost is None else f"{one.cost:,.2f}"
        table.add_row(one.name, cost, saved(one), one.note)
    return table


def saved(one: CostBaseline) -> str:
    """The saving as a share of what the baseline costs."""
    if one.cost is None or one.saving is None or one.cost <= 0:
        return ""
    return f"{one.saving / one.cost:.1%}"
