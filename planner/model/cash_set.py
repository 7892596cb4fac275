"""When nodes are paid that are signed once, by offer, and the stages of the plan that they are paid in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels.cash_flows import Flow, flows_of
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from planner.instance import Instance

SLACK = 1e-9


@dataclass(frozen=True)
class CashSet:
    """When nodes are paid, by offer (None: as they are used), and the stages with their edges in years."""

    flows: tuple[tuple[Flow, ...] | None, ...]
    edges: tuple[float, ...]
    stages: tuple[str, ...]

    @cached_property
    def moments(self) -> tuple[float, ...]:
        """Times after the beginning at which something is paid at once or what is paid evenly changes; the end last."""
        times = set(self.edges)
        for flows in self.flows:
            times |= {time for flow in flows or () for time in (flow.begin, flow.end)}
        within = (time for time in times if SLACK < time < self.edges[-1] - SLACK)
        return (*sorted(within), self.edges[-1])


def cash_of(instance: Instance) -> CashSet | None:
    """The payments of an instance with stages; None without."""
    timeline = instance.timeline
    if not timeline.staged:
        return None
    flows: list[tuple[Flow, ...] | None] = []
    for hardware, channels in instance.fleet.items():
        node = node_of(instance, hardware)
        for channel in channels.values():
            payments, offers = channel.payments(node), channel.offers(timeline, node)
            factor = channel.price_factor(timeline, (offers.first, offers.last)).tolist()
            flows += [
                None if payments is None else tuple(flows_of(payments, timeline, first, last, change))
                for first, last, change in zip(
                    offers.first.tolist(), offers.last.tolist(), factor, strict=True
                )
            ]
    return CashSet(tuple(flows), (0.0, *np.unique(timeline.year_to).tolist()), tuple(instance.stages))
