"""Channels: the ways to hold nodes. A new kind is one file here and its name in `AnyChannel`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from planner.instance.channels.base import Channel
from planner.instance.channels.offers import Node, Offers
from planner.instance.channels.on_demand import OnDemand
from planner.instance.channels.purchase import Purchase
from planner.instance.channels.reserved import Reserved

AnyChannel = Annotated[OnDemand | Reserved | Purchase, Field(discriminator="kind")]

__all__ = ["AnyChannel", "Channel", "Node", "Offers", "OnDemand", "Purchase", "Reserved"]
