"""What samples of demand over time may hold: cells that are amounts, below what anybody serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.loader.demand.columns import numbers_of, shown, textual
from planner.loader.demand.moments import MOST_FAULTS
from planner.loader.demand.requests import MOST_TOKENS

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from planner.core.errors import Fault
    from planner.loader.demand.columns import RecordColumns

MOST_PER_S = 1e12
"""Of requests or tokens: a thousand times what the largest service of all reported in 2025 (1e15 tokens a month)."""
_EMPTY = ("", "null", "NaN", "nan", "undefined")


def amounts_of(columns: RecordColumns, name: str, faults: list[Fault]) -> NDArray[np.float64]:
    """Amounts of a column, shape [row], NaN where it is empty or holds none, which is a fault."""
    cells: pd.Series[Any] = columns.values[name]
    if textual(cells):
        cells = cells.where(~cells.isin(_EMPTY))
    numbers = numbers_of(cells)
    unread = np.isnan(numbers) & cells.notna().to_numpy()
    wrong = unread | (numbers < 0) | np.isinf(numbers)
    for place in np.flatnonzero(wrong)[:MOST_FAULTS].tolist():
        advice = ": export it without units (in Grafana, 'Formatted data' off)" if unread[place] else ""
        faults.append(columns.fault(place, f"{shown(cells.iloc[place])} is no amount{advice}", name))
    return np.where(wrong, np.nan, numbers)


def too_many(
    kind: str, seconds: NDArray[np.float64], values: NDArray[np.float64], spacing_s: float
) -> NDArray[np.bool_]:
    """Samples of more than `MOST_PER_S`, shape [sample]: of a `rate`, a `count` or the growth of a `counter`."""
    if kind == "rate":
        return values > MOST_PER_S
    if kind == "count":
        return values > MOST_PER_S * spacing_s
    return np.concatenate([[False], increases(values) > MOST_PER_S * np.diff(seconds)])


def increases(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much a counter grew from sample to sample: where it falls it began anew, at 0 (Prometheus' `increase`)."""
    step = np.diff(values)
    return np.where(step < 0, values[1:], step)


def too_long(requests: NDArray[np.float64], tokens: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows whose requests would have more tokens each than `MOST_TOKENS`, as logs of requests may not either."""
    return (requests > 0) & (tokens / MOST_TOKENS > requests)
