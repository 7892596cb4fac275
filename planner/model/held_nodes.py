"""Nodes held: what a plan takes of each channel, over the periods of its offers.

held[c,t] = sum_{o of c: first[o] <= t <= last[o]} increment[o] * acquire[o]                      nodes
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets


def held_nodes(sets: Sets, acquire: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Nodes held of each channel where acquire[offer] increments are taken, shape [channel, period]."""
    nodes = np.zeros((len(sets.channels), sets.periods))
    taken = acquire * sets.offer_increment
    short = sets.first == sets.last
    np.add.at(nodes, (sets.offer_channel[short], sets.first[short]), taken[short])
    for offer in np.flatnonzero(~short & (taken != 0)).tolist():
        nodes[sets.offer_channel[offer], sets.first[offer] : sets.last[offer] + 1] += taken[offer]
    return nodes
