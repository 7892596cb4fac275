"""Orders of what comes next: two binary heaps, and a tree of the least of many values that change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.verify.simulation.engine.compiled import compiled

if TYPE_CHECKING:
    from planner.verify.simulation.engine.world import Floats, Records


@compiled
def push(heap: Records, base: int, size: int, key: float, slot: int) -> None:
    """Put into the heap of `size` entries that begins at `base`."""
    here = size
    while here > 0:
        above = (here - 1) // 2
        entry = heap[base + above]
        if entry["key"] <= key:
            break
        heap[base + here]["key"], heap[base + here]["slot"] = entry["key"], entry["slot"]
        here = above
    heap[base + here]["key"], heap[base + here]["slot"] = key, slot


@compiled
def pop(heap: Records, base: int, size: int) -> int:
    """Take the request of the least key out of a heap of `size` entries."""
    found = heap[base]["slot"]
    key, slot = heap[base + size - 1]["key"], heap[base + size - 1]["slot"]
    here = 0
    while True:
        child = 2 * here + 1
        if child >= size - 1:
            break
        if child + 1 < size - 1 and heap[base + child + 1]["key"] < heap[base + child]["key"]:
            child += 1
        entry = heap[base + child]
        if entry["key"] >= key:
            break
        heap[base + here]["key"], heap[base + here]["slot"] = entry["key"], entry["slot"]
        here = child
    heap[base + here]["key"], heap[base + here]["slot"] = key, slot
    return int(found)


@compiled
def put_leaf(tree: Floats, leaf: int, value: float) -> None:
    """Set a leaf of a tree of minima; a tree of n leaves (a power of 2) has its root at 1 and leaves from n on."""
    here = len(tree) // 2 + leaf
    tree[here] = value
    here //= 2
    while here >= 1:
        least = min(tree[2 * here], tree[2 * here + 1])
        if tree[here] == least:
            break
        tree[here] = least
        here //= 2


@compiled
def least_leaf(tree: Floats) -> int:
    """The first leaf with the least value."""
    leaves = len(tree) // 2
    here = 1
    while here < leaves:
        here = 2 * here if tree[2 * here] <= tree[2 * here + 1] else 2 * here + 1
    return here - leaves
