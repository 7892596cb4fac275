"""What every channel compiles to: offers to hold nodes of one hardware over a run of periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline


@dataclass(frozen=True)
class Node:
    """What a channel must know of a node: its GPUs, and its power draw in kW where known."""

    gpus: int
    power_kw: float | None


@dataclass(frozen=True)
class Loss:
    """A scenario: `lost_share` of a channel's nodes vanish; `kept_share` of the nodes in use must remain."""

    lost_share: float
    kept_share: float


@dataclass(frozen=True)
class Offers:
    """Offers of one channel, each a commitment over the periods `first`..`last`, both included.

    `price_usd_per_node` is what one node costs over the whole commitment, shape [offer]; `term` is the line
    of the cost breakdown it goes to. At any time the channel holds between `minimum_nodes` and
    `maximum_nodes` (None: no limit), in whole multiples of `increment_nodes`.
    `running_usd_per_node_hour`, shape [period], is what a node of this channel costs while in use.
    `available_share` is the share of the nodes held that serve at any time; `loss` is the scenario in which
    the nodes of the channel vanish together. `lendable` says whether idle nodes may be lent. A node draws
    `draw_usd_per_node_hour` on the spend commitment `draws_on`. `capex_usd_per_node`, shape [offer], is what
    of the price is paid at the start.
    """

    term: str
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    price_usd_per_node: NDArray[np.float64]
    running_usd_per_node_hour: NDArray[np.float64]
    minimum_nodes: int = 0
    maximum_nodes: int | None = None
    increment_nodes: int = 1
    available_share: float = 1.0
    loss: Loss | None = None
    lendable: bool = True
    draws_on: str | None = None
    draw_usd_per_node_hour: float = 0.0
    capex_usd_per_node: NDArray[np.float64] | None = None

    @property
    def overlap(self) -> bool:
        """Whether two offers can be held at the same time."""
        order = np.argsort(self.first, kind="stable")
        return bool(np.any(self.first[order][1:] <= self.last[order][:-1]))


def each_period(timeline: Timeline) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last period of offers that last one period each."""
    index = np.arange(timeline.periods)
    return index, index


def whole_horizon(timeline: Timeline) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last period of one offer that lasts throughout."""
    return np.array([0]), np.array([timeline.periods - 1])
