"""Small steps from one set of units to another that local searches try.

Nothing; a unit more; a unit less; a unit for another of its role.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class Moves:
    """All moves: step[move, unit], and the change of nodes[move, hardware] and of rate[move, role] in tokens/s.

    gained[move] and lost[move] are units; where there is none, their number: one beyond the last.
    """

    step: NDArray[np.int64]
    gained: NDArray[np.int64]
    lost: NDArray[np.int64]
    nodes: NDArray[np.int64]
    rate: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.step)


def moves_of(structure: Structure) -> Moves:
    """All moves of units that are of use, the one that does nothing first."""
    count = len(structure.unit_rate)
    nothing = np.array([count])
    units = np.flatnonzero(structure.unit_role >= 0)
    gained, lost = (side.ravel() for side in np.meshgrid(units, units, indexing="ij"))
    swaps = (gained != lost) & (structure.unit_role[gained] == structure.unit_role[lost])
    gained = np.concatenate([nothing, units, np.full(len(units), count), gained[swaps]])
    lost = np.concatenate([nothing, np.full(len(units), count), units, lost[swaps]])
    identity = np.vstack([np.eye(count, dtype=np.int64), np.zeros((1, count), dtype=np.int64)])
    step = identity[gained] - identity[lost]
    nodes, rate = structure.unit_nodes_by_hardware, structure.unit_rate_by_role
    return Moves(step, gained, lost, step @ nodes, step @ rate)
