"""The offers by which a fleet is held whose pools are spans of periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.optimize.decomposition.problem.node_pools import NodePool
    from planner.optimize.decomposition.problem.structure import Structure


def acquired(sets: Sets, structure: Structure, fleet: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Increments by offer that hold fleet[pool] at least, the cheapest; None where limits of channels forbid it."""
    acquire, spanned = np.zeros(len(sets.first), dtype=np.int64), list[tuple["NodePool", int]]()
    for pool, nodes in zip(structure.pools, fleet.tolist(), strict=True):
        if not pool.throughout:
            spanned.append((pool, nodes))
            continue
        for offer, increments in pool.taken(nodes).items():
            acquire[offer] += increments
    if not spanned:
        return acquire
    held = _cheapest(sets, spanned)
    return None if held is None else acquire + held


def _cheapest(sets: Sets, spanned: list[tuple[NodePool, int]]) -> NDArray[np.int64] | None:
    """Offers that cover the nodes of every span, by an integer program with a column an offer."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    channels = sorted({place for pool, _ in spanned for place in _channels(sets, pool)})
    offers = np.flatnonzero(np.isin(sets.offer_channel, channels))
    rows, least, most = zip(*_limits(sets, spanned, channels, offers), strict=True)
    found = milp(
        sets.offer_price[offers],
        integrality=np.ones(len(offers), dtype=np.int64),
        bounds=Bounds(0.0, sets.acquire_most[offers].astype(np.float64)),
        constraints=LinearConstraint(np.array(rows), np.array(least), np.array(most)),
    )
    if found.x is None:
        return None
    acquire = np.zeros(len(sets.first), dtype=np.int64)
    acquire[offers] = np.rint(found.x).astype(np.int64)
    return acquire


def _limits(
    sets: Sets, spanned: list[tuple[NodePool, int]], channels: list[int], offers: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.float64], float, float]]:
    """Increments by offer: what every span holds, in parts of nodes, and what channels may hold, in increments."""
    for pool, nodes in spanned:
        period = int(np.flatnonzero(np.isfinite(pool.running))[0])
        inside = (sets.first[offers] <= period) & (sets.last[offers] >= period)
        parts = sets.offer_increment[offers] * int(sets.parts[pool.hardware])
        mine = inside & np.isin(sets.offer_channel[offers], _channels(sets, pool))
        yield np.where(mine, parts, 0.0), float(nodes), np.inf
        for place in channels:
            if np.isfinite(sets.channels[place].most_increments):
                held = inside & (sets.offer_channel[offers] == place)
                yield held.astype(np.float64), -np.inf, float(sets.channels[place].most_increments)


def _channels(sets: Sets, pool: NodePool) -> list[int]:
    return sorted({int(place) for place in sets.offer_channel[pool.offer]})


def span_running(sets: Sets, structure: Structure, hardware: int) -> dict[int, NDArray[np.float64]]:
    """What a part of a node in use costs of each channel whose nodes are held over spans, inf where there is none."""
    running: dict[int, NDArray[np.float64]] = {}
    for pool in structure.pools:
        if pool.hardware == hardware and not pool.throughout:
            for place in _channels(sets, pool):
                running[place] = np.minimum(running.get(place, pool.running), pool.running)
    return running
