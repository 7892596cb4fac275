"""Nodes held of one hardware by what their channels sell: what there is to place units on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain
from planner.model.held_nodes import held_nodes
from planner.model.settle import nodes_lent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.values import Values


def held_by_kind(sets: Sets, values: Values, hardware: int) -> NDArray[np.int64]:
    """Domains, nodes sold one by one, and nodes lent, shape [kind, period]."""
    held = np.zeros((3, sets.periods))
    for nodes in nodes_of_grain(sets, values, hardware, Grain.DOMAIN).values():
        held[0] += nodes / sets.nodes_per_domain[hardware]
    for nodes in nodes_of_grain(sets, values, hardware, Grain.NODE).values():
        held[1] += nodes
    held[2] = nodes_lent(sets, values, hardware)
    return np.rint(held).astype(np.int64)


def parts_by_gpu(sets: Sets, values: Values, hardware: int) -> dict[int, NDArray[np.int64]]:
    """Parts of nodes of each channel that sells GPUs, shape [period]."""
    return {
        channel: np.rint(nodes * int(sets.parts[hardware])).astype(np.int64)
        for channel, nodes in nodes_of_grain(sets, values, hardware, Grain.GPU).items()
    }


def nodes_of_grain(sets: Sets, values: Values, hardware: int, grain: Grain) -> dict[int, NDArray[np.float64]]:
    """Nodes held of each channel that sells so, shape [period]."""
    held = held_nodes(sets, values)
    return {
        place: held[place]
        for place, channel in enumerate(sets.channels)
        if channel.hardware == hardware and channel.grain is grain
    }
