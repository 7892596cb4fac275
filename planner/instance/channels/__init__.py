"""Channels: the ways to hold nodes. A new kind is one file here and its name in `AnyChannel`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from planner.instance.channels.base import Channel
from planner.instance.channels.capacity_block import CapacityBlock
from planner.instance.channels.contract import Contract
from planner.instance.channels.existing import Existing
from planner.instance.channels.lease import Lease
from planner.instance.channels.offers import Loss, Node, Offers
from planner.instance.channels.on_demand import OnDemand
from planner.instance.channels.purchase import Purchase
from planner.instance.channels.reserved import Reserved
from planner.instance.channels.spend import Spend
from planner.instance.channels.spot import Spot

AnyChannel = Annotated[
    OnDemand | Spot | Contract | CapacityBlock | Reserved | Spend | Lease | Purchase | Existing,
    Field(discriminator="kind"),
]

__all__ = [
    "AnyChannel",
    "CapacityBlock",
    "Channel",
    "Contract",
    "Existing",
    "Lease",
    "Loss",
    "Node",
    "Offers",
    "OnDemand",
    "Purchase",
    "Reserved",
    "Spend",
    "Spot",
]
