"""Combinations of what several kinds of hardware do in one period, those near the best at given prices only.

Every option of a hardware has a cost, what it can do in both roles, and a reduced cost: by how much it misses the
best option of that hardware at the prices of the two roles. Reduced costs add up, so a combination whose reduced
cost is above a limit is above the Lagrangian bound by more than that limit and can be left out of a search for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.parameters import BoundParameters


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of label setting, with cost, able0, able1 and reduced_cost[label].

    The option of each hardware is picked[hardware, label] where it is tracked.
    """

    cost: NDArray[np.float64]
    able0: NDArray[np.float64]
    able1: NDArray[np.float64]
    reduced_cost: NDArray[np.float64]
    picked: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.cost)

    def take(self, which: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Labels:
        """Some of the labels."""
        return Labels(
            self.cost[which],
            self.able0[which],
            self.able1[which],
            self.reduced_cost[which],
            self.picked[:, which],
        )

    def by_reduced_cost(self) -> Labels:
        """Sorted, smallest reduced cost first."""
        return self.take(np.argsort(self.reduced_cost, kind="stable"))

    def without_dominated(self, parameters: BoundParameters) -> Labels:
        """Without most labels that cost no less and can do less in both roles than another one."""
        if len(self) < parameters.dominance_labels:
            return self
        fine = len(self) >= parameters.fine_dominance_labels
        bins = parameters.fine_dominance_bins if fine else parameters.dominance_bins
        return self.take(self.cost < _cheapest_above(self, bins))


def start_label(tracked: int) -> Labels:
    """The combination of nothing, with room to track so many hardware."""
    nothing = np.zeros(1)
    return Labels(nothing, nothing, nothing, nothing, np.zeros((tracked, 1), dtype=np.int32))


def _bins(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    low, high = values.min(), values.max()
    if high <= low:
        return np.zeros(len(values), dtype=np.int64)
    return np.asarray(np.minimum(((values - low) * (count / (high - low))).astype(np.int64), count - 1))


def _cheapest_above(labels: Labels, bins: int) -> NDArray[np.float64]:
    """Lowest cost among the labels of strictly higher bins in both roles."""
    side = bins + 1
    first, second = _bins(labels.able0, bins), _bins(labels.able1, bins)
    grid = np.full(side * side, np.inf)
    np.minimum.at(grid, first * side + second, labels.cost)
    table = grid.reshape(side, side)[::-1, ::-1]
    table = np.minimum.accumulate(np.minimum.accumulate(table, axis=0), axis=1)[::-1, ::-1]
    return np.asarray(table[first + 1, second + 1])


def limit_for(parts: list[Labels], limit: float, most: float, parameters: BoundParameters) -> float:
    """Largest limit on the reduced cost, up to `limit`, under which there are about `most` combinations."""
    if not parts:
        return limit  # nothing to combine: one combination, whatever the limit
    cells = parameters.limit_cells
    for _ in range(parameters.limit_zooms):
        count = np.ones(1)
        for part in parts:
            cell = np.minimum((part.reduced_cost * (cells / limit)).astype(np.int64), cells)
            count = np.convolve(count, np.bincount(cell, minlength=cells + 1)[:cells])[:cells]
        inside = int(np.searchsorted(count.cumsum(), most, side="right"))
        if inside >= cells:
            return limit
        if inside > 0:
            return limit * inside / cells
        limit /= cells
    return limit


def combined(
    parts: list[Labels], limit: float, most: int, track: bool, parameters: BoundParameters
) -> Labels | None:
    """All combinations up to a limit on the reduced cost, one option of each part; None where a step would make more
    than `most`.

    Parts are sorted by reduced cost. With `track` row i of `picked` is the option of part i.
    """
    labels = start_label(len(parts) if track else 0)
    for place in sorted(range(len(parts)), key=lambda index: len(parts[index])):
        part = parts[place].take(
            slice(0, int(np.searchsorted(parts[place].reduced_cost, limit, side="right")))
        )
        labels = labels.by_reduced_cost()
        swap = len(labels) < len(part)
        longer, shorter = (part, labels) if swap else (labels, part)
        cut = np.searchsorted(longer.reduced_cost, limit - shorter.reduced_cost, side="right")
        total = int(cut.sum())
        if total > most:
            return None
        at_shorter = np.repeat(np.arange(len(cut)), cut)
        at_longer = np.arange(total) - np.repeat(np.cumsum(cut) - cut, cut)
        mine, theirs = (at_shorter, at_longer) if swap else (at_longer, at_shorter)
        picked = labels.picked[:, mine]
        if track:
            picked[place] = part.picked[0, theirs]
        labels = Labels(
            labels.cost[mine] + part.cost[theirs],
            labels.able0[mine] + part.able0[theirs],
            labels.able1[mine] + part.able1[theirs],
            labels.reduced_cost[mine] + part.reduced_cost[theirs],
            picked,
        ).without_dominated(parameters)
    return labels.by_reduced_cost()
