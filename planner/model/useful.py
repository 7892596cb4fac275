"""How many units, nodes and increments can be of use: limits of the variables that no plan worth having exceeds.

Each limit is safe because of an exchange: a plan above it, cut down to it, keeps every row and costs no more.
Whatever can ask for more than demand does has its part here, and constraints of a user's own, of which nothing is
known, their factor (`ModelData.use_factor`): start-up time, limits on change (a pool that must
not shrink), interruptions and losses of spot nodes, nodes lent, minimum quantities of channels and providers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.model.data import WHOLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.data import ChannelOffers, ModelData

LARGEST = 1 << 40
"""Limits beyond this are no limits; sums of them are still exact."""


def useful_units(data: ModelData) -> NDArray[np.int64]:
    """Units of each type beyond which one more is never of use, shape [unit, period].

    Enough for all there is to serve of each work that the unit can do, one more for each, and all that an earlier
    plan has of it where change is limited, and what stands in for units that are down. Where starts matter a unit may
    run before it is needed, so the largest limit of all periods counts: switching off all beyond one number then adds
    no start, and keeps minimum times.
    A unit started just in time has the least share of a period that is above none to serve in.
    """
    able = data.rate > 0
    rate = np.where(able, data.rate, np.inf)[:, :, None] * data.least_usable
    busy = np.where(data.busy_limit > 0, data.busy_limit, np.inf)[:, None, :]
    limit = (np.ceil(data.servable[None, :, :] / rate / busy) + able[:, :, None]).sum(axis=1)
    limit = limit + _units_that_earn(data)[:, None]
    if data.standing is not None:
        limit = limit + data.standing.most
    if data.change is not None:
        earlier = np.ceil(data.change.earlier / data.nodes[:, None])
        limit = limit + earlier if data.has_starts else np.maximum(limit, earlier)
    limit = np.minimum(limit, LARGEST).astype(np.int64) * data.use_factor
    alike = data.has_starts or data.use_factor > 1
    return np.broadcast_to(limit.max(axis=1, keepdims=True), limit.shape) if alike else limit


def _units_that_earn(data: ModelData) -> NDArray[np.float64]:
    """Units that lie on nodes which earn while they are in use, whether they serve or not, shape [unit]."""
    nodes = np.zeros(len(data.hardware))
    for place, channel in enumerate(data.channels):
        if (data.running_usd[place] < 0).any():
            nodes[channel.hardware] += channel.most_increments * channel.increment_nodes
    return np.asarray(np.ceil(nodes[data.hardware_of] / data.nodes))


def useful_nodes(data: ModelData, on_limit: NDArray[np.int64]) -> NDArray[np.int64]:
    """Nodes of one channel of each hardware beyond which one more is never of use, shape [hardware].

    They carry all units of use (`on_limit`, shape [unit, period]), each kind on containers of its own, and all
    nodes lent even if no other channel has any, survive the loss that the channel must bear, and make up what a
    provider must be given or is signed already.
    """
    use = _nodes_of(data, on_limit.max(axis=1, initial=0))
    limit = np.bincount(data.hardware_of, weights=use, minlength=len(data.hardware))
    for lending in data.market.lendings:
        limit[lending.hardware] += lending.max_nodes
    factor = np.ones(len(data.hardware))
    for channel in data.channels:
        factor[channel.hardware] = max(factor[channel.hardware], _held_per_node_used(channel))
    asked = max((limit.min_nodes for limit in data.market.limits.providers.values()), default=0)
    if data.signed is not None:
        asked = max(asked, *data.signed.nodes.values(), 0)
    return np.asarray(np.clip(np.ceil(limit * factor), asked, LARGEST).astype(np.int64))


def _nodes_of(data: ModelData, units: NDArray[np.int64]) -> NDArray[np.float64]:
    """Nodes, of whole containers where some are sold so, that carry so many units of each kind, shape [unit]."""
    beside = np.maximum(1, np.floor(1.0 / data.nodes + WHOLE))
    nodes = np.where(data.nodes < 1, np.ceil(units / beside), units * data.nodes)
    domain = data.usable_per_domain[data.hardware_of]
    inside = np.array([kind.needs_domain for kind in data.units], dtype=bool)
    together = np.ceil(units / np.maximum(1, domain // np.maximum(data.nodes, 1))) * domain
    return np.where(inside, np.maximum(nodes, together), nodes)


def _held_per_node_used(channel: ChannelOffers) -> float:
    """Nodes of a channel that let one be in use, were there no other channel.

    A channel that may lose all its nodes cannot bear that by itself, however many it has.
    """
    survivors = 1.0
    if channel.loss is not None and channel.loss.lost_share < 1.0:
        survivors = max(1.0, channel.loss.kept_share / (1.0 - channel.loss.lost_share))
    return survivors / channel.available_share


def least_increments(data: ModelData) -> NDArray[np.int64]:
    """Increments that must be taken of each offer, shape [offer]; rows say so where a channel needs them."""
    least = [
        0 if data.limited_by_rows[place] else c.least_increments for place, c in enumerate(data.channels)
    ]
    return np.array(least, dtype=np.int64)[data.offer_channel]


def most_increments(data: ModelData, node_limit: NDArray[np.int64]) -> NDArray[np.int64]:
    """Increments beyond which one more is never of use or not to be had, shape [offer]: whole ones within the
    channel's limit.
    """
    most = [
        min(_useful_increments(channel, node_limit), channel.most_increments) for channel in data.channels
    ]
    return np.array(most, dtype=np.int64)[data.offer_channel]


def useful_held(data: ModelData, node_limit: NDArray[np.int64]) -> NDArray[np.float64]:
    """Nodes of a channel, shape [channel, period], were as much as can be of use held of each offer on its own.

    A channel's own maximum has no part in it, so that a bound made of it never stands in for that limit, nor takes
    over its dual value.
    """
    nodes = [_useful_increments(channel, node_limit) * channel.increment_nodes for channel in data.channels]
    offers = np.zeros((len(data.channels), data.periods + 1))
    np.add.at(offers, (data.offer_channel, data.first), 1.0)
    np.add.at(offers, (data.offer_channel, data.last + 1), -1.0)
    return np.asarray(np.cumsum(offers, axis=1)[:, :-1] * np.array(nodes)[:, None])


def _useful_increments(channel: ChannelOffers, node_limit: NDArray[np.int64]) -> int:
    """Increments of one offer beyond which one more is never of use."""
    useful = max(int(node_limit[channel.hardware]), channel.minimum_nodes)
    return math.ceil(useful / channel.increment_nodes - WHOLE)
