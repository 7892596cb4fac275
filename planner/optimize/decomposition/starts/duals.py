"""Prices that bounds are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class StartDuals:
    """Dual prices: sigma[unit, period] USD of one start, and node[..., period] USD of one node."""

    sigma: NDArray[np.float64]
    node: NDArray[np.float64]

    def towards(self, other: Self, share: float) -> Self:
        """A share of the way to others of the same kind."""
        sigma = self.sigma + share * (other.sigma - self.sigma)
        return replace(self, sigma=sigma, node=self.node + share * (other.node - self.node))


class HardwareDuals(StartDuals):
    """With node[hardware, period] USD of one node in use."""


class PoolDuals(StartDuals):
    """With node[pool, period] USD of one node beyond the lower corner."""

    def unit_cost(self, following: NDArray[np.int64]) -> NDArray[np.float64]:
        """What units cost by their starts alone, cost[unit, period]."""
        return unit_cost(self.sigma, following)


def following_of(structure: Structure) -> NDArray[np.int64]:
    """The period after each, -1 where there is none."""
    following = np.full(structure.periods, -1, dtype=np.int64)
    before = structure.previous
    following[before[before >= 0]] = np.flatnonzero(before >= 0)
    return following


def unit_cost(sigma: NDArray[np.float64], following: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cost of a unit by its starts, cost[unit, period] = sigma[unit, period] - sigma[unit, following period].

    It follows from sum_t sigma[t] (x[t] - x[t-1]).
    """
    after = np.where(following >= 0, sigma[:, following], 0.0)
    return np.asarray(sigma - after)
