"""Failures as capacity: the chance that a unit is down, and the spares that make up for it.

A node alternates between serving and repair, each kind of failure f_i times a year for h_i hours:

    downtime odds = sum_i f_i h_i / 8760,     node unavailability = odds / (1 + odds)

A deployment unit of n nodes is lost whole with any one of them: 1 - (1 - node unavailability)^n. With n
units needed and k spares, each down independently with probability q,

    P(at least n up) = P(Binomial(n + k, q) <= k) = I_{1-q}(n, k + 1)          (incomplete beta function)

(R. E. Barlow and F. Proschan, Mathematical Theory of Reliability, 1965, chapter 5). Machines that one cause
takes together, as spot machines are, are no spares of each other: this does not cover them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

HOURS_PER_YEAR = 8760.0
MOST_SPARES = 100_000  # for no unit at all, and so many more for each unit that must be up:
MOST_SPARES_OF_A_UNIT = 50
UNREACHABLE = np.iinfo(np.int64).max // 4
"""Spares of a pool that no number of them keeps up for long enough; two such numbers can still be added."""


def node_unavailability(failures_per_node_year: ArrayLike, repair_hours: ArrayLike) -> NDArray[np.float64]:
    """Long-run share of time a node is down; kinds of failure lie along the last axis.

    A scalar or 0-dimensional argument is one kind. Raises ValueError for negative values.
    """
    failures, hours = np.broadcast_arrays(
        np.atleast_1d(np.asarray(failures_per_node_year, dtype=float)),
        np.atleast_1d(np.asarray(repair_hours, dtype=float)),
    )
    if np.any(failures < 0) or np.any(hours < 0):
        raise ValueError("failure rates and repair hours must be >= 0")
    odds = np.sum(failures * hours, axis=-1) / HOURS_PER_YEAR
    return np.asarray(odds / (1.0 + odds))


def unit_unavailability(nodes: ArrayLike, node: ArrayLike) -> NDArray[np.float64]:
    """Share of time a unit of `nodes` nodes is down when each is down a share `node` of the time."""
    with np.errstate(divide="ignore"):  # a node that is always down
        log_up = np.log1p(-np.asarray(node, dtype=float))
    return np.asarray(-np.expm1(np.asarray(nodes, dtype=float) * log_up))


def availability(units: ArrayLike, extra: ArrayLike, unavailability: ArrayLike) -> NDArray[np.float64]:
    """P(at least `units` of `units + extra` are up)."""
    needed = np.asarray(units, dtype=float)
    up = betainc(
        np.maximum(needed, 1.0), np.asarray(extra) + 1.0, 1.0 - np.asarray(unavailability, dtype=float)
    )
    return np.asarray(np.where(needed > 0, up, 1.0))


def spares(units: ArrayLike, unavailability: ArrayLike, target: ArrayLike) -> NDArray[np.int64]:
    """Fewest further units so that `units` are up for a share `target` of the time, or `UNREACHABLE`.

    Parameters
    ----------
    units
        Units that must be up, integers >= 0.
    unavailability
        Share of time one unit is down, in [0, 1].
    target
        Share of time, in (0, 1]; in double precision a share next to 1 is 1.

    Returns
    -------
    Array of the broadcast shape; `UNREACHABLE` where 100,000 spares and 50 for each unit are too few.

    Raises
    ------
    ValueError
        Outside these domains.
    """
    needed, down, wanted = np.broadcast_arrays(
        np.asarray(units, dtype=np.int64),
        np.asarray(unavailability, dtype=float),
        np.asarray(target, dtype=float),
    )
    if (
        np.any(needed < 0)
        or np.any(down < 0)
        or np.any(down > 1)
        or np.any(wanted <= 0)
        or np.any(wanted > 1)
    ):
        raise ValueError("spares need units >= 0, 0 <= unavailability <= 1 and 0 < target <= 1")
    most = MOST_SPARES + MOST_SPARES_OF_A_UNIT * needed
    low = np.full(needed.shape, -1, dtype=np.int64)
    high = np.zeros(needed.shape, dtype=np.int64)
    while np.any(short := (availability(needed, high, down) < wanted) & (high < most)):
        low, high = np.where(short, high, low), np.where(short, np.minimum(2 * high + 1, most), high)
    reached = availability(needed, high, down) >= wanted
    while np.any(high - low > 1):
        middle = np.where(high - low > 1, (low + high) // 2, high)
        enough = availability(needed, middle, down) >= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(reached, high, UNREACHABLE)


@dataclass(frozen=True)
class LinearSpares:
    """A line `fixed` + `per_unit` * units that is never below the spares needed for 1..`most` units."""

    fixed: float
    per_unit: float
    most: int


def linear_spares(most: int, unavailability: float, target: float) -> LinearSpares:
    """The line over `spares(1..most)` with the least sum of excess: an edge of their upper convex hull.

    A linear program may then ask for `fixed + per_unit * units` spares wherever the pool has a unit.
    Raises ValueError as `spares` does, where a pool has too few at any number, or when `most` < 1.
    """
    if most < 1:
        raise ValueError("most must be >= 1")
    units = np.arange(1, most + 1)
    needed = spares(units, unavailability, target)
    if needed.max() == UNREACHABLE:
        raise ValueError("no number of spares reaches the availability target")
    hull: list[int] = []
    for point in range(most):
        while len(hull) > 1 and _below(hull[-2], hull[-1], point, needed):
            hull.pop()
        hull.append(point)
    # the sum of a line's excess is its height at the mean of the units, so the edge over that mean is best
    centre = (most - 1) / 2.0
    right = next((place for place in range(1, len(hull)) if hull[place] >= centre), 0)
    if right == 0:
        return LinearSpares(fixed=float(needed[0]), per_unit=0.0, most=most)
    first, second = hull[right - 1], hull[right]
    slope = float(needed[second] - needed[first]) / (second - first)
    return LinearSpares(fixed=float(needed[first]) - slope * float(units[first]), per_unit=slope, most=most)


def _below(left: int, middle: int, right: int, height: NDArray[np.int64]) -> bool:
    """Whether the middle point is on or below the line between its neighbours."""
    rise = (height[middle] - height[left]) * (right - left)
    return bool(rise <= (height[right] - height[left]) * (middle - left))
