"""What is lost of groups of nodes with a given chance: quantiles of sums of losses, never too large.

Of y[g] nodes in a group each is lost by itself with a chance q[g], and takes v[g] with it:

    Q(y, missing) = the least s with  P( sum_g v[g] Binomial(y[g], q[g]) > s ) <= missing

It never falls in y. Of few groups all cases are listed; more losses at once than `most_losses` are so rare that they
count as none. Of many, losses are rounded down to k[g] steps, and the chances of their sum come from its characteristic
function on a circle of `CELLS` steps (numpy's real transform), where a sum of all the way round counts as none:

    P(sum = s) = 1/CELLS sum_f exp(2 pi i f s / CELLS) prod_g (1 - q[g] + q[g] exp(-2 pi i f k[g] / CELLS))^y[g]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]

MOST_LOST, MOST_CASES = 12, 400
LEFT_OUT = 0.01
"""Of what may be missed, what cases that are not looked at make up at most."""
CELLS, SPREAD = 1_024, 7.0
"""Steps of the circle, which has room for so many standard deviations beyond the mean."""
CHANCE_ROUNDING = 2e-9
MOST_DOWN = 0.499
"""Nodes that are lost more often count as lost this often: no factor is 0 then."""
AT_ONCE = 128
"""Counts whose chances are worked out together."""


@dataclass(frozen=True, eq=False)
class GroupLosses:
    """Groups of nodes: what a node takes with it when it is lost, and the chance that it is lost, shape [group]."""

    loss: Array
    down: Array

    def quantiles(self, nodes: Counts, missing: Array) -> Array:
        """Q of so many nodes by group, shape [count, group], at each `missing`: shape [count, missing]."""
        if not len(nodes):
            return np.zeros((0, len(missing)))
        most = most_losses(float((nodes @ self.down).max()), LEFT_OUT * float(missing.min()))
        asked = 1.0 - missing - CHANCE_ROUNDING
        if comb(len(self.down) + most, most) <= MOST_CASES:
            return self._of_cases(nodes, most, asked)
        return np.vstack(
            [self._on_circle(nodes[at : at + AT_ONCE], asked) for at in range(0, len(nodes), AT_ONCE)]
        )

    def _of_cases(self, nodes: Counts, most: int, asked: Array) -> Array:
        cases = cases_of(len(self.down), most)
        size = cases @ self.loss
        order = np.argsort(size, kind="stable")
        cases, size = cases[order], size[order]
        chance = np.repeat(np.exp(nodes @ np.log1p(-self.down))[:, None], len(cases), axis=1)
        for group, odds in enumerate((self.down / (1.0 - self.down)).tolist()):
            chance *= _ways(nodes[:, group], odds, most)[:, cases[:, group]]
        reached = np.cumsum(chance, axis=1)
        reached += 1.0 - reached[:, -1:]
        return np.array([size[np.searchsorted(one, asked)] for one in reached])

    def _on_circle(self, nodes: Counts, asked: Array) -> Array:
        step = self._step(nodes * self.down * self.loss)
        angle = -2j * np.pi / CELLS * np.arange(CELLS // 2 + 1)
        steps, down = np.floor(self.loss / step + 1e-9), np.minimum(self.down, MOST_DOWN)
        each = np.log1p(down[:, None] * np.expm1(np.outer(steps, angle)))
        times = nodes.astype(np.float64)
        wave = np.exp(times @ each.real + 1j * (times @ each.imag))
        reached = np.cumsum(np.fft.irfft(wave, CELLS, axis=1), axis=1)
        at = np.array([np.searchsorted(one, asked) for one in reached])
        return np.asarray(step * np.minimum(at, CELLS - 1))

    def _step(self, mean: Array) -> float:
        """A step that leaves room for all likely sums, and of which the loss that matters most is a whole number."""
        spread = np.sqrt((mean * self.loss).sum(axis=1))
        room = float((mean.sum(axis=1) + SPREAD * spread).max()) + 2.0 * float(self.loss.max())
        most = float(self.loss[int(mean.sum(axis=0).argmax())])
        steps = np.floor(most * CELLS / room)
        return most / float(steps) if steps >= 1.0 else room / CELLS


def _ways(count: Counts, odds: float, most: int) -> Array:
    """Chances that 0 .. `most` of so many are lost, by that of none, shape [count, lost]."""
    ways = np.ones((len(count), most + 1))
    for lost in range(1, most + 1):
        ways[:, lost] = ways[:, lost - 1] * np.maximum(count - lost + 1, 0) / lost * odds
    return ways


@lru_cache(maxsize=64)
def cases_of(groups: int, most: int) -> Counts:
    """Numbers of losses by group that are no more than `most` in all, shape [case, group]."""
    if groups == 0:
        return np.zeros((1, 0), dtype=np.int64)
    return np.vstack(
        [np.insert(cases_of(groups - 1, most - first), 0, first, axis=1) for first in range(most + 1)]
    )


def most_losses(mean: float, rare: float) -> int:
    """Losses of all groups together beyond which there are more with a chance of `rare`, for a Poisson number."""
    more = 1.0 - np.cumsum(_poisson(mean, MOST_LOST))[1:]
    return 1 + int((more <= rare).argmax()) if more[-1] <= rare else MOST_LOST


def _poisson(mean: float, most: int) -> Array:
    """P(0), ..., P(most) of a Poisson number."""
    number = np.arange(most + 1)
    return np.asarray(np.exp(number * np.log(max(mean, 1e-300)) - mean - gammaln(number + 1)))
