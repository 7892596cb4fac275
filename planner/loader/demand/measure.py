"""Figures with their confidence: estimates from sums over windows, intervals by the jackknife over blocks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MOST_BLOCKS = 30
LEAST_BLOCKS = 5
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Measure:
    """An estimate with the limits of its 95 % confidence interval, None where too little is known for one."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def interval(self) -> str:
        """The interval in words, empty where there is none."""
        return "" if self.low is None or self.high is None else f"{_figure(self.low)} to {_figure(self.high)}"

    @property
    def figure(self) -> str:
        """The estimate in four digits at least."""
        return _figure(self.value)

    def __str__(self) -> str:
        return f"{self.figure} ({f'95 % interval {self.interval}' if self.interval else 'no interval'})"


def jackknife(sums: NDArray[np.float64], estimate: Callable[[NDArray[np.float64]], float]) -> Measure:
    """An estimate of 0 or more from sums over consecutive windows, shape [sum, window], added up.

    With the windows in B blocks and e_b the estimate without block b: variance = (B - 1) / B * sum (e_b - mean)^2
    (Quenouille 1956, Tukey 1958; blocks for what is correlated, Kunsch 1989), Student's t with B - 1 degrees.
    """
    value = estimate(sums.sum(axis=1))
    blocks = min(MOST_BLOCKS, sums.shape[1])
    if blocks < LEAST_BLOCKS:
        return Measure(value)
    edges = np.linspace(0, sums.shape[1], blocks + 1).astype(np.int64)[:-1]
    by_block = np.add.reduceat(sums, edges, axis=1)
    without = np.array([estimate(row) for row in (by_block.sum(axis=1)[:, None] - by_block).T])
    if not np.isfinite(without).all():
        return Measure(value)
    spread = float(np.sqrt((blocks - 1) / blocks * ((without - without.mean()) ** 2).sum()))
    reach = float(stdtrit(blocks - 1, (1 + _CONFIDENCE) / 2)) * spread
    return Measure(value, max(0.0, value - reach), value + reach)


def _figure(value: float) -> str:
    """A figure in four digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
