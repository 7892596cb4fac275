"""Frontiers as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.view.reporting.table import PlainTable

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 8  # points of a unit, of those that no other beats


def frontier_table(frame: pd.DataFrame) -> PlainTable:
    """Some efficient points of every unit and workload, from fast for a user to cheap, then what was measured."""
    table = PlainTable(title="Frontiers", title_justify="left", box=None, header_style="bold")
    for heading in ("unit", "workload"):
        table.add_column(heading, no_wrap=True)
    for heading in ("requests", "per s, GPU", "per s, user", "TPOT ms", "TTFT ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("in time")
    table.add_column("from")
    for (unit, workload), part in frame.groupby(["unit", "workload"], sort=False):
        for row in _shown(part).itertuples():
            table.add_row(
                str(unit),
                str(workload),
                f"{row.requests:,.0f}",
                f"{row.tokens_per_s_per_gpu:,.0f}",
                _number(row.tokens_per_s_per_user),
                _number(row.tpot_ms),
                _number(row.ttft_ms),
                "yes" if row.in_time else "no",
                "kernel" if row.source == "kernel" else f"measured: {row.what}",
            )
    return table


def _shown(part: pd.DataFrame) -> pd.DataFrame:
    """Of the points of one unit those to show: some of the kernel's efficient ones, and as many measured ones."""
    import pandas as pd

    efficient = part[part["efficient"]]
    measured = part[part["source"] == "measured"].sort_values("requests")
    return pd.concat([_spread(efficient), _spread(measured)])


def _spread(part: pd.DataFrame) -> pd.DataFrame:
    return (
        part.iloc[np.unique(np.linspace(0, len(part) - 1, SHOWN).round().astype(int))] if len(part) else part
    )


def _number(value: Any) -> str:
    return "" if value != value else f"{value:,.1f}"
