"""Procurement: what a channel holds at any time stays within its limits.

    minimum[c] <= held[c,t] <= maximum[c]                 all t, channels whose offers overlap

nodes. Channels whose offers never overlap have these limits as bounds of `acquire`. Dual: USD per further
node that the channel would supply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.sets import Sets


def applies(sets: Sets) -> bool:
    """Where a channel with overlapping offers has a limit."""
    return any(channel.overlap for channel in sets.channels)


def rows(sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """Up to two rows per overlapping channel and period."""
    for place, channel in enumerate(sets.channels):
        if not channel.overlap:
            continue
        for period in range(sets.periods):
            held = variables.held(sets, place, period)
            if not held:
                continue
            if channel.maximum_nodes is not None:
                yield f"procurement_max_{place}_{period}", affine(held) <= channel.maximum_nodes
            if channel.minimum_nodes > 0:
                yield f"procurement_min_{place}_{period}", affine(held) >= channel.minimum_nodes
