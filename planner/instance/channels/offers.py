"""What every channel compiles to: offers to hold nodes of one hardware over a run of periods."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_MONTH, HOURS_PER_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline

    Run = tuple[NDArray[np.int64], NDArray[np.int64]]

SLACK = 1e-9


@dataclass(frozen=True)
class Node:
    """What a channel must know of a node: its GPUs, its power in kW in use where known and idle, its scale-up domain.

    A domain has `nodes_per_domain` nodes, of which `usable_nodes_per_domain` run units and the others stand by.
    """

    gpus: int
    power_kw: float | None
    nodes_per_domain: int = 1
    usable_nodes_per_domain: int = 1
    idle_kw: float = 0.0

    @property
    def usable_share(self) -> float:
        """Share of the nodes of a domain that run units."""
        return self.usable_nodes_per_domain / self.nodes_per_domain


class Grain(StrEnum):
    """What a channel sells one by one: GPUs, whole nodes, or whole scale-up domains (racks, supernodes)."""

    GPU, NODE, DOMAIN = "gpu", "node", "domain"


@dataclass(frozen=True)
class SpotLoss:
    """A scenario: `lost_share` of a channel's nodes vanish; `kept_share` of the nodes in use must remain."""

    lost_share: float
    kept_share: float


@dataclass(frozen=True)
class Interruption:
    """How a vendor takes nodes back: so many times per node in a month of 730 hours, each for `restart_hours`.

    `together` is the scenario in which many are taken at once; None: they go one by one.
    """

    per_node_month: float
    restart_hours: float
    together: SpotLoss | None

    @property
    def available_share(self) -> float:
        """Share of the hours paid in which a node serves."""
        return 1.0 / (1.0 + self.per_node_month / HOURS_PER_MONTH * self.restart_hours)


@dataclass(frozen=True)
class NodeLimit:
    """The most nodes that can be held at any time, and the key of the channel that says so.

    Where that key is raised, another limits the channel to `next_nodes`; None: none does.
    """

    key: str
    nodes: int
    next_nodes: int | None = None

    @property
    def raisable_nodes(self) -> float:
        """By how many nodes raising the key alone raises the limit; inf where nothing else limits it."""
        return np.inf if self.next_nodes is None else self.next_nodes - self.nodes


@dataclass(frozen=True)
class Offers:
    """Offers of one channel, each a commitment over the periods `first`..`last`, both included.

    `price_usd_per_node` is what one node costs over the whole commitment, shape [offer]; `term` is the line
    of the cost breakdown it goes to. At any time the channel holds at least `minimum_nodes` and
    no more than `limit` (None: no limit), in whole multiples of `increment_nodes`; where its `grain` is the GPU,
    in whole GPUs.
    `running_usd_per_node_hour`, shape [period], is what a node of this channel costs while in use.
    Of one offer at most `maximum_new_nodes` can be taken, of those that begin in one week
    `maximum_new_nodes_per_week`. `available_share` is the share of the nodes held that serve at any time;
    `loss` is the scenario in which the nodes of the channel vanish together. `lendable` says whether idle
    nodes may be lent. A node draws `draw_usd_per_node_hour` on the spend commitment `draws_on`.
    `capex_usd_per_node`, shape [offer], is what of the price is paid at the start.
    `idle_usd_per_node_hour`, shape [period], is the energy of a node held that runs nothing; where it is not None it is
    in the price, and `running_usd_per_node_hour` is what use costs on top of it.
    """

    term: str
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    price_usd_per_node: NDArray[np.float64]
    running_usd_per_node_hour: NDArray[np.float64]
    minimum_nodes: int = 0
    limit: NodeLimit | None = None
    increment_nodes: int = 1
    grain: Grain = Grain.NODE
    maximum_new_nodes: int | None = None
    maximum_new_nodes_per_week: int | None = None
    available_share: float = 1.0
    loss: SpotLoss | None = None
    lendable: bool = True
    draws_on: str | None = None
    draw_usd_per_node_hour: float = 0.0
    capex_usd_per_node: NDArray[np.float64] | None = None
    idle_usd_per_node_hour: NDArray[np.float64] | None = None

    def idle_usd_per_node(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """What of the price is the energy of a node that runs nothing, shape [offer]; `hours` count, shape [period]."""
        if self.idle_usd_per_node_hour is None:
            return np.zeros(len(self.first))
        total = np.concatenate([[0.0], np.cumsum(self.idle_usd_per_node_hour * hours)])
        return np.asarray(total[self.last + 1] - total[self.first])

    def usd_per_node_by_period(self, periods: int) -> NDArray[np.float64]:
        """Price of a node by the period of offers of one period each, shape [period]; inf where none is sold."""
        price = np.full(periods, np.inf)
        price[self.first] = self.price_usd_per_node
        return price

    @property
    def maximum_nodes(self) -> int | None:
        """The limit as a number; None: no limit."""
        return None if self.limit is None else self.limit.nodes

    @property
    def overlap(self) -> bool:
        """Whether two offers can be held at the same time."""
        order = np.argsort(self.first, kind="stable")
        return bool(np.any(self.first[order][1:] <= self.last[order][:-1]))


def standing(timeline: Timeline, lead_time_hours: float) -> NDArray[np.bool_]:
    """Periods by whose beginning a lead time from that of the plan is over, shape [period].

    With a single stage it counts in periods, in every scenario; with several by the stages, whose years a horizon
    stands for.
    """
    if len(np.unique(timeline.year_from)) == 1:
        return np.asarray(timeline.hours_into_block >= lead_time_hours - SLACK)
    return np.asarray(timeline.year_from >= lead_time_hours / HOURS_PER_YEAR - SLACK)


def each_period(timeline: Timeline, lead_time_hours: float = 0.0) -> Run:
    """First and last period of offers that last one period each, after a lead time from the beginning of the plan."""
    index = np.flatnonzero(standing(timeline, lead_time_hours))
    return index, index


def whole_horizon(timeline: Timeline) -> Run:
    """First and last period of one offer that lasts throughout."""
    return np.array([0]), np.array([timeline.periods - 1])


def chance_of(timeline: Timeline, run: Run) -> NDArray[np.float64]:
    """Probability that an offer is taken: that of its scenario, or 1 where it lies in all; shape [offer]."""
    first, last = run
    same_stage = timeline.year_from[:, None] == timeline.year_from[first]
    begins = np.diff(timeline.block, prepend=-1) > 0
    whole = (timeline.weight[:, None] * (same_stage & begins[:, None])).sum(axis=0)
    inside = timeline.scenario[first] == timeline.scenario[last]
    return np.where(inside, timeline.weight[first] / whole, 1.0)


def terms(timeline: Timeline, term_years: float | None = None, lead_time_hours: float = 0.0) -> Run:
    """First and last periods of offers that can be signed at the beginning of every stage.

    An offer lasts from the first stage that begins after its lead time, for the stages that end
    within `term_years` (None: to the end), for one at least. With a single stage the lead time counts in
    periods, and the offer lasts to the end: one offer for all scenarios, or where there is a lead time one in each.
    """
    stage = np.flatnonzero(np.diff(timeline.year_from, prepend=-1.0) > 0)
    if len(stage) == 1:
        if lead_time_hours <= SLACK:
            return whole_horizon(timeline)
        there = np.flatnonzero(standing(timeline, lead_time_hours))
        blocks, begins = np.unique(timeline.block[there], return_index=True)
        return there[begins], np.searchsorted(timeline.block, blocks, side="right") - 1
    opens, closes = timeline.year_from[stage], timeline.year_to[stage]
    runs: dict[tuple[int, int], None] = {}
    for signed in opens:
        arrived = np.flatnonzero(opens >= signed + lead_time_hours / HOURS_PER_YEAR - SLACK)
        if arrived.size:
            inside = np.flatnonzero(closes <= opens[arrived[0]] + (term_years or np.inf) + SLACK)
            last = max(int(arrived[0]), int(inside[-1]) if inside.size else 0)
            end = timeline.periods if last + 1 == len(stage) else int(stage[last + 1])
            runs[int(stage[arrived[0]]), end - 1] = None
    return np.array([run[0] for run in runs], dtype=np.int64), np.array(
        [run[1] for run in runs], dtype=np.int64
    )
