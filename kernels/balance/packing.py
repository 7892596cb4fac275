"""Packing items into bins of equal capacity so that the fullest bin is as light as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kernels.arrays import Floats, Integers


def pack(weight: Floats, bins: int) -> Integers:
    """Bin of every item, [layers, items]; each bin takes items / bins of them.

    Longest processing time first: heaviest item to the lightest bin that has room (Graham, SIAM J.
    Appl. Math. 17(2), 1969), every layer at once; the loop runs over items.
    """
    layers, items = weight.shape
    order = np.argsort(-weight, axis=1, kind="stable")
    found = np.empty((layers, items), dtype=np.int64)
    load, count = np.zeros((layers, bins)), np.zeros((layers, bins), dtype=np.int64)
    row = np.arange(layers)
    for item in order.T:
        lightest = np.argmin(np.where(count < items // bins, load, np.inf), axis=1)
        found[row, item] = lightest
        load[row, lightest] += weight[row, item]
        count[row, lightest] += 1
    return found


def replicas(load: Floats, slots: int) -> Integers:
    """Copies of every expert, [layers, experts], at least one each and `slots` together.

    Each further copy goes to the expert whose copies carry most; that minimises the heaviest copy.
    """
    layers, experts = load.shape
    count = np.ones((layers, experts), dtype=np.int64)
    row = np.arange(layers)
    for _ in range(slots - experts):
        count[row, np.argmax(load / count, axis=1)] += 1
    return count


def spread(count: Integers) -> Integers:
    """The expert in every slot, [layers, slots], from copies per expert, in order of experts."""
    layers = len(count)
    ends = np.cumsum(count, axis=1)
    slot = np.arange(ends[0, -1])
    found: Integers = (slot[None, :, None] >= ends[:, None, :]).sum(axis=2).reshape(layers, -1)
    return found
