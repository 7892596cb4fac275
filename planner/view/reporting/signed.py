"""What a signature costs on the day: the part of a commitment that is paid at its start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.contents import Holding


def upfront_of(instance: Instance, holding: Holding) -> float | None:
    """Money paid at the start for a holding; None where its channel states none."""
    channel = instance.fleet.get(holding.hardware, {}).get(holding.channel)
    if channel is None:
        return None
    offers = channel.offers(instance.timeline, node_of(instance, holding.hardware))
    match = np.flatnonzero((offers.first == holding.first) & (offers.last == holding.last))
    if offers.capex_usd_per_node is None or not match.size:
        return None
    return float(offers.capex_usd_per_node[match[0]]) * holding.nodes
