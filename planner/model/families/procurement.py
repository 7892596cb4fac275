"""Procurement: what a channel holds at any time stays within its limits.

    minimum[c] <= held[c,t] <= maximum[c]                 all t, channels that need rows
    minimum[c] <= 0                                       t in which no offer of c holds

nodes. Channels whose offers never overlap, and hold in every period, have these limits as bounds of `acquire`
where whole increments fit between them. A channel that must hold nodes in a period for which it offers none
makes the question infeasible. Dual: USD per further node that the channel would supply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.relaxable import RelaxableLimit, every_period, least_nodes, node_usd
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row

AUDITED_BY = ("limits",)


def applies(sets: Sets) -> bool:
    """Where a limit of a channel is not a bound of its offers."""
    return any(sets.limited_by_rows)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on nodes held, no part of the cost")


def relaxable(sets: Sets) -> Iterator[RelaxableLimit]:
    """Limits that a user can move."""
    for place, channel in enumerate(sets.channels):
        key = f"fleet.{channel.label(sets)}"
        if channel.maximum_nodes is not None and channel.offers.stop > channel.offers.start:
            yield RelaxableLimit(
                key=f"{key}.{channel.maximum_key}",
                unit="nodes",
                limit=channel.maximum_nodes,
                rows=every_period(sets, "max", place),
                most=min(float(sets.node_limit[channel.hardware]), channel.raisable_nodes),
                whole=True,
                usd=node_usd(sets, place) or None,
                by_period=True,
            )
        if channel.minimum_nodes > 0:
            yield least_nodes(sets, key, channel.minimum_nodes, "min", place)


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Up to two rows per period of a channel that needs them."""
    for place, channel in enumerate(sets.channels):
        if not sets.limited_by_rows[place]:
            continue
        for period in range(sets.periods):
            held = variables.held(sets, place, period)
            if channel.maximum_nodes is not None and held:
                yield "max", (place, period), affine(held) <= channel.maximum_nodes
            if channel.minimum_nodes > 0:
                yield "min", (place, period), affine(held) >= channel.minimum_nodes
