"""Rows of logs that are there before: certain by their ids or fine times, judged against chance where times are coarse.

Rows of whole seconds without ids may be alike by chance. That leads one to expect

    sum over seconds of n (n - 1) / 2, times the share of the second that times are multiples of,
    times the share of pairs of rows that are alike but for their time

such rows. Of a file with many more, nearly half of whose rows at least are there before, the rows are twice (all of
it, or the whole file beside another); fewer than these may be requests alike (retries, batches).

Where lengths are constant, chance explains any number of rows in a second, but not that it is even: of counts N that
follow a Poisson law of any mean, or a mixture of such laws,

    P(N odd) >= P(N >= 1) / 2

so that at least half of the groups of rows alike are odd but for chance. Where hardly any is, each row is twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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
_DEVIATIONS = 6.0
"""Standard deviations by which fewer groups of rows than half are odd, if they are so by more than chance."""
_HARDLY_ANY_ODD = 0.02
"""Share of groups of rows that may be odd where every row is twice."""


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
    `judged`: whether any is told to be twice by how many there are, not by an id or a fine time. `even` counts the
    groups of rows alike of which chance does not explain that so many are even; 0: it does.
    """

    twice: NDArray[np.int64]
    perhaps: NDArray[np.int64]
    by_chance: float
    judged: bool
    even: EvenGroups | None = None


class EvenGroups(NamedTuple):
    """Groups of rows that are alike: how many there are, and of them those of an even number of rows."""

    groups: int
    even: int


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
        order, begins = self._groups()
        again = np.sort(np.delete(order, begins))
        coarse = np.zeros(self._rows, dtype=bool)
        for part in self._parts:
            coarse[part.first : part.first + len(part.lines)] = part.coarse
        unsure = again[coarse[again]]
        even, doubled = _even_groups(order, begins, coarse)
        if len(doubled):
            return RepeatedRows(np.union1d(again[~coarse[again]], doubled), again[:0], 0.0, True)
        chance = pairs_in_a_second * min(resolution_s, 1.0) * self._alike_share()
        if len(unsure) <= max(_LEAST, _TIMES_CHANCE * chance):
            unsure = unsure[:0]
        twice = unsure[np.isin(unsure, self._of_files_twice(unsure))]
        return RepeatedRows(
            np.union1d(again[~coarse[again]], twice),
            np.setdiff1d(unsure, twice),
            chance,
            len(twice) > 0,
            None if len(unsure) else even,
        )

    def place(self, row: int) -> tuple[str, int]:
        """File and line of a row."""
        part = max((one for one in self._parts if one.first <= row), key=lambda one: one.first)
        return part.file, int(part.lines[row - part.first])

    def _groups(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows by group of those alike, in the order of rows, and where each begins; none where no two are alike."""
        none = np.zeros(0, dtype=np.int64)
        if not self._hashes:
            return none, none
        hashes = np.concatenate(self._hashes)
        self._hashes = [hashes]
        ordered = np.sort(hashes)
        if not (ordered[1:] == ordered[:-1]).any():
            return none, none
        order = np.argsort(hashes, kind="stable")
        begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        return order, begins

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


def _even_groups(
    order: NDArray[np.int64], begins: NDArray[np.int64], coarse: NDArray[np.bool_]
) -> tuple[EvenGroups | None, NDArray[np.int64]]:
    """Groups that are even more often than by chance, and where nearly all are so, the second half of each: twice."""
    begins_coarse = coarse[order[begins]]
    counts = np.diff(begins, append=len(order))
    groups, odd = int(begins_coarse.sum()), int((counts[begins_coarse] % 2).sum())
    if groups / 2 - odd <= _DEVIATIONS * np.sqrt(groups) / 2:
        return None, order[:0]
    found = EvenGroups(groups, groups - odd)
    if odd > _HARDLY_ANY_ODD * groups:
        return found, order[:0]
    place = np.arange(len(order)) - np.repeat(begins, counts)
    second = (place >= np.repeat((counts + 1) // 2, counts)) & np.repeat(begins_coarse, counts)
    return found, np.sort(order[second])


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
