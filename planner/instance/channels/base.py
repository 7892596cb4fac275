"""Fields that channels share: limits, and a price per GPU-hour or per node-hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from planner.instance.base import Count, Flag, Name, NonNegative, PositiveCount, Strict, Text
from planner.instance.book_price import BookPrice
from planner.instance.channels.offers import Node, Offers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline

    Run = tuple[NDArray[np.int64], NDArray[np.int64]]


class Channel(Strict):
    """A way to hold nodes of one hardware. A kind is one file: its fields and its arithmetic."""

    first_stage: ClassVar[bool] = True
    """Whether its offers are taken before the scenario is known, so that they are the same in every scenario."""

    min_nodes: Count = 0
    """At least so many nodes are held at any time."""
    max_nodes: Count | None = None
    """At most so many nodes are held at any time; absent: no limit."""
    increment_nodes: PositiveCount = 1
    """Nodes come in multiples of this."""
    max_new_nodes: Count | None = None
    """At most so many nodes of one offer (of a stage, a start, an hour) can be had; absent: no limit."""
    max_new_nodes_per_week: Count | None = None
    """At most so many nodes can be taken in any week (168 h from the start of a block); absent: no limit."""
    price_change_per_year: Annotated[float, Field(strict=True, gt=-1, le=10, allow_inf_nan=False)] = 0.0
    """Yearly change of the price, for plans with stages: -0.2 is a fifth less each year."""
    running_usd_per_node_hour: NonNegative = 0.0
    """What a node costs while it is in use, on top of holding it."""
    free: Flag = False
    """Whether holding a node costs nothing: a price of zero is refused without it, for feeds write 0 for no price."""
    site: Name | None = None
    """Where the nodes stand, for limits by site."""
    provider: Name | None = None
    """Who supplies the nodes, for limits by provider."""
    source: Text | None = None
    """Where the figures come from, with their date."""

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if self.max_nodes is not None and self.max_nodes < self.min_nodes:
            raise ValueError(f"max_nodes {self.max_nodes} is below min_nodes {self.min_nodes}")
        if self.max_new_nodes is not None and self.max_new_nodes < self.min_nodes:
            raise ValueError(f"max_new_nodes {self.max_new_nodes} is below min_nodes {self.min_nodes}")
        return self

    def prices(self) -> dict[str, float]:
        """What is paid to hold a node, by key, of those given."""
        keys = [key for key in type(self).model_fields if key.startswith(("price_usd", "upfront_usd"))]
        return {key: value for key in keys if (value := getattr(self, key)) is not None}

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """Compile to offers over a timeline."""
        raise TypeError(f"{type(self).__name__} does not say what it offers")

    def compiled(
        self, timeline: Timeline, node: Node, term: str, run: Run, price_usd_per_node: NDArray[np.float64]
    ) -> Offers:
        """Offers over the periods `run` at these prices, with the limits and running cost of the channel.

        Prices are those of today; they change by `price_change_per_year` until the year the offer begins in.
        """
        return Offers(
            term=term,
            first=run[0],
            last=run[1],
            price_usd_per_node=price_usd_per_node * self.price_factor(timeline, run),
            running_usd_per_node_hour=self.running(timeline, node),
            minimum_nodes=self.min_nodes,
            maximum_nodes=self.max_nodes,
            increment_nodes=self.increment_nodes,
            maximum_new_nodes=self.max_new_nodes,
            maximum_new_nodes_per_week=self.max_new_nodes_per_week,
        )

    def price_factor(self, timeline: Timeline, run: Run) -> NDArray[np.float64]:
        """Price of each offer relative to today's, shape [offer]."""
        return np.asarray((1.0 + self.price_change_per_year) ** timeline.year_from[run[0]])

    def power_kw_of(self, node: Node) -> float:
        """Power of a node in use in kW; 0 where nobody knows it."""
        return node.power_kw if node.power_kw is not None else 0.0

    def running(self, timeline: Timeline, node: Node) -> NDArray[np.float64]:
        """USD per node-hour in use, shape [period]."""
        return np.full(timeline.periods, self.running_usd_per_node_hour)


class HourlyPriced(Channel):
    """A channel with a price per hour."""

    price_usd_per_gpu_hour: NonNegative | None = None
    """Price of one GPU for one hour."""
    price_usd_per_node_hour: NonNegative | None = None
    """Price of one node for one hour, instead of the price per GPU."""
    book: BookPrice | None = None
    """Line of a price book that the price is taken from, instead of writing it out."""

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        if (self.price_usd_per_gpu_hour is None) == (self.price_usd_per_node_hour is None):
            raise ValueError("give price_usd_per_gpu_hour or price_usd_per_node_hour, and only one of them")
        return self

    def node_hour_price(self, node: Node) -> float:
        """USD per node and hour."""
        if self.price_usd_per_node_hour is not None:
            return self.price_usd_per_node_hour
        assert self.price_usd_per_gpu_hour is not None
        return self.price_usd_per_gpu_hour * node.gpus
