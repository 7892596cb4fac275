"""Existing: nodes one has already; what was paid for them is sunk, what they could still earn is not.

    price = forgone_per_node_hour * sum_t hours[t] * weight[t]

A node that is not kept earns `forgone_usd_per_node_hour` elsewhere (sold, sublet), so keeping it costs that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from planner.instance.base import NonNegative, Positive, PositiveCount
from planner.instance.channels.base import Channel
from planner.instance.channels.fixed_length import discounted_hours_of
from planner.instance.channels.offers import SLACK, Node, NodeLimit, Offers, standing, terms
from planner.instance.channels.payments import Payments
from planner.instance.channels.traits import Billing, Traits

if TYPE_CHECKING:
    from planner.instance.channels.offers import Run
    from planner.instance.timeline import Timeline


class Existing(Channel):
    """The fleet one has."""

    traits: ClassVar[Traits] = Traits(
        cost_term="forgone",
        committed=True,
        fixed_length=False,
        owned=True,
        verb="keep",
        prices=(),
        book_term=None,
        draws_on=None,
        billing=Billing(pricing="Committed", discount=None, reservation=True),
    )

    kind: Literal["existing"]
    nodes: PositiveCount
    """Nodes one has."""
    retires_after_years: Positive | None = None
    """With stages: the nodes stand in the stages that end by then; absent: in all."""
    forgone_usd_per_node_hour: NonNegative = 0.0
    """What a node would earn where it is not kept, its costs there taken off."""

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer from when the nodes stand, of at most the nodes there are."""
        run = self._stands(timeline)
        forgone = self.forgone_usd_per_node_hour * discounted_hours_of(timeline, *run)
        return self.compiled(timeline, node, run, forgone)

    def payments(self, node: Node) -> Payments:
        """Nothing: what a node would earn elsewhere is forgone, not paid."""
        return Payments(0.0, 0.0)

    def limit(self) -> NodeLimit:
        """No more than there are."""
        if self.max_nodes is not None and self.max_nodes < self.nodes:
            return NodeLimit("max_nodes", self.max_nodes, self.nodes)
        return NodeLimit("nodes", self.nodes, self.max_nodes)

    def _stands(self, timeline: Timeline) -> Run:
        """First and last period of the stages between their arrival and their end; with one stage of each scenario."""
        if np.ptp(timeline.year_to) == 0.0:
            return terms(timeline, None, self.lead_time_hours)
        retires = np.inf if self.retires_after_years is None else self.retires_after_years
        there = standing(timeline, self.lead_time_hours) & (timeline.year_to <= retires + SLACK)
        stages = np.flatnonzero(there)
        return stages[:1], stages[-1:]
