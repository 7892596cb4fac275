"""Hourly priced: channels whose nodes have a price per GPU-hour or per node-hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from planner.instance.base import NonNegative
from planner.instance.book_price import BookPrice
from planner.instance.channels.base import Channel
from planner.instance.channels.offers import Grain

if TYPE_CHECKING:
    from planner.instance.channels.offers import Node


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

    def grain(self, node: Node) -> Grain:
        """The GPU where it has a price of its own and is given back at the end of the period."""
        by_gpu = not self.traits.committed and self.price_usd_per_gpu_hour is not None
        if by_gpu and not {"sold_by", "increment_nodes"} & self.model_fields_set:
            return Grain.GPU
        return super().grain(node)

    def hourly_price(self, node: Node) -> float:
        """USD per node and hour."""
        if self.price_usd_per_node_hour is not None:
            return self.price_usd_per_node_hour
        assert self.price_usd_per_gpu_hour is not None
        return self.price_usd_per_gpu_hour * node.gpus


HOURLY_PRICES = ("price_usd_per_gpu_hour", "price_usd_per_node_hour")
"""Fields of `HourlyPriced` that state what is paid to hold a node."""
