"""Channels: the ways to hold nodes. A kind is one file of `kinds`, which says all there is to say of it.

`base` has what kinds share, `traits` what each must say of itself, `offers` what all of them compile to, `registry`
finds them. Only the audit knows kinds by another way, for it computes their prices once more, by its own arithmetic
(`planner.verify.audit.sellers`).
"""

from planner.instance.channels.base import Channel
from planner.instance.channels.hourly import HourlyPriced
from planner.instance.channels.offers import Grain, Interruption, Node, Offers, SpotLoss
from planner.instance.channels.registry import KINDS, AnyChannel, traits_of
from planner.instance.channels.traits import Billing, Traits

__all__ = [
    "KINDS",
    "AnyChannel",
    "Billing",
    "Channel",
    "Grain",
    "HourlyPriced",
    "Interruption",
    "Node",
    "Offers",
    "SpotLoss",
    "Traits",
    "traits_of",
]
