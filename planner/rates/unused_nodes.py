"""Nodes that one has and that can never be used, as they make up no whole number of what is held together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance


def unused_nodes(instance: Instance) -> Iterator[str]:
    """One sentence for each channel that leaves some over."""
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            limit, together = channel.limit(), channel.increment(node_of(instance, hardware))
            left = limit.nodes % together if channel.traits.owned and limit is not None else 0
            if left and limit is not None and limit.key == "nodes":
                yield (
                    f"fleet.{hardware}.{name}: its {limit.nodes} nodes are held in multiples of {together}, so"
                    f" {left} can never be used: sold_by: node and increment_nodes: 1 let one hold them one by one"
                )
