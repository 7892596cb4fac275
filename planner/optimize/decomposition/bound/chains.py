"""Runs of periods in time, as `previous` of the structure ties them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.tolerances import NOTHING

if TYPE_CHECKING:
    from planner.optimize.decomposition.problem.structure import Structure


def chains_of(structure: Structure) -> list[tuple[list[int], bool]]:
    """Runs of periods in time.

    True where the first follows the last, turned so that it begins in a trough.
    """
    previous = structure.previous
    following = {int(before): period for period, before in enumerate(previous.tolist()) if before >= 0}
    left = set(range(structure.periods))
    chains = []
    for first in np.flatnonzero(previous < 0).tolist():
        chain = _walk(first, following, left)
        chains.append((chain, False))
    load = structure.demand / np.maximum(structure.demand.max(axis=1, keepdims=True), NOTHING)
    while left:
        ring = _walk(min(left), following, left)
        low = int(np.argmin(load[:, ring].sum(axis=0)))
        chains.append((ring[low:] + ring[:low], True))
    return chains


def _walk(first: int, following: dict[int, int], left: set[int]) -> list[int]:
    chain = []
    period: int | None = first
    while period is not None and period in left:
        left.discard(period)
        chain.append(period)
        period = following.get(period)
    return chain
