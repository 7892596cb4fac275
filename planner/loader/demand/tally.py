"""What a log comes to, summed up row by row in memory that grows with the time it spans, not with its rows.

Sums by minute (requests and tokens), counts by second, moments of lengths by ten minutes, and how often each length
occurs. Only duplicates take memory by the row: eight bytes of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import HOURS_PER_DAY, SECONDS_PER_HOUR
from planner.loader.demand.bins import Bins
from planner.loader.demand.customers import CustomerCounts
from planner.loader.demand.repeats import Repeats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.loader.demand.repeats import RepeatedRows
    from planner.loader.demand.requests import RequestBatch

MINUTE_S, WINDOW_S = 60.0, 600.0
MOST_DAYS = 1_100
_MANY_SHARE_A_TIME = 0.3


@dataclass
class LengthCounts:
    """How often each length occurs, in whole tokens."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, tokens: NDArray[np.float64]) -> None:
        """Count lengths, shape [request]."""
        found = np.bincount(np.rint(tokens).astype(np.int64), minlength=len(self.counts))
        found[: len(self.counts)] += self.counts
        self.counts = found

    def quantile(self, share: float) -> float:
        """The least length that so many of the requests do not exceed."""
        total = np.cumsum(self.counts)
        return float(np.searchsorted(total, share * total[-1]))


class LengthCells:
    """Requests by prompt and answer, in cells whose sides grow by the root of two: number and mean lengths of each."""

    _SIDE = 64

    def __init__(self) -> None:
        self._sums = np.zeros((4, self._SIDE * self._SIDE))

    def add(
        self, prompts: NDArray[np.float64], answers: NDArray[np.float64], cached: NDArray[np.float64]
    ) -> None:
        """Add requests, each array of shape [request]."""
        cell = self._place(prompts) * self._SIDE + self._place(answers)
        for sums, weights in zip(self._sums, (None, prompts, answers, cached), strict=True):
            sums += np.bincount(cell, weights=weights, minlength=len(sums))

    def rows(self) -> NDArray[np.float64]:
        """Number of requests, mean prompt, mean answer and mean cached tokens of each cell, shape [cell, 4]."""
        there = self._sums[:, self._sums[0] > 0]
        return np.concatenate([there[:1], there[1:] / there[0]]).T

    def _place(self, tokens: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.floor(2 * np.log2(np.maximum(tokens, 1.0)) + 1e-9).astype(np.int64)


@dataclass
class Disorder:
    """Rows that come before one above them in time: how many, where first, and by how much at most."""

    rows: int = 0
    first: str = ""
    most_s: float = 0.0


class Tally:
    """Sums over a log; requests, prompt, cached and output tokens by minute in `minutes`.

    Steps are counted from `origin_s`, seconds since 1970, as `first_s` and `last_s` are; None: from the first row.
    """

    def __init__(self, origin_s: float | None) -> None:
        self.origin_s = origin_s
        self.minutes = Bins(MINUTE_S, 4)
        self.seconds = Bins(1.0, 1, np.uint32)
        self.windows = Bins(WINDOW_S, 8)
        self.prompts, self.answers = LengthCounts(), LengthCounts()
        self.lengths = LengthCells()
        self.customers, self.repeats = CustomerCounts(), Repeats()
        self.rows, self.first_s, self.last_s = 0, np.inf, -np.inf
        self.resolution_s = 0.0
        self.cached_known = False
        self.disorder = Disorder()
        self._file, self._latest_s = "", -np.inf

    def add(self, batch: RequestBatch, cached: NDArray[np.float64] | None) -> None:
        """Add requests. Raises InstanceError where the log spans more than `MOST_DAYS`."""
        if self.origin_s is None:
            self.origin_s = float(batch.seconds[0])
        if not self.rows:
            self.resolution_s = _resolution(batch.seconds)
        seconds, prompts, answers = batch.seconds - self.origin_s, batch.input_tokens, batch.output_tokens
        self._watch(batch, seconds)
        known = np.zeros(len(batch)) if cached is None else cached
        computed = prompts - known
        self.cached_known |= cached is not None
        self.minutes.add(seconds, None, prompts, known, answers)
        self.seconds.add(seconds, None)
        self.windows.add(
            *(seconds, None, prompts, prompts**2, answers, answers**2, computed, computed**2, known)
        )
        self.prompts.add(prompts)
        self.answers.add(answers)
        self.lengths.add(prompts, answers, known)
        if batch.customer is not None:
            self.customers.add(batch.customer, seconds)
        self.repeats.add(batch, self.resolution_s)
        self.rows += len(batch)

    def alike(self) -> RepeatedRows:
        """Rows that say what one above them says."""
        if not self.rows:
            return self.repeats.alike(0.0, self.resolution_s)
        first = int(np.floor(self.first_s))
        by_second = self.seconds.between(first, int(np.floor(self.last_s)) - first + 1)[0]
        pairs = float(by_second @ by_second - by_second.sum()) / 2
        return self.repeats.alike(pairs, self.resolution_s)

    def _watch(self, batch: RequestBatch, seconds: NDArray[np.float64]) -> None:
        """Note rows out of order, and refuse a span that no log has.

        Rows of another file are another record of the same time, of another replica or another side of the calls:
        their order counts only where blocks of prompts are looked for among all that came before.
        """
        goes_on = batch.file == self._file or batch.prefix_blocks is not None
        latest = np.maximum.accumulate(np.concatenate([[self._latest_s if goes_on else -np.inf], seconds]))
        self._file, self._latest_s, latest = batch.file, float(latest[-1]), latest[:-1]
        late = latest - seconds
        behind = late > max(self.resolution_s, 1e-6)
        if behind.any():
            place = int(np.argmax(behind))
            self.disorder.first = self.disorder.first or f"{batch.file}:{int(batch.lines[place])}"
            self.disorder.rows += int(behind.sum())
            self.disorder.most_s = max(self.disorder.most_s, float(late.max()))
        self.first_s = min(self.first_s, float(seconds.min()))
        self.last_s = max(self.last_s, float(seconds.max()))
        days = (self.last_s - self.first_s) / SECONDS_PER_HOUR / HOURS_PER_DAY
        if days > MOST_DAYS:
            place = int(np.argmax(np.abs(seconds - np.median(seconds))))
            message = f"lies {days:,.0f} days from other rows; a log may span {MOST_DAYS} days"
            raise InstanceError([Fault(message, file=batch.file, line=int(batch.lines[place]))])


def _resolution(seconds: NDArray[np.float64]) -> float:
    """The step that times are multiples of, in whole milliseconds; 0 where they are finer.

    Steps that jitter are known by many requests that share their time: hardly any gap between times is shorter.
    """
    ticks = seconds[:100_000] * 1e3
    whole = np.rint(ticks)
    if len(ticks) < 2 or np.abs(ticks - whole).max() > 5e-3:
        return 0.0
    exact = float(np.gcd.reduce(np.diff(whole).astype(np.int64)))
    gaps = np.diff(np.unique(whole))
    shared = 1.0 - (len(gaps) + 1) / len(whole)
    usual = float(np.quantile(gaps, 0.02)) if len(gaps) and shared > _MANY_SHARE_A_TIME else 0.0
    return max(exact, usual) / 1e3
