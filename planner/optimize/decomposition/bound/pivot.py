"""The pivot of an hour: the hardware whose options are not listed but looked up, to complete those of all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.frontier import Frontier
    from planner.optimize.decomposition.bound.labels import Labels
    from planner.optimize.decomposition.parameters import BoundParameters


class PivotLookup:
    """The pivot's side of the search: for every label the fewest pivot nodes that complete it."""

    def __init__(
        self,
        frontiers: tuple[Frontier, ...],
        pivot: int,
        curve: NDArray[np.float64],
        shift: NDArray[np.float64],
        labels: Labels,
        parameters: BoundParameters,
    ) -> None:
        """The pivot costs curve[nodes] and shift[role] for each of them; `labels` combine all other hardware."""
        self.frontiers, self.frontier, self.parameters = frontiers, frontiers[pivot], parameters
        self.others = [hardware for hardware in range(len(frontiers)) if hardware != pivot]
        self.pivot, self.curve, self.shift, self.labels = pivot, curve, shift, labels

    def search(
        self,
        demand: NDArray[np.float64],
        least: tuple[NDArray[np.float64], float],
        todo: NDArray[np.int64],
        best: NDArray[np.float64],
        nodes: NDArray[np.int64] | None,
    ) -> None:
        """Lower `best` of the groups in `todo`; labels are taken by reduced cost until none can be better.

        A label costs at least the Lagrangian bound and its reduced cost, and at least the floor: both are in
        `least`.
        """
        at, active = 0, todo
        lagrangian, floor = least
        while len(active) and at < len(self.labels):
            step = self._step(len(active), first=at == 0)
            chunk = slice(at, at + step)
            first = self.frontier.inverse[0](demand[0, active, None] - self.labels.able0[chunk])
            second = self.frontier.inverse[1](demand[1, active, None] - self.labels.able1[chunk])
            cost = self.labels.cost[chunk] + self.curve[first + second]
            if self.shift.any():
                cost = cost + self.shift[0] * first + self.shift[1] * second
            label = cost.argmin(axis=1)
            found = cost[np.arange(len(active)), label]
            better = np.flatnonzero(found < best[active])
            best[active[better]] = found[better]
            if nodes is not None and len(better):
                self._record(nodes, active[better], label[better] + at)
                nodes[self.pivot, 0, active[better]] = first[better, label[better]]
                nodes[self.pivot, 1, active[better]] = second[better, label[better]]
            at += step
            if at < len(self.labels):
                active = active[
                    best[active] > np.maximum(lagrangian[active] + self.labels.reduced_cost[at], floor)
                ]

    def _step(self, active: int, first: bool) -> int:
        """Labels to look up at once for so many groups; few at first, since most groups need no more."""
        known = self.parameters
        most = known.lookup_cells // active
        return max(known.lookup_fewest_labels, min(known.lookup_first_labels, most) if first else most)

    def _record(self, nodes: NDArray[np.int64], groups: NDArray[np.int64], label: NDArray[np.int64]) -> None:
        for place, hardware in enumerate(self.others):
            option = self.labels.picked[place, label]
            nodes[hardware, 0, groups] = self.frontiers[hardware].first[option]
            nodes[hardware, 1, groups] = self.frontiers[hardware].second[option]
