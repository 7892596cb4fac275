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

from planner.model.axes import PERIOD, UNIT
from planner.model.decision import DecisionVariable, Domain, domain, everywhere
from planner.model.relaxable import RelaxableLimit, every_period, rows_of
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.change import ChangeSet
    from planner.model.sets import Sets
    from planner.model.variables import Row


def _joining(sets: Sets) -> Domain:
    return _moving(sets, sets.nodes[:, None] * sets.on_limit)


def _leaving(sets: Sets) -> Domain:
    return _moving(sets, np.zeros(sets.on_limit.shape) if sets.change is None else sets.change.earlier)


def _moving(sets: Sets, most: NDArray[np.float64]) -> Domain:
    """Of every pool and period, at most all nodes that it can have, or had: more is never of use."""
    if sets.change is None or not np.isfinite(sets.change.most_nodes):
        return domain((), 2)
    return domain(everywhere(most.shape), 2, upper=most.ravel())


def _changing(sets: Sets) -> Domain:
    limited = sets.change is not None and np.isfinite(sets.change.most_pools)
    return domain(everywhere((len(sets.units),)) if limited else (), 1, upper=1)


VARIABLES = (
    DecisionVariable("joining", (UNIT, PERIOD), _joining, "nodes", "join a pool against the earlier plan"),
    DecisionVariable("leaving", (UNIT, PERIOD), _leaving, "nodes", "leave a pool against the earlier plan"),
    DecisionVariable(
        "changed",
        (UNIT,),
        _changing,
        "0 or 1",
        "whether a pool has another size than in the earlier plan",
        whole=True,
    ),
)

AUDITED_BY = ("change",)


def applies(sets: Sets) -> bool:
    """Where change against an earlier plan is limited."""
    return sets.change is not None


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on units that run, no part of the cost")


def relaxable(sets: Sets) -> Iterator[RelaxableLimit]:
    """Limits that a user can move."""
    change = sets.change
    if change is not None and np.isfinite(change.most_nodes):
        yield RelaxableLimit(
            key="limits.change.max_nodes_moved",
            unit="nodes",
            limit=change.most_nodes,
            rows=every_period(sets, "joining") | every_period(sets, "leaving"),
            most=float(sets.node_limit.sum() + change.earlier.sum(axis=0).max() + change.gone.max()),
            whole=True,
            by_period=True,
        )
    if change is not None and np.isfinite(change.most_pools):
        yield RelaxableLimit(
            key="limits.change.max_pools_changed",
            unit="pools",
            limit=change.most_pools,
            rows=rows_of("pools", [()]),
            most=float(len(sets.units) + change.gone_pools),
            whole=True,
        )


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows per pool and period, per period, and one for the pools."""
    change = sets.change
    assert change is not None
    if np.isfinite(change.most_nodes):
        yield from _moved_rows(sets, variables, change)
    if np.isfinite(change.most_pools):
        yield from _pool_rows(sets, variables, change)


def _moved_rows(sets: Sets, variables: Variables, change: ChangeSet) -> Iterator[Row]:
    joining, leaving = variables["joining"], variables["leaving"]
    for unit, period in np.ndindex(*change.earlier.shape):
        on, earlier = (
            (variables["on"][unit, period], float(sets.nodes[unit])),
            float(change.earlier[unit, period]),
        )
        more, less = joining[unit, period], leaving[unit, period]
        yield "join", (unit, period), affine([(more, 1.0), (on[0], -on[1])]) >= -earlier
        yield "leave", (unit, period), affine([(less, 1.0), on]) >= earlier
    units = range(len(sets.units))
    for period in range(sets.periods):
        joined = affine((joining[unit, period], 1.0) for unit in units)
        left = affine((leaving[unit, period], 1.0) for unit in units)
        yield "joining", (period,), joined <= change.most_nodes
        yield "leaving", (period,), left <= change.most_nodes - float(change.gone[period])


def _pool_rows(sets: Sets, variables: Variables, change: ChangeSet) -> Iterator[Row]:
    changed = variables["changed"]
    for unit, period in np.ndindex(*change.earlier.shape):
        on, nodes = variables["on"][unit, period], float(sets.nodes[unit])
        earlier = float(change.earlier[unit, period])
        room = max(0.0, nodes * float(sets.on_limit[unit, period]) - earlier)
        yield "grow", (unit, period), affine([(on, nodes), (changed[unit,], -room)]) <= earlier
        shrink = affine([(on, -nodes), (changed[unit,], -earlier)])
        yield "shrink", (unit, period), shrink <= -earlier
    pools = affine((variable, 1.0) for variable in changed.values())
    yield "pools", (), pools <= change.most_pools - change.gone_pools
