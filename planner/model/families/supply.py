"""Supply: what a channel can deliver of one offer, and in a week.

    increment[c] * acquire[o] <= new[c]                                                          all c, o of c
    increment[c] * sum_{o of c: week(first[o]) = k} acquire[o] <= supply[c] * weeks_represented[k]        all c, k

nodes. A week is 168 hours from the start of a block; where a block represents a longer stage, its weeks count.
Dual: USD per further node delivered in that week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.relaxable import RelaxableLimit, node_usd, rows_of
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row

AUDITED_BY = ("supply",)


def applies(sets: Sets) -> bool:
    """Where a channel's supply is limited."""
    return any(
        channel.maximum_new_nodes is not None or channel.maximum_new_nodes_per_week is not None
        for channel in sets.channels
    )


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on nodes taken, no part of the cost")


def relaxable(sets: Sets) -> Iterator[RelaxableLimit]:
    """Limits that a user can move."""
    for place, channel in enumerate(sets.channels):
        key, useful = f"fleet.{channel.label(sets)}", float(sets.node_limit[channel.hardware])
        if channel.maximum_new_nodes is not None:
            offers = range(channel.offers.start, channel.offers.stop)
            yield RelaxableLimit(
                key=f"{key}.max_new_nodes",
                unit="nodes",
                limit=channel.maximum_new_nodes,
                rows=rows_of("offer", ((offer,) for offer in offers)),
                most=useful,
                whole=True,
                usd=node_usd(sets, place),
            )
        if channel.maximum_new_nodes_per_week is not None:
            yield RelaxableLimit(
                key=f"{key}.max_new_nodes_per_week",
                unit="nodes a week",
                limit=channel.maximum_new_nodes_per_week,
                rows={("", (place, number)): -weeks for number, _, weeks in weeks_of(sets, place)},
                most=useful,
                whole=True,
                usd=node_usd(sets, place),
            )


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per limited offer, and one per channel and week in which an offer begins."""
    for place, channel in enumerate(sets.channels):
        increment = float(channel.increment_nodes)
        if channel.maximum_new_nodes is not None:
            for offer in range(channel.offers.start, channel.offers.stop):
                row = affine([(variables["acquire"][offer,], increment)]) <= channel.maximum_new_nodes
                yield "offer", (offer,), row
        if channel.maximum_new_nodes_per_week is not None:
            for number, offers, weeks in weeks_of(sets, place):
                taken = [(variables["acquire"][offer,], increment) for offer in offers]
                yield "", (place, number), affine(taken) <= channel.maximum_new_nodes_per_week * weeks


def weeks_of(sets: Sets, channel: int) -> Iterator[tuple[int, list[int], float]]:
    """Weeks in which offers of a channel begin: number, those offers, and how many weeks the week represents."""
    span = sets.channels[channel].offers
    offers = np.arange(span.start, span.stop)
    week = sets.timeline.week[sets.first[offers]]
    for number in np.unique(week).tolist():
        inside = offers[week == number].tolist()
        yield number, inside, float(sets.timeline.weeks_represented[sets.first[inside[0]]])
