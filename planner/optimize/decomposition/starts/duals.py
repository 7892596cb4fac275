"""Prices that bounds are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class Duals:
    """Dual prices: sigma[unit, period] USD of one start, nu[hardware, period] USD of one node in use."""

    sigma: NDArray[np.float64]
    nu: NDArray[np.float64]

    def towards(self, other: Duals, share: float) -> Duals:
        """A share of the way to others."""
        return Duals(self.sigma + share * (other.sigma - self.sigma), self.nu + share * (other.nu - self.nu))


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
