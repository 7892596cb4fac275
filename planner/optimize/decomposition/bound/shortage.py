"""Whether the nodes of a range of fleets are too few, by arithmetic alone: what a claim of infeasibility rests on.

With S[h] nodes of each hardware in a group, of which one does at most best[h,r] in role r, the demands d[r] can be
met in part units if and only if for all weights a >= 0

    a[0] d[0] + a[1] d[1] <= sum_h S[h] max(a[0] best[h,0], a[1] best[h,1]).

The right side bends where a[0] best[h,0] = a[1] best[h,1] for some hardware, so those weights and the two of one role
alone are all that need looking at. Whole units do no more than parts of them. A node under units that do both[h,r] at
once adds a[0] both[h,0] + a[1] both[h,1] where that is more; weights at which this bends are not looked for, so that
what is said to be short is, and some that is goes unsaid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.both_roles import BOTH
from planner.optimize.decomposition.tolerances import SHORTAGE_SHARE, SMALLEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.time_aggregation import TimeAggregation
    from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
    from planner.optimize.decomposition.problem.structure import Structure


def best_rates(structure: Structure) -> NDArray[np.float64]:
    """The most that a node can do, tokens/s, shape [hardware, role, class of rates]; 0 where it can do nothing."""
    best = np.zeros((structure.hardware, 2, structure.rates.count))
    per_node = structure.rates.most / structure.unit_nodes[:, None]
    for role in (0, 1):
        mine = structure.unit_role == role
        np.maximum.at(best[:, role], structure.unit_hardware[mine], per_node[mine])
    return best


def best_of_both(structure: Structure) -> NDArray[np.float64]:
    """The most that a node under units of both roles does in each at once, of the same shape."""
    best = np.zeros((structure.hardware, 2, structure.rates.count))
    mine = structure.unit_role == BOTH
    for role, rate in enumerate((structure.rates.most, structure.both_rate)):
        each = rate[mine] / structure.unit_nodes[mine, None]
        np.maximum.at(best[:, role], structure.unit_hardware[mine], each)
    return best


@dataclass(frozen=True)
class UnservableGroup:
    """A group that a range of fleets cannot serve: weight[role] of its demands, and by how much they exceed all that
    the nodes can add to them.
    """

    group: int
    weight: tuple[float, float]
    surplus: float


def short(structure: Structure, aggregation: TimeAggregation, fleets: FleetBounds) -> bool:
    """Whether no fleet of a range can serve every group, whatever is hired beside it."""
    return shortage_of(structure, aggregation, fleets) is not None


def shortage_of(
    structure: Structure, aggregation: TimeAggregation, fleets: FleetBounds
) -> UnservableGroup | None:
    """A group that no fleet of a range can serve, None where there is none."""
    every, both = best_rates(structure), best_of_both(structure)
    nodes = np.zeros((structure.hardware, aggregation.count))
    for place, pool in enumerate(structure.pools):
        held = np.isfinite(aggregation.running[place, aggregation.profile])
        nodes[pool.hardware] += np.where(held, int(fleets.high[place]), 0)
    for place, hire in enumerate(structure.hires):
        nodes[hire.hardware] += np.where(
            np.isfinite(aggregation.hire[place, aggregation.profile]), hire.maximum, 0
        )
    for one in range(structure.rates.count):
        mine = np.flatnonzero(aggregation.rate_class == one)
        found = _shortage(every[:, :, one], both[:, :, one], aggregation.demand[:, mine], nodes[:, mine])
        if found is not None:
            return replace(found, group=int(mine[found.group]))
    return None


def _shortage(
    best: NDArray[np.float64],
    at_once: NDArray[np.float64],
    demand: NDArray[np.float64],
    nodes: NDArray[np.float64],
) -> UnservableGroup | None:
    """The same of groups of one class: best[hardware, role], demand[role, group], nodes[hardware, group], and what a
    node does in both roles at_once[hardware, role].
    """
    both = best[(best > 0).all(axis=1)]
    unit = 1.0 / np.maximum(np.maximum(best, at_once).max(axis=0), SMALLEST)  # weights of a like size
    for first, second in (unit * [1, 0], unit * [0, 1], *both[:, ::-1] / both.max(axis=1, keepdims=True)):
        needed = first * demand[0] + second * demand[1]
        able = np.maximum(first * best[:, 0], second * best[:, 1])
        able = np.maximum(able, first * at_once[:, 0] + second * at_once[:, 1]) @ nodes
        beyond = np.flatnonzero(needed > able * (1 + SHORTAGE_SHARE))
        if len(beyond):
            worst = int(beyond[np.argmax((needed - able)[beyond])])
            return UnservableGroup(worst, (float(first), float(second)), float(needed[worst] - able[worst]))
    return None
