"""Procurement: what a channel holds at any time stays within its limits.

    minimum[c] <= held[c,t] <= maximum[c]                 all t, channels that need rows
    minimum[c] <= 0                                       t in which no offer of c holds

nodes. Channels whose offers never overlap, and hold in every period, have these limits as bounds of `acquire`
where whole increments fit between them. A channel that must hold nodes in a period for which it offers none
makes the question infeasible. Dual: USD per further node that the channel would supply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.sets import Sets


def applies(sets: Sets) -> bool:
    """Where a limit of a channel is not a bound of its offers."""
    return any(sets.limited_by_rows)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on nodes held, no part of the cost")


def rows(sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """Up to two rows per period of a channel that needs them."""
    for place, channel in enumerate(sets.channels):
        if not sets.limited_by_rows[place]:
            continue
        for period in range(sets.periods):
            held = variables.held(sets, place, period)
            if channel.maximum_nodes is not None and held:
                yield f"procurement_max_{place}_{period}", affine(held) <= channel.maximum_nodes
            if channel.minimum_nodes > 0:
                yield f"procurement_min_{place}_{period}", affine(held) >= channel.minimum_nodes
