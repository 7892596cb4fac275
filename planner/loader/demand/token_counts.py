"""Fields of the records of a log: the first that a record has of several names, and counts of tokens in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.loader.demand.columns import numbers_of, shown, textual
from planner.loader.demand.moments import MOST_FAULTS
from planner.loader.lengths import MOST_TOKENS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.core.errors import Fault
    from planner.loader.demand.columns import RecordColumns

NUMERIC = ("integer", "floating", "mixed-integer-float")
"""What a column may hold that needs no look at each cell."""


def tokens_of(
    columns: RecordColumns,
    names: Sequence[str],
    kept: NDArray[np.bool_],
    may_lack: bool,
    faults: list[Fault],
) -> NDArray[np.float64]:
    """Token counts, NaN where a record may lack them and does; 1 at a fault, so that its row is looked at further."""
    cells = first_of(columns, names)
    if cells is None:
        if not may_lack:
            faults.append(columns.fault(0, f"has no token counts: none of {', '.join(names)}"))
        return np.full(len(columns.lines), np.nan)
    counts = _counts(cells)
    there = kept & ~np.isnan(counts)
    wrong = there & ~_whole(counts)
    faults += wrong_rows(
        columns, wrong, f"is no whole count of tokens between 0 and {MOST_TOKENS:,}", names, cells
    )
    absent = (cells.isna() | (cells == "")).to_numpy(dtype=bool) if textual(cells) else np.isnan(counts)
    unread = kept & np.isnan(counts) & ~(absent & may_lack)
    faults += wrong_rows(columns, unread, "is no count of tokens", names, cells)
    return np.where(wrong | unread, 1.0, counts)


def cached_of(
    columns: RecordColumns, names: Sequence[str], faults: list[Fault]
) -> NDArray[np.float64] | None:
    """Cached tokens, 0 where a record tells none or has a fault, shape [record]; None where no record tells any."""
    cells = first_of(columns, names)
    if cells is None:
        return None
    counts = _counts(cells)
    present = ~(cells.isna() | (cells == "")).to_numpy(dtype=bool) if textual(cells) else ~np.isnan(counts)
    wrong = present & ~_whole(counts)
    faults += wrong_rows(columns, wrong, "is no whole count of tokens", names, cells)
    return np.where(wrong, 0.0, np.nan_to_num(counts))


def first_of(columns: RecordColumns, names: Sequence[str]) -> pd.Series[Any] | None:
    """Of each record the first of the fields that it has, empty cells being none; None where no record has any."""
    found: pd.Series[Any] | None = None
    for name in names:
        cells = columns.values.get(name)
        if cells is None or (textual(cells) and cells.isna().all()):
            continue
        found = cells if found is None else found.where(found.notna() & (found != ""), cells)
        if not (textual(found) and (found.isna() | (found == "")).any()):
            break
    return found


def true_of(columns: RecordColumns, names: Sequence[str]) -> NDArray[np.bool_]:
    """Records that say so, shape [record]."""
    cells = first_of(columns, names)
    if cells is None:
        return np.zeros(len(columns.lines), dtype=bool)
    return np.asarray(cells.astype(str).str.lower() == "true", dtype=bool)


def _there(columns: RecordColumns, names: Sequence[str], place: int) -> str:
    """The first of the fields that a record has."""
    for name in names:
        cells = columns.values.get(name)
        if cells is not None and bool(cells.iloc[[place]].notna().all()):
            return name
    return next((name for name in names if name in columns.values), "")


def wrong_rows(
    columns: RecordColumns,
    wrong: NDArray[np.bool_],
    message: str,
    names: Sequence[str],
    cells: pd.Series[Any] | None = None,
) -> list[Fault]:
    """A fault of each wrong row, the first `MOST_FAULTS` of them."""
    places = np.flatnonzero(wrong)
    faults: list[Fault] = []
    for place in places[:MOST_FAULTS].tolist():
        name = _there(columns, names, place)
        cell = "" if cells is None else f"{shown(cells.iloc[place])} "
        faults.append(columns.fault(place, f"{cell}{message}", name))
    if len(places) > MOST_FAULTS:
        more = f"and {len(places) - MOST_FAULTS:,} more such rows in this part of the file"
        faults.append(columns.fault(int(places[MOST_FAULTS]), more))
    return faults


def _whole(counts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Counts that are whole: 1.155 tokens are the 1,155 of another country, shape [record]."""
    return np.asarray((counts >= 0) & (counts <= MOST_TOKENS) & (counts == np.rint(counts)))


def _counts(cells: pd.Series[Any]) -> NDArray[np.float64]:
    if textual(cells) and pd.api.types.infer_dtype(cells, skipna=True) not in NUMERIC:
        plain = cells.map(lambda cell: isinstance(cell, int | float | str) and not isinstance(cell, bool))
        cells = cells.where(plain)
    return numbers_of(cells)
