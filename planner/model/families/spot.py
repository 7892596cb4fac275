"""Spot: when a spot channel loses many nodes at once, enough of the nodes in use, or lent, remain.

    kept[c] * (sum_{u on h} nodes[u] * on[u,t] + sum_{l of h} lent[l,t])
        <= sum_{c' of h, c' != c} serving[c',t] + (1 - lost[c]) * serving[c,t]        all c with a scenario, t
    serving[c,t] = available_share[c] * held[c,t]

nodes. Dual: USD per further node that must survive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.families.fleet import in_use
from planner.model.families.lending import lent_of
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row

AUDITED_BY = ("spot losses",)


def applies(sets: Sets) -> bool:
    """Where a channel has a scenario of loss."""
    return any(channel.loss is not None for channel in sets.channels)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on nodes in use, no part of the cost")


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per channel with a scenario and period."""
    for place, channel in enumerate(sets.channels):
        if channel.loss is None:
            continue
        for period in range(sets.periods):
            used = [*in_use(sets, variables, channel.hardware, period)]
            used += lent_of(sets, variables, channel.hardware, period)
            terms = [(variable, nodes * channel.loss.kept_share) for variable, nodes in used]
            for other in sets.channels_of(channel.hardware):
                left = 1.0 - channel.loss.lost_share if other == place else 1.0
                serving = variables.serving(sets, other, period)
                terms.extend((variable, -left * nodes) for variable, nodes in serving)
            yield "", (place, period), affine(terms) <= 0
