"""Change: a plan departs only so far from an earlier one.

    joining[u,t] >= nodes[u] * on[u,t] - earlier[u,t],   sum_u joining[u,t] <= most nodes             all t
    leaving[u,t] >= earlier[u,t] - nodes[u] * on[u,t],   gone[t] + sum_u leaving[u,t] <= most nodes   all t
    nodes[u] * on[u,t] - earlier[u,t] <= room[u,t] * changed[u]                                    all u, t
    earlier[u,t] - nodes[u] * on[u,t] <= earlier[u,t] * changed[u]                                 all u, t
    gone pools + sum_u changed[u] <= most pools

nodes, pools; room[u,t] is the most by which a pool can grow. Dual: USD per further node that may move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.change import ChangeSet
    from planner.model.sets import Sets

    Row = tuple[str, pulp.LpConstraint]


def applies(sets: Sets) -> bool:
    """Where change against an earlier plan is limited."""
    return sets.change is not None


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on units that run, no part of the cost")


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows per pool and period, per period, and one for the pools."""
    change = sets.change
    assert change is not None
    if np.isfinite(change.most_nodes):
        yield from _moved_rows(sets, variables, change)
    if np.isfinite(change.most_pools):
        yield from _pool_rows(sets, variables, change)


def _moved_rows(sets: Sets, variables: Variables, change: ChangeSet) -> Iterator[Row]:
    joining, leaving = variables.market["joining"], variables.market["leaving"]
    for unit, period in np.ndindex(*change.earlier.shape):
        on, earlier = (
            (variables.on[unit][period], float(sets.nodes[unit])),
            float(change.earlier[unit, period]),
        )
        more, less = joining[unit, period], leaving[unit, period]
        yield f"change_join_{unit}_{period}", affine([(more, 1.0), (on[0], -on[1])]) >= -earlier
        yield f"change_leave_{unit}_{period}", affine([(less, 1.0), on]) >= earlier
    units = range(len(sets.units))
    for period in range(sets.periods):
        joined = affine((joining[unit, period], 1.0) for unit in units)
        left = affine((leaving[unit, period], 1.0) for unit in units)
        yield f"change_joining_{period}", joined <= change.most_nodes
        yield f"change_leaving_{period}", left <= change.most_nodes - float(change.gone[period])


def _pool_rows(sets: Sets, variables: Variables, change: ChangeSet) -> Iterator[Row]:
    changed = variables.market["changed"]
    for unit, period in np.ndindex(*change.earlier.shape):
        on, nodes = variables.on[unit][period], float(sets.nodes[unit])
        earlier = float(change.earlier[unit, period])
        room = max(0.0, nodes * float(sets.on_limit[unit, period]) - earlier)
        yield f"change_grow_{unit}_{period}", affine([(on, nodes), (changed[unit,], -room)]) <= earlier
        shrink = affine([(on, -nodes), (changed[unit,], -earlier)])
        yield f"change_shrink_{unit}_{period}", shrink <= -earlier
    pools = affine((variable, 1.0) for variable in changed.values())
    yield "change_pools", pools <= change.most_pools - change.gone_pools
