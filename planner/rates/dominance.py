"""Dominated options: a unit that another of the same hardware beats in every respect is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.rates.rates import Unit


def drop_dominated(
    units: list[Unit], rate: NDArray[np.float64], earning: frozenset[str] = frozenset()
) -> tuple[list[int], dict[int, str]]:
    """Positions to keep, and the reason for each one dropped.

    A unit is dominated when another on the same hardware, which keeps the time of the same links, has no more nodes
    (on hardware where nodes in use are `earning`, as many), no dearer start and no lower rate for any work, need not
    lie in a domain unless this one must, and need not answer what it reads unless this one must. Of two equal units the
    first stays. `rate` has shape [unit, work], or a column for every work and period where headroom makes the rate
    depend on the hour.
    """
    at = [(unit.hardware, unit.over) for unit in units]
    where = np.array([at.index(one) for one in at], dtype=np.int64)
    nodes = np.array([unit.nodes for unit in units])
    start = np.array([unit.start_usd for unit in units])
    together = np.array([unit.needs_domain for unit in units], dtype=bool)
    both = np.array([unit.role is Role.COLOCATED for unit in units], dtype=bool)
    dropped: dict[int, str] = {}
    for index, unit in enumerate(units):
        no_worse = (
            (where == where[index])
            & (nodes == unit.nodes if unit.hardware in earning else nodes <= unit.nodes)
            & (start <= unit.start_usd)
            & (~together | unit.needs_domain)
            & (~both | (unit.role is Role.COLOCATED))
            & (rate >= rate[index]).all(axis=1)
        )
        same = (
            no_worse & (nodes == unit.nodes) & (start == unit.start_usd) & (rate == rate[index]).all(axis=1)
        )
        no_worse &= ~same | (np.arange(len(units)) < index)
        if no_worse.any():
            better = units[int(np.flatnonzero(no_worse)[0])]
            dropped[index] = (
                f"dominated by {better.name}: no more nodes, no lower rate, no more expensive start"
            )
    return [index for index in range(len(units)) if index not in dropped], dropped
