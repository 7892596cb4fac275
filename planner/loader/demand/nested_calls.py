"""One call that is traced several times, by client, gateway and engine: the innermost of its records counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.loader.demand.token_counts import first_of, true_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.loader.demand.columns import RecordColumns
    from planner.loader.demand.request_format import Fields

_DEEPEST = 100
"""Records within one another that are followed, of which a damaged trace may have a circle."""
_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))


class CallRecords:
    """Records within which others lie, and the calls among them, in the order of rows; hashes of names, 0 of none."""

    def __init__(self) -> None:
        self._links: list[NDArray[np.uint64]] = []
        self._calls: list[NDArray[np.uint64]] = []

    def add_links(self, columns: RecordColumns, fields: Fields) -> None:
        """Remember which record each lies within, whether it is a call or not."""
        if fields.around:
            links = np.stack([_hashes(columns, names) for names in (fields.identity, fields.around)])
            self._links.append(links[:, (links != 0).all(axis=0)])

    def add_calls(
        self,
        columns: RecordColumns,
        fields: Fields,
        prompts: NDArray[np.float64],
        answers: NDArray[np.float64],
    ) -> None:
        """Remember calls, which are rows, with their tokens, shape [call]."""
        if not fields.around:
            return
        own, answer, trace = (
            _hashes(columns, names) for names in (fields.identity, fields.answer, fields.trace)
        )
        lengths = prompts.astype(np.uint64) * _ODD[0] + answers.astype(np.uint64) * _ODD[1]
        engine = true_of(columns, fields.engine)
        named = [np.where(key == 0, 0, key + lengths) for key in (answer, trace)]
        self._calls.append(np.stack([own, *named, engine.astype(np.uint64)]))

    def outer(self, besides: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows, numbered from 0, of calls that another row tells from within; those `besides` tell nothing.

        Such a row is one that the other lies within; or has its name of the answer; or is of the client's side, the
        other of the engine's in the same trace. The two latter have the same tokens too.
        """
        if not self._calls:
            return np.zeros(0, dtype=np.int64)
        own, answer, trace, engine = np.concatenate(self._calls, axis=1)
        there = np.ones(len(own), dtype=bool)
        there[besides] = False
        found = there & np.isin(own, self._around(own[there]))
        found |= _but_last(answer, engine, there & ~found)
        found |= _clients(trace, engine, there & ~found)
        return np.flatnonzero(found)

    def _around(self, own: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Names of all records that any of those named lies within."""
        links = np.concatenate(self._links, axis=1)
        reached, last = np.zeros(0, dtype=np.uint64), np.unique(own)
        for _ in range(_DEEPEST):
            last = np.setdiff1d(links[1, np.isin(links[0], last)], reached)
            if not len(last):
                break
            reached = np.union1d(reached, last)
        return reached


def _but_last(
    key: NDArray[np.uint64], engine: NDArray[np.uint64], among: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Of calls with the same key all but one, which is the engine's where there is any, shape [call]."""
    found = np.zeros(len(key), dtype=bool)
    rows = np.flatnonzero(among & (key != 0))
    ordered = rows[np.lexsort((engine[rows], key[rows]))]
    found[ordered[:-1][key[ordered[1:]] == key[ordered[:-1]]]] = True
    return found


def _clients(
    key: NDArray[np.uint64], engine: NDArray[np.uint64], among: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Calls of clients, as many of each key as there are calls of engines, shape [call]."""
    found = np.zeros(len(key), dtype=bool)
    rows = np.flatnonzero(among & (key != 0))
    frame = pd.DataFrame({"key": key[rows], "engine": engine[rows] > 0})
    engines = frame.groupby("key")["engine"].transform("sum")
    place = frame.groupby(["key", "engine"]).cumcount()
    found[rows[(~frame["engine"] & (place < engines)).to_numpy()]] = True
    return found


def _hashes(columns: RecordColumns, names: Sequence[str]) -> NDArray[np.uint64]:
    """Hashes of what records have under names, 0 where they have nothing, shape [record]."""
    cells: pd.Series[Any] | None = first_of(columns, names)
    if cells is None:
        return np.zeros(len(columns.lines), dtype=np.uint64)
    texts = cells.where(cells.notna(), "").astype(str).to_numpy(dtype=object)
    return np.where(texts == "", np.uint64(0), pd.util.hash_array(texts))
