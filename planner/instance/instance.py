"""The instance: one question, completely stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from planner.core.attached import attached
from planner.instance.base import NonNegative, Strict, Text
from planner.instance.channels import AnyChannel
from planner.instance.deployment import Deployment
from planner.instance.exchange_rate import CurrencyCode, ExchangeRate
from planner.instance.hardware import Hardware
from planner.instance.horizon import Horizon
from planner.instance.lending import Lending
from planner.instance.limits import Limits
from planner.instance.money_keys import DOLLARS, stated_in
from planner.instance.name import Name
from planner.instance.price_index import PriceIndex
from planner.instance.rate_policy import RatePolicy
from planner.instance.scenario import Risk, Scenario
from planner.instance.sites import Link, Region, Site
from planner.instance.spend_commitment import SpendCommitment
from planner.instance.stage import Stage
from planner.instance.start_up import StartUp
from planner.instance.timeline import Timeline, timeline_of
from planner.instance.vendor import Vendor
from planner.instance.workload import Workload

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Baseline(Strict):
    """A schedule that someone already runs, to compare the plan with."""

    csv: Text | None = None
    """Path of a CSV file with one row a period, relative to the instance file."""
    nodes: tuple[NonNegative, ...] | Text
    """Nodes held in every period, or the name of the column."""
    source: Text | None = None
    """Where the schedule comes from."""


class Instance(Strict):
    """A capacity-planning question: what is to be served, on what, bought how, over which time."""

    version: Literal[1]
    """Version of the instance format."""
    name: Name
    """Short name, used in outputs."""
    description: Text = ""
    """What the instance is about."""
    horizon: Horizon
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = DOLLARS
    """Currency of the plan. Prices in it are taken as they are (`price_cny_per_node_hour` under `currency: CNY`);
    prices in others, US dollars too, are exchanged at `exchange_rates`."""
    workloads: Annotated[dict[Name, Workload], Field(min_length=1)]
    """Streams of requests by name."""
    deployments: Annotated[tuple[Deployment, ...], Field(min_length=1)]
    """Units that may be run."""
    rates: RatePolicy = RatePolicy()
    """How sure computed rates must be."""
    hardware: dict[Name, Hardware] = {}
    """Facts that override the catalog, by hardware."""
    fleet: Annotated[dict[Name, Annotated[dict[Name, AnyChannel], Field(min_length=1)]], Field(min_length=1)]
    """Channels by hardware: how its nodes can be held."""
    exchange_rates: dict[CurrencyCode, ExchangeRate] = {}
    """Rates at which amounts in other currencies than the plan's (`price_cny_per_node_month`) are exchanged."""
    spend_commitments: dict[Name, SpendCommitment] = {}
    """Commitments to spend that channels of kind `spend_commitment` draw on."""
    vendors: dict[Name, Vendor] = {}
    """Sellers of tokens that may take some of the work."""
    lending: dict[Name, Lending] = {}
    """Takers of idle nodes."""
    limits: Limits = Limits()
    """Limits on the whole plan."""
    sites: dict[Name, Site] = {}
    """Places where nodes stand, by the `site` that channels or hardware name; absent: one place."""
    regions: dict[Name, Region] = {}
    """Places where requests arise, by the `region` that workloads name."""
    links: dict[Name, Link] = {}
    """Lines between sites that KV caches may pass over."""
    start_up: StartUp = StartUp()
    stages: dict[Name, Stage] = {}
    """The years of the plan, in order, each represented by one horizon; absent: the horizon alone."""
    discount_rate_per_year: Annotated[NonNegative, Field(le=10)] | None = None
    """Yearly rate at which money counts less the later it is paid: with stages the cost is its present value at the
    beginning. It is the cost of capital of every channel. Absent: money of all years counts alike."""
    price_indices: dict[Name, PriceIndex] = {}
    """Series that prices of channels follow over the years of a plan with stages, by the `price_index` they name."""
    scenarios: dict[Name, Scenario] = {}
    """Ways demand may turn out; absent: it turns out as stated."""
    risk: Risk = Risk()
    """What counts besides the expected cost."""
    baseline: Baseline | None = None
    """A schedule to compare with."""
    assumed: tuple[Text, ...] = ()
    """What was taken for granted where a file did not say it; plans show it among their warnings."""

    def site_of(self, hardware: str, channel: str) -> str | None:
        """Where the nodes of a channel stand; None where nobody says it."""
        own = self.hardware.get(hardware)
        return self.fleet[hardware][channel].site or (None if own is None else own.site)

    @property
    def timeline(self) -> Timeline:
        """The periods as arrays: those of the horizon, once for each stage and, in it, for each scenario."""
        weights = [scenario.probability for scenario in self.scenarios.values()] or [1.0]
        years = [stage.years for stage in self.stages.values()]
        return timeline_of(
            self.horizon,
            self.start_up.before_first_period,
            weights,
            years,
            self.discount_rate_per_year,
            self.price_indices,
        )

    @property
    def periods(self) -> int:
        """Number of periods of a plan."""
        return self.horizon.periods * max(1, len(self.scenarios)) * max(1, len(self.stages))

    def labels(self) -> list[str]:
        """Name of every period: its start, after the names of its stage and its scenario, if any."""
        starts = self.horizon.labels()
        names = [(*stage, *scenario) for stage in _names(self.stages) for scenario in _names(self.scenarios)]
        return [" ".join([*name, start]) for name in names for start in starts]

    @model_serializer(mode="wrap")
    def _in_its_currency(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Plain data whose keys say the currency that the amounts are in."""
        data: dict[str, Any] = write(self)
        return data if self.currency == DOLLARS else stated_in(self, data, self.currency)

    @classmethod
    def from_dict(cls, data: dict[str, Any], overrides: dict[str, Any] | None = None) -> Instance:
        """An instance of plain data: what `to_dict`, `model_dump` or a JSON file of either hold.

        Demand may be given as a pandas DataFrame (`{"workloads": {"chat": {"demand": frame}}}`, a column for each
        series) or its series as Series or arrays; an index or column of times is compared with the horizon.
        `overrides` as in `planner.load`. Raises InstanceError with every fault found.
        """
        made: Instance = attached(Instance, "from_dict")(data, overrides)
        return made

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, as `planner.from_dict` reads it: what was given, CSV series as numbers."""
        return self.model_dump(mode="json", exclude_unset=True)

    def override(self, values: dict[str, Any]) -> Instance:
        """A new instance with other values at dotted paths: `{"workloads.chat.demand.scale": 1.3}`.

        A step is a key or a position in a list. A value may be a pandas Series or an array, at
        `workloads.NAME.demand` also a DataFrame with a column for each series; an index or column of times is
        compared with the horizon. The result is validated like a file. Raises InstanceError with every fault
        found.
        """
        changed: Instance = attached(Instance, "override")(self, values)
        return changed

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the demand over time with matplotlib."""
        drawn: Axes = attached(Instance, "plot")(self, ax)
        return drawn

    def _repr_html_(self) -> str:
        return str(attached(Instance, "_repr_html_")(self))


def _names(named: dict[str, Any]) -> list[tuple[str, ...]]:
    """Names as tuples of one; one empty tuple where there are none."""
    return [(name,) for name in named] or [()]
