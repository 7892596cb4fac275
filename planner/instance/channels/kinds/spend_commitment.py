"""Spend commitment: nodes by the period, paid out of a commitment to spend.

draw = price_per_node_hour              USD of the commitment per node and hour; nothing is paid twice
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from planner.instance.channels.hourly import HOURLY_PRICES, HourlyPriced
from planner.instance.channels.offers import Node, Offers, each_period
from planner.instance.channels.traits import Billing, Traits
from planner.instance.name import Name

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline


class Spend(HourlyPriced):
    """Nodes that draw on a commitment at their rate, which is below the on-demand price.

    The commitment is made before the scenario is known; what draws on it is decided after.
    """

    traits: ClassVar[Traits] = Traits(
        cost_term="spend_commitment",
        committed=False,
        fixed_length=False,
        owned=False,
        verb="draw from spend commitments",
        prices=HOURLY_PRICES,
        book_term=None,
        draws_on="plan",
        billing=Billing(pricing="Committed", discount="Spend", reservation=False),
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "spend_commitment", "plan": "name", "price_usd_per_node_hour": 12}]
        }
    )

    kind: Literal["spend_commitment"]
    plan: Name
    """Name of the commitment under `spend_commitments`."""

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer a period; the commitment bears the cost."""
        run = each_period(timeline, self.lead_time_hours)
        return self.compiled(timeline, node, run, np.zeros(len(run[0])))
