"""Rows of logs that are there before: certain by their ids or fine times, judged against chance where times are coarse.

Rows of whole seconds without ids may be alike by chance. That leads one to expect

    sum over seconds of n (n - 1) / 2, times the share of the second that times are multiples of,
    times the share of pairs of rows that are alike but for their time

such rows. Of a file with many more, nearly half of whose rows at least are there before, the rows are twice (all of
it, or the whole file beside another); fewer than these may be requests alike (retries, batches).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.loader.demand.requests import RequestBatch

MOST_DISTINCT_ROWS = 100_000_000
"""Rows that are remembered."""
LEAST_SHARE = 0.45
"""Of the rows of a file from which on they are twice."""
_SUB_MILLISECOND = 1e-3
_COMPARED = 200_000
"""First rows that are compared but for their times."""
_LEAST, _TIMES_CHANCE = 10, 3.0


@dataclass(frozen=True)
class _RowsOfFile:
    """Rows from `first` on: their file and lines, and whether they may be alike by chance."""

    first: int
    file: str
    lines: NDArray[np.int64]
    coarse: bool


@dataclass(frozen=True)
class RepeatedRows:
    """Rows, numbered from 0, that say what one above them says.

    `twice` are there twice; `perhaps` too, or are requests alike: more than the `by_chance` that chance explains.
    `judged`: whether any is told to be twice by how many there are, not by an id or a fine time.
    """

    twice: NDArray[np.int64]
    perhaps: NDArray[np.int64]
    by_chance: float
    judged: bool


class Repeats:
    """What is remembered of the rows of logs: eight bytes of each."""

    def __init__(self) -> None:
        self._hashes: list[NDArray[np.uint64]] = []
        self._asked: list[NDArray[np.uint64]] = []
        self._parts: list[_RowsOfFile] = []
        self._rows = 0

    def add(self, batch: RequestBatch, resolution_s: float) -> None:
        """Remember rows by what identifies them, or else by all they say; `resolution_s` is the step of times."""
        if self._rows > MOST_DISTINCT_ROWS:
            return
        coarse = batch.identity is None and resolution_s >= _SUB_MILLISECOND
        if batch.identity is None:
            asked = _asked(batch)
            self._hashes.append(_mixed(_bits(batch.seconds), *asked))
            if coarse and self._rows < _COMPARED:
                self._asked.append(_mixed(*asked))
        else:
            self._hashes.append(batch.identity)
        self._parts.append(_RowsOfFile(self._rows, batch.file, batch.lines, coarse))
        self._rows += len(batch)

    def alike(self, pairs_in_a_second: float, resolution_s: float) -> RepeatedRows:
        """Rows that say what others say, of logs with so many pairs of requests in the same second."""
        again = self._again()
        coarse = np.zeros(self._rows, dtype=bool)
        for part in self._parts:
            coarse[part.first : part.first + len(part.lines)] = part.coarse
        unsure = again[coarse[again]]
        chance = pairs_in_a_second * min(resolution_s, 1.0) * self._alike_share()
        if len(unsure) <= max(_LEAST, _TIMES_CHANCE * chance):
            unsure = unsure[:0]
        twice = unsure[np.isin(unsure, self._of_files_twice(unsure))]
        return RepeatedRows(
            np.union1d(again[~coarse[again]], twice), np.setdiff1d(unsure, twice), chance, len(twice) > 0
        )

    def place(self, row: int) -> tuple[str, int]:
        """File and line of a row."""
        part = max((one for one in self._parts if one.first <= row), key=lambda one: one.first)
        return part.file, int(part.lines[row - part.first])

    def _again(self) -> NDArray[np.int64]:
        if not self._hashes:
            return np.zeros(0, dtype=np.int64)
        hashes = np.concatenate(self._hashes)
        ordered = np.sort(hashes)
        if not (ordered[1:] == ordered[:-1]).any():
            return np.zeros(0, dtype=np.int64)
        order = np.argsort(hashes, kind="stable")
        again = np.flatnonzero(hashes[order][1:] == hashes[order][:-1]) + 1
        return np.sort(order[again])

    def _of_files_twice(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of rows those in files of which they are nearly half at least."""
        files = {part.file: place for place, part in enumerate(self._parts)}
        whose = np.repeat(
            np.array([files[part.file] for part in self._parts], dtype=np.int64),
            [len(part.lines) for part in self._parts],
        )
        shares = np.bincount(whose[rows], minlength=len(self._parts)) / np.maximum(
            np.bincount(whose, minlength=len(self._parts)), 1
        )
        return rows[shares[whose[rows]] >= LEAST_SHARE]

    def _alike_share(self) -> float:
        """The share of pairs of rows that are alike but for their time."""
        if not self._asked:
            return 0.0
        _, counts = np.unique(np.concatenate(self._asked), return_counts=True)
        rows = float(counts.sum())
        return float((counts * (counts - 1.0)).sum() / max(rows * (rows - 1), 1.0))


def _asked(batch: RequestBatch) -> list[NDArray[np.uint64]]:
    """All that rows say beside their time, as bits, shape [request] each."""
    numbers = [batch.input_tokens, batch.output_tokens, batch.cached_tokens]
    bits = [_bits(one) for one in numbers if one is not None]
    if batch.customer is not None:
        bits.append(batch.customer)
    if batch.prefix_blocks is not None:
        blocks = [hash(tuple(one or ())) for one in batch.prefix_blocks]
        bits.append(np.array(blocks, dtype=np.int64).view(np.uint64))
    return bits


def _bits(column: NDArray[np.float64]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(column, dtype=np.float64).view(np.uint64)


def _mixed(*columns: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A hash of each row: multiply and shift, column by column (splitmix64's finaliser, Steele et al., 2014)."""
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        mixed ^= column
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed
