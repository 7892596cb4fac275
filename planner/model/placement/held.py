"""Nodes held of one hardware by what their channels sell: what there is to place units on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain
from planner.model.settle import nodes_lent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.values import Values


def held_by_kind(sets: Sets, values: Values, held: NDArray[np.float64], hardware: int) -> NDArray[np.int64]:
    """Domains, nodes sold one by one, and nodes lent, shape [kind, period]; `held` nodes [channel, period]."""
    found = np.zeros((3, sets.periods))
    for channel in channels_of_grain(sets, hardware, Grain.DOMAIN):
        found[0] += held[channel] / sets.nodes_per_domain[hardware]
    for channel in channels_of_grain(sets, hardware, Grain.NODE):
        found[1] += held[channel]
    found[2] = nodes_lent(sets, values, hardware)
    return np.rint(found).astype(np.int64)


def parts_by_gpu(sets: Sets, held: NDArray[np.float64], hardware: int) -> dict[int, NDArray[np.int64]]:
    """Parts of nodes of each channel that sells GPUs, shape [period]; `held` nodes [channel, period]."""
    return {
        channel: np.rint(held[channel] * int(sets.parts[hardware])).astype(np.int64)
        for channel in channels_of_grain(sets, hardware, Grain.GPU)
    }


def channels_of_grain(sets: Sets, hardware: int, grain: Grain) -> list[int]:
    """Channels of a hardware that sell so."""
    return [
        place
        for place, channel in enumerate(sets.channels)
        if channel.hardware == hardware and channel.grain is grain
    ]
