"""What is lost of groups of nodes with a given chance: quantiles of sums of losses, never too large.

Of y[g] nodes in a group each is lost by itself with a chance q[g], and takes v[g] with it:

    Q(y, missing) = the least s with  P( sum_g v[g] Binomial(y[g], q[g]) > s ) <= missing

It never falls in y. More losses at once than `most_losses` are so rare that they count as none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]

MOST_LOST = 12
LEFT_OUT = 0.01
"""Of what may be missed, what cases that are not looked at make up at most."""
CHANCE_ROUNDING = 2e-9


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
        cases = cases_of(len(self.down), most)
        size = cases @ self.loss
        order = np.argsort(size, kind="stable")
        cases, size = cases[order], size[order]
        chance = np.repeat(np.exp(nodes @ np.log1p(-self.down))[:, None], len(cases), axis=1)
        for group, odds in enumerate((self.down / (1.0 - self.down)).tolist()):
            chance *= _ways(nodes[:, group], odds, most)[:, cases[:, group]]
        reached = np.cumsum(chance, axis=1)
        reached += 1.0 - reached[:, -1:]
        asked = 1.0 - missing - CHANCE_ROUNDING
        return np.array([size[np.searchsorted(one, asked)] for one in reached])


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
