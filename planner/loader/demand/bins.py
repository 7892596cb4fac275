"""Sums over equal steps of time, in arrays that grow to both sides as rows come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Bins:
    """Sums of several measures over steps of `width_s` seconds; times count from where step 0 begins.

    `first` is the step of the first sum.
    """

    def __init__(self, width_s: float, measures: int, dtype: type[np.number] = np.float64) -> None:
        self.width_s, self.first = width_s, 0
        self.sums: NDArray[np.number] = np.zeros((measures, 0), dtype=dtype)

    @property
    def steps(self) -> int:
        """Number of steps."""
        return int(self.sums.shape[1])

    def add(self, seconds: NDArray[np.float64], *weights: NDArray[np.float64] | None) -> None:
        """Add rows at their times; a weight of None counts each row as one."""
        if not len(seconds):
            return
        step = np.floor(seconds / self.width_s).astype(np.int64)
        low, high = int(step.min()), int(step.max())
        self._hold(low, high)
        place = step - low
        for row, weight in enumerate(weights):
            sums = np.bincount(place, weights=weight, minlength=high - low + 1)
            begin = low - self.first
            self.sums[row, begin : begin + len(sums)] += sums.astype(self.sums.dtype)

    def between(self, first: int, count: int) -> NDArray[np.float64]:
        """The sums of `count` steps from one on, zero where nothing came, shape [measure, step]."""
        found = np.zeros((self.sums.shape[0], count))
        begin, end = max(first, self.first), min(first + count, self.first + self.steps)
        if end > begin:
            found[:, begin - first : end - first] = self.sums[:, begin - self.first : end - self.first]
        return found

    def _hold(self, low: int, high: int) -> None:
        if not self.steps:
            self.first = low
        before = max(0, self.first - low)
        after = max(0, high - (self.first + self.steps) + 1)
        if before or after:
            spare = max(after, self.steps // 4) if after else 0
            self.sums = np.pad(self.sums, ((0, 0), (before, spare)))
            self.first -= before
