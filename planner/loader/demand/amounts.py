"""What samples of demand over time may hold: cells that are amounts, below what anybody serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.loader.demand.columns import numbers_of, shown, textual
from planner.loader.demand.moments import MOST_FAULTS
from planner.loader.lengths import MOST_TOKENS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from planner.core.errors import Fault
    from planner.loader.demand.columns import RecordColumns

MOST_PER_S = 1e12
"""Of requests or tokens: a thousand times what the largest service of all reported in 2025 (1e15 tokens a month)."""
LEAST_FALLS, MOST_RESETS = 4, 0.2
"""A counter that falls so often, and in more than this share of its steps, is none."""
LEAST_RISING = 12
"""Counts by interval that rise for so many samples are a counter."""
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
        advice = _advice(cells.iloc[place]) if unread[place] else ""
        faults.append(columns.fault(place, f"{shown(cells.iloc[place])} is no amount{advice}", name))
    return np.where(wrong, np.nan, numbers)


def _advice(cell: Any) -> str:
    """How to write what cannot be read as a number."""
    if isinstance(cell, str) and "," in cell and cell.replace(",", "").replace(".", "").strip().isdigit():
        return ": write it with a point for decimals and nothing between thousands, as 1234.5"
    return ": export it without units (in Grafana, 'Formatted data' off)"


def absurd_totals(total: Mapping[str, float], known: Collection[str]) -> str | None:
    """What is wrong with the sums of all measures, of which those `known` are told; None where nothing is."""
    if total["cached_tokens"] > total["input_tokens"] > 0:
        return "tells more cached tokens than prompts have: which of them is wrong?"
    if not any(total.values()):
        return "tells no demand at all: every amount is 0"
    if {"requests", "input_tokens"} <= set(known) and total["input_tokens"] < total["requests"]:
        words = f"tells {total['requests']:,.6g} requests of {total['input_tokens']:,.6g} prompt tokens"
        return f"{words}, less than one each: is one of the two in another unit?"
    if "requests" in known and not total["requests"]:
        return "tells tokens, and not one request: which of them is wrong?"
    return None


def too_many(
    kind: str, seconds: NDArray[np.float64], values: NDArray[np.float64], spacing_s: float
) -> NDArray[np.bool_]:
    """Samples of more than `MOST_PER_S`, shape [sample]: of a `rate`, a `count` or the growth of a `counter`."""
    if kind == "rate":
        return values > MOST_PER_S
    if kind == "count":
        return values > MOST_PER_S * spacing_s
    return np.concatenate([[False], increases(values) > MOST_PER_S * np.diff(seconds)])


def misread(kind: str, measure: str, name: str, mapped: bool, values: NDArray[np.float64]) -> str | None:
    """Why samples are not what they are taken for, and what to write; None where nothing speaks against it.

    A counter seldom falls, a rate all the time; counts by interval do not rise for ever, which is asked of names that
    are `mapped` alone. `name` is that of the column or metric.
    """
    steps = np.diff(values)
    fell = int((steps < 0).sum())
    if kind == "counter" and fell >= LEAST_FALLS and fell > MOST_RESETS * len(steps):
        advice = f"if it is a rate, --map {measure}_per_s={name}"
        return f"falls {fell} times in {len(values)} samples, as rates do and counters do not: {advice}"
    if kind == "count" and mapped and len(values) >= LEAST_RISING and not fell and (steps > 0).mean() > 0.5:
        advice = f"--map {measure}_total={name}; counts of each interval stand in a column called {measure}"
        return f"only ever rises, as counters do: {advice}"
    return None


def increases(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much a counter grew from sample to sample: where it falls it began anew, at 0 (Prometheus' `increase`)."""
    step = np.diff(values)
    return np.where(step < 0, values[1:], step)


def too_long(requests: NDArray[np.float64], tokens: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows whose requests would have more tokens each than `MOST_TOKENS`, as logs of requests may not either."""
    return (requests > 0) & (tokens / MOST_TOKENS > requests)
