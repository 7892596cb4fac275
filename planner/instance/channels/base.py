"""What channels share: limits, a price per GPU-hour or per node-hour, and what a kind may say further.

The methods that return nothing here are for kinds to which they apply: an interruption, capital, a fault at the door.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, get_args

import numpy as np
from pydantic import Field, model_validator

from planner.core.units import HOURS_PER_YEAR
from planner.instance.base import Count, Flag, NonNegative, PositiveCount, Strict, Text
from planner.instance.channels.offers import Grain, Interruption, Node, NodeLimit, Offers
from planner.instance.channels.payments import Payments, Signing
from planner.instance.channels.traits import Traits
from planner.instance.name import Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance.horizon import Horizon
    from planner.instance.timeline import Timeline

    Run = tuple[NDArray[np.int64], NDArray[np.int64]]


class Channel(Strict):
    """A way to hold nodes of one hardware. A kind is one file: its fields, its arithmetic, its traits."""

    traits: ClassVar[Traits]
    """What a kind says of itself."""

    if TYPE_CHECKING:
        kind: str

    min_nodes: Count = 0
    """At least so many nodes are held at any time; counted as `max_nodes` is."""
    max_nodes: Count | None = None
    """At most so many nodes are held at any time; absent: no limit. Sold by the GPU, nodes are counted by their GPUs:
    2 nodes of 8 are 16 GPUs, on as many nodes of the provider's as they lie. For physical nodes, sell by the node."""
    increment_nodes: PositiveCount = 1
    """Nodes come in multiples of this."""
    sold_by: Grain | None = None
    """What is sold one by one: `gpu`, `node`, or `domain` (all nodes of a rack or supernode). GPUs come in the largest
    number that divides a node and every unit that may share one: where all units take whole nodes, those of a node. A
    unit has its GPUs of one channel on one node, but units lie on any nodes of the provider's. Absent: the GPU for
    nodes by the period at a price per GPU, the domain where `increment_nodes` makes whole ones, else the node."""
    max_new_nodes: Count | None = None
    """At most so many nodes of one offer (of a stage, a start, an hour) can be had; absent: no limit."""
    max_new_nodes_per_week: Count | None = None
    """At most so many nodes can be taken in any week (168 h from the start of a block); absent: no limit."""
    lead_time_hours: NonNegative = 0.0
    """Time from the beginning of the plan until the first nodes stand: hardware that is delivered or released later.
    With several stages nodes stand in the stages that begin after it, those signed at the beginning of a later stage as
    long after that; of what is hired by the period and of blocks and contracts the time counts from the beginning of
    the plan alone. Nodes are paid from when they stand."""
    price_change_per_year: Annotated[float, Field(strict=True, gt=-1, le=10, allow_inf_nan=False)] = 0.0
    """Yearly change of the price, for plans with stages: -0.2 is a fifth less each year."""
    price_index: Name | None = None
    """Series under `price_indices` that the price follows, instead of a change that is the same every year."""
    tax_share: NonNegative = 0.0
    """Taxes and duty on top of the price that nobody gives back (import duty, sales tax, VAT not deducted), as a
    share of it: on all that is paid to hold a node, upkeep too. Maintenance and residual are shares of the price with
    it. Energy and other costs of use have their taxes in their own price."""
    running_usd_per_node_hour: NonNegative = 0.0
    """What a node costs while it is in use, on top of holding it. Of a node that small units share, the part under
    units that run: half of it while half of its GPUs are in use, whatever it is sold by."""
    free: Flag = False
    """Whether holding a node costs nothing: a price of zero is refused without it, for feeds write 0 for no price."""
    site: Name | None = None
    """Where the nodes stand, for limits by site."""
    provider: Name | None = None
    """Who supplies the nodes, for limits by provider."""
    source: Text | None = None
    """Where the figures come from, with their date: the quote."""
    cancellation: Text | None = None
    """How the deal may be cancelled, in words, for the list of what is to be signed; plans count every deal as kept."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a kind that does not say all there is to say of it. Raises TypeError."""
        super().__pydantic_init_subclass__(**kwargs)
        kind = cls.kind_name()
        if kind is None:
            return
        wrong = []
        if cls.offers is Channel.offers:
            wrong.append("define offers(timeline, node)")
        if "traits" not in vars(cls):
            wrong.append("state its traits")
        else:
            named = (*cls.traits.prices, *filter(None, [cls.traits.draws_on]))
            wrong += [
                f"traits name {key!r}, which is no field" for key in named if key not in cls.model_fields
            ]
            says_what_binds = (cls.payments, cls.signing, cls.hourly_price)
            if cls.traits.to_be_signed and says_what_binds == (
                Channel.payments,
                Channel.signing,
                Channel.hourly_price,
            ):
                wrong.append("define payments, signing or hourly_price: what a signature for it binds to")
        if wrong:
            raise TypeError(f"{cls.__name__}, channels of kind {kind!r}: {'; '.join(wrong)}")

    @classmethod
    def kind_name(cls) -> str | None:
        """Name of the kind in an instance; None for what only carries fields that several kinds share."""
        field = cls.model_fields.get("kind")
        return None if field is None else str(get_args(field.annotation)[0])

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if self.max_nodes is not None and self.max_nodes < self.min_nodes:
            raise ValueError(f"max_nodes {self.max_nodes} is below min_nodes {self.min_nodes}")
        if self.max_new_nodes is not None and self.max_new_nodes < self.min_nodes:
            raise ValueError(f"max_new_nodes {self.max_new_nodes} is below min_nodes {self.min_nodes}")
        if self.price_index is not None and self.price_change_per_year != 0.0:
            raise ValueError("give price_change_per_year or price_index, not both")
        idle: tuple[str, ...] = () if self.traits.prices else ("price_index", "tax_share")
        if self.traits.draws_on is not None:
            idle = ("price_index", "price_change_per_year", "tax_share")
        for key in idle:
            if getattr(self, key):
                raise ValueError(
                    f"{key} has no effect here: its nodes have no price of their own that is paid"
                )
        if self.sold_by is Grain.GPU and self.traits.committed:
            raise ValueError("only nodes that are taken by the period are sold by the GPU")
        if self.sold_by is Grain.GPU and self.increment_nodes > 1:
            raise ValueError("sold_by 'gpu' and increment_nodes contradict each other: give one of them")
        return self

    def grain(self, node: Node) -> Grain:
        """What is sold one by one of nodes like this."""
        if self.sold_by is not None:
            return self.sold_by
        domains = node.nodes_per_domain > 1 and self.increment_nodes % node.nodes_per_domain == 0
        return Grain.DOMAIN if domains else Grain.NODE

    def increment(self, node: Node) -> int:
        """Nodes that come together; of what is sold by the domain whole domains."""
        if self.grain(node) is Grain.DOMAIN:
            return math.lcm(self.increment_nodes, node.nodes_per_domain)
        return self.increment_nodes

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """Compile to offers over a timeline."""
        raise TypeError(f"{type(self).__name__} does not say what it offers")

    def compiled(
        self,
        timeline: Timeline,
        node: Node,
        run: Run,
        price_usd_per_node: NDArray[np.float64],
        capex_usd_per_node: NDArray[np.float64] | None = None,
    ) -> Offers:
        """Offers over the periods `run` at these prices, with the limits and running cost of the channel.

        Prices are those of today, shape [offer]; they change by `price_factor` until the year the offer
        begins in. `capex_usd_per_node` is what of them is paid at the start.
        """
        factor, loss = self.price_factor(timeline, run), self.interruption()
        if not self.traits.committed and np.any(run[0] != run[1]):
            raise TypeError(f"{type(self).__name__} is not committed, and offers nodes for several periods")
        return Offers(
            term=self.traits.cost_term,
            first=run[0],
            last=run[1],
            price_usd_per_node=price_usd_per_node * factor,
            running_usd_per_node_hour=self.running(timeline, node),
            minimum_nodes=self.min_nodes,
            limit=self.limit(),
            increment_nodes=self.increment(node),
            grain=self.grain(node),
            maximum_new_nodes=self.max_new_nodes,
            maximum_new_nodes_per_week=self.max_new_nodes_per_week,
            available_share=1.0 if loss is None else loss.available_share,
            loss=None if loss is None else loss.together,
            lendable=self.traits.committed,
            draws_on=self.commitment(),
            draw_usd_per_node_hour=self.draw_usd_per_node_hour(node),
            capex_usd_per_node=None if capex_usd_per_node is None else capex_usd_per_node * factor,
        )

    def price_factor(self, timeline: Timeline, run: Run) -> NDArray[np.float64]:
        """What is paid of each offer, with taxes, relative to its price today, shape [offer]."""
        years, index = timeline.year_from[run[0]], timeline.price_indices.get(self.price_index or "")
        change = (1.0 + self.price_change_per_year) ** years if index is None else index.factor(years)
        return np.asarray(change * (1.0 + self.tax_share))

    def price_factor_at(self, timeline: Timeline, period: int) -> float:
        """What is paid of what begins in a period, with taxes, relative to its price today."""
        return float(self.price_factor(timeline, (np.array([period]), np.array([period])))[0])

    def running(self, timeline: Timeline, node: Node) -> NDArray[np.float64]:
        """USD per node-hour in use, shape [period]."""
        return np.full(timeline.periods, self.running_usd_per_node_hour)

    def idle(self, timeline: Timeline, node: Node) -> NDArray[np.float64]:
        """USD per node-hour held that runs nothing, the energy that the channel prices, shape [period]."""
        return np.zeros(timeline.periods)

    def prices(self) -> dict[str, float]:
        """What is paid to hold a node, by key, of those given."""
        return {key: value for key in self.traits.prices if (value := getattr(self, key)) is not None}

    def hourly_price(self, node: Node) -> float | None:
        """USD per node and hour; None where no price is by the hour."""
        return None

    def commitment(self) -> str | None:
        """Name of the spend commitment that its nodes draw on; None for none."""
        return None if self.traits.draws_on is None else str(getattr(self, self.traits.draws_on))

    def draw_usd_per_node_hour(self, node: Node) -> float:
        """What a node draws on that commitment in an hour: its hourly price. Raises TypeError where it has none."""
        if self.commitment() is None:
            return 0.0
        price = self.hourly_price(node)
        if price is None:
            raise TypeError(f"{type(self).__name__} draws on a commitment and has no hourly price")
        return price

    def limit(self) -> NodeLimit | None:
        """The most nodes that can be held at any time, with the key that says so; None: no limit."""
        return None if self.max_nodes is None else NodeLimit("max_nodes", self.max_nodes)

    def interruption(self) -> Interruption | None:
        """How the vendor may take nodes back; None where it may not."""
        return None

    def payments(self, node: Node) -> Payments | None:
        """When a node is paid for; None where its cost falls due as it is held, or the spend commitment bears it."""
        return None

    def signing(self, node: Node, hours: float) -> Signing:
        """What a signature for one node binds to, of an offer over so many hours of a horizon."""
        payments = self.payments(node)
        if payments is None:
            price = self.hourly_price(node)
            return Signing(None if price is None else price * hours, 0.0, hours, hours)
        owed, lasts = payments.owed_years, payments.owed_years or payments.life_years
        total = payments.at_start + payments.per_year * (owed or 0.0)
        return Signing(
            obligation=None if lasts is None else total,
            at_signing=payments.at_start,
            binds_hours=None if owed is None else owed * HOURS_PER_YEAR,
            lasts_hours=None if lasts is None else lasts * HOURS_PER_YEAR,
        )

    def power_kw_of(self, node: Node) -> float:
        """Power of a node in use in kW; 0 where nobody knows it."""
        return node.power_kw if node.power_kw is not None else 0.0

    def needs_power(self) -> bool:
        """Whether the prices need the power of a node as the hardware states it."""
        return False

    def later(self, hours: float) -> Self:
        """The channel as it is so many hours later, for a horizon that begins then, its lead time so much shorter."""
        if self.lead_time_hours == 0.0:
            return self
        return self.model_copy(update={"lead_time_hours": max(0.0, self.lead_time_hours - hours)})

    def findings(self, horizon: Horizon) -> Iterator[tuple[str, str]]:
        """Key and message of what makes no sense on a horizon, for the loader to refuse."""
        yield from ()

    def doubts(self, horizon: Horizon) -> Iterator[str]:
        """What of it can never happen, though nothing is wrong: a plan carries it among its warnings."""
        yield from ()

    def never_held(self, horizon: Horizon) -> str:
        """Why no node can be held at any time of a horizon, where that is so."""
        return f"none can be held within the horizon of {horizon.hours:g} h"
