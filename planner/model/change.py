"""The earlier plan that limits on change refer to, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates import Rates


@dataclass(frozen=True)
class ChangeSet:
    """`earlier[unit, period]` nodes of each pool in the earlier plan; `gone[period]` nodes of its pools that
    no unit of this instance continues, `gone_pools` how many of those there are. Limits are inf where absent.
    """

    earlier: NDArray[np.float64]
    gone: NDArray[np.float64]
    gone_pools: int
    most_nodes: float
    most_pools: float


def change_of(instance: Instance, rates: Rates) -> ChangeSet | None:
    """Collect it from the instance; None where no limit on change is given."""
    change = instance.limits.change
    if change is None or (change.max_nodes_moved is None and change.max_pools_changed is None):
        return None
    nothing = np.zeros(instance.periods)
    pools = {name: np.array(nodes, dtype=np.float64) for name, nodes in change.pools.items()}
    names = [unit.name for unit in rates.units]
    lost = [nodes for name, nodes in pools.items() if name not in names and nodes.any()]
    return ChangeSet(
        earlier=np.array([pools.get(name, nothing) for name in names]),
        gone=np.sum(lost, axis=0) if lost else nothing,
        gone_pools=len(lost),
        most_nodes=np.inf if change.max_nodes_moved is None else change.max_nodes_moved,
        most_pools=np.inf if change.max_pools_changed is None else change.max_pools_changed,
    )
