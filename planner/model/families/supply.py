"""Supply: what a channel can deliver in a week.

    increment[c] * sum_{o of c: week(first[o]) = k} acquire[o] <= supply[c] * weeks_told[k]        all c, k

nodes. A week is 168 hours from the start of a block; where a block tells a longer stage, its weeks count.
Dual: USD per further node delivered in that week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.sets import Sets


def applies(sets: Sets) -> bool:
    """Where a channel has a weekly supply."""
    return any(channel.maximum_new_nodes_per_week is not None for channel in sets.channels)


def rows(sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """One row per such channel and week in which an offer begins."""
    week, told = sets.timeline.week, sets.timeline.weeks_told
    for place, channel in enumerate(sets.channels):
        if channel.maximum_new_nodes_per_week is None:
            continue
        offers = np.arange(channel.offers.start, channel.offers.stop)
        begins = sets.first[offers]
        for number in np.unique(week[begins]).tolist():
            inside = offers[week[begins] == number]
            limit = channel.maximum_new_nodes_per_week * float(told[sets.first[inside[0]]])
            taken = [(variables.acquire[offer], float(channel.increment_nodes)) for offer in inside.tolist()]
            yield f"supply_{place}_{number}", affine(taken) <= limit
