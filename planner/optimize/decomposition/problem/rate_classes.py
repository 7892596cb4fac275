"""Periods in which units do about as much as in others are taken together: tables of what nodes do are made per class.

What a unit does in an hour depends on that hour's headroom and on what must stand in for failures. A row may be
divided by any number: with able[u,t] / f[r,t] for the units u of a role r, where f is the largest able[u,t] / max_t
able[u,t] among them, most of what varies is in the demand instead, exactly. What is left is rounded within a class of
periods, up for bounds (units do no less than they can) and down for plans.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.tolerances import ALIKE_RATES, SMALLEST

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RateClasses:
    """Class of[period], and most[unit, class] and sure[unit, class] what units do in any and in every
    period of a class, in tokens/s of the demand as it was scaled.
    """

    of: NDArray[np.int64]
    most: NDArray[np.float64]
    sure: NDArray[np.float64]

    @property
    def count(self) -> int:
        """Number of classes."""
        return int(self.most.shape[1])

    def of_plans(self) -> RateClasses:
        """The same with what units surely do in place of what they do at most."""
        return RateClasses(self.of, self.sure, self.sure)

    def run(self, periods: NDArray[np.int64]) -> RateClasses:
        """The same for some of the periods."""
        return RateClasses(self.of[periods], self.most, self.sure)


def scale_of(able: NDArray[np.float64], role: NDArray[np.int64], roles: int) -> NDArray[np.float64]:
    """What the rows of each role are divided by, shape [role, period], 1 where able[unit, period] is constant."""
    share = _share(able)
    scale = np.ones((roles, able.shape[1]))
    for place in range(roles):
        mine = role == place
        if mine.any():
            largest = share[mine].max(axis=0)
            scale[place] = np.where(largest > 0, largest, 1.0)
    return scale


def rate_classes(
    able: NDArray[np.float64], sure: NDArray[np.float64], weight: NDArray[np.float64], most: int
) -> RateClasses:
    """Classes of the periods of able[unit, period] and sure[unit, period], no more than `most`; weight[unit]."""
    share = np.vstack([_share(able) * weight[:, None], _share(sure) * weight[:, None]])
    heap: list[tuple[float, int, NDArray[np.int64]]] = []

    def push(members: NDArray[np.int64], serial: int) -> None:
        inside = share[:, members]
        loss = (inside.max(axis=1, keepdims=True) - inside).sum()
        heapq.heappush(heap, (-float(loss), serial, members))

    push(np.arange(able.shape[1]), 0)
    serial = 1
    while len(heap) < most and -heap[0][0] > ALIKE_RATES * able.shape[1]:
        _, _, members = heapq.heappop(heap)
        inside = share[:, members]
        line = inside[int(np.ptp(inside, axis=1).argmax())]
        middle = (line.min() + line.max()) / 2
        push(members[line <= middle], serial)
        push(members[line > middle], serial + 1)
        serial += 2
    of = np.empty(able.shape[1], dtype=np.int64)
    classes = sorted((members for _, _, members in heap), key=lambda members: int(members[0]))
    for place, members in enumerate(classes):
        of[members] = place
    return RateClasses(
        of,
        np.array([able[:, members].max(axis=1) for members in classes]).T,
        np.array([sure[:, members].min(axis=1) for members in classes]).T,
    )


def _share(able: NDArray[np.float64]) -> NDArray[np.float64]:
    """What units do as a share of the most that they do in any period."""
    return np.asarray(able / np.maximum(able.max(axis=1, keepdims=True), SMALLEST))


def weight_of(
    able: NDArray[np.float64],
    nodes: NDArray[np.int64],
    hardware: NDArray[np.int64],
    role: NDArray[np.int64],
    power: float,
) -> NDArray[np.float64]:
    """How much it matters what a unit does, from 0 to 1 for the best of its hardware and role, shape [unit]."""
    efficiency = able.mean(axis=1) / nodes
    weight = np.zeros(len(efficiency))
    for kind in set(zip(hardware.tolist(), role.tolist(), strict=True)):
        mine = (hardware == kind[0]) & (role == kind[1]) & (role >= 0)
        best = efficiency[mine].max(initial=0.0)
        if best > 0:
            weight[mine] = (efficiency[mine] / best) ** power
    return weight
