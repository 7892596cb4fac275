"""What must be served: demand over time, request lengths, service level, prices."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from planner.instance.base import Flag, NonNegative, OpenShare, Positive, Share, Strict, Text
from planner.instance.customers import Customers
from planner.instance.deferral import Deferral
from planner.instance.horizon import Moment
from planner.instance.lengths import Lengths
from planner.instance.name import Name
from planner.instance.queueing import Queueing
from planner.instance.speculation import Speculation
from planner.instance.token_prices import OffPeak, TokenPrices

Series = NonNegative | tuple[NonNegative, ...] | Text
"""A constant, one value a period, or the name of a column of the CSV file."""

PositiveShare = Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)]

KEEP_TPOT = 0.99
"""Share of requests that a promised time per output token is for."""

TOKEN_SERIES = ("input_tokens_per_s", "cached_tokens_per_s", "output_tokens_per_s")


class Demand(Strict):
    """Load of a workload in every period, in tokens per second or in requests per second.

    Give either tokens (input and output, of which cached input) or requests; requests of known `lengths` are made into
    tokens where no deployment has the role `request`. Where `csv` names a file
    beside the instance, a text in a series is the name of its column.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"requests_per_s": 10}]})

    csv: Text | None = None
    """Path of a CSV file with one row a period, relative to the instance file. It may have more rows where a column of
    times tells which of them are the horizon's."""
    input_tokens_per_s: Series | None = None
    """Prompt tokens, cached ones included."""
    cached_tokens_per_s: Series = 0.0
    """Prompt tokens whose keys and values are already cached: they need no prefill."""
    output_tokens_per_s: Series | None = None
    """Generated tokens."""
    requests_per_s: Series | None = None
    """Undivided requests, for units whose rate is known in requests per second."""
    cached_share: Annotated[float, Field(strict=True, ge=0, lt=1)] | None = None
    """Of demand in requests that is made into tokens: the share of prompt tokens that are cached."""
    growth_per_year: Annotated[float, Field(strict=True, gt=-1, le=1_000_000, allow_inf_nan=False)] | None = (
        None
    )
    """Growth of the demand, 0.5 for half as much again every year; with stages from stage to stage."""
    growth_from: Moment | None = None
    """When the demand is as stated, before growth; absent: at the start of the horizon."""
    launch: Moment | None = None
    """When the service begins: before it there is no demand."""
    scale: Positive = 1.0
    """Multiplies every series."""
    local_clock: Flag = False
    """Whether the series run on the clock of the workload's region: what they say of 09:00 comes when it is 09:00
    there. The horizon then is whole days, which follow each other in a circle."""

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        tokens = self.input_tokens_per_s is not None or self.output_tokens_per_s is not None
        if tokens == (self.requests_per_s is not None):
            raise ValueError(
                "give either tokens (input_tokens_per_s, output_tokens_per_s) or requests_per_s, not both or none"
            )
        return self


class Percentiles(Strict):
    """Upper limits in milliseconds at percentiles."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"p99": 2000}]})

    p50: Positive | None = None
    p90: Positive | None = None
    p95: Positive | None = None
    p99: Positive | None = None
    p999: Positive | None = None

    def limits(self) -> dict[float, float]:
        """Quantile in (0, 1) -> limit in ms, for those given."""
        quantiles = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
        return {quantiles[name]: value for name, value in self if value is not None}

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self.limits():
            raise ValueError("give a limit for at least one of p50, p90, p95, p99, p999")
        return self


class ServiceLevel(Strict):
    """What users are promised."""

    ttft_ms: Percentiles | None = None
    """Time to first token: waiting, prefill and transfer of the KV cache."""
    tpot_ms: Positive | None = None
    """Time per output token: of each request the mean over its tokens after the first, which 99 of 100 requests keep.

    Units that read and write are planned for it where `queueing` is given, else for the mean request."""
    availability: OpenShare | None = None
    """Share of every period's time in which the units that are up carry all phases of what is served of it.

    Units fail as their nodes do, each by itself: no rack, switch or site that takes many at once. Units on
    GPUs that are hired one by one are taken to fill one node of the seller after another, kind by kind: agree on that,
    for a seller who spreads them, or mixes kinds on a node, may keep less. Those that are up are
    divided anew among the promised works that they can do, and works without a promise give way. Phases that no unit
    links stand on pools of their own, of which each may miss an equal part; works on linked units stand together, for
    the longest that one of them is promised. Headroom for waits is kept on what is up."""


class Workload(Strict):
    """One stream of requests with its demand, lengths, service level and prices."""

    model: Name = "unnamed"
    """Served model: a name of the catalog; needed only where the kernel rates a deployment."""
    demand: Demand
    region: Name | None = None
    """Where its requests arise, of `regions`; absent: everywhere, at no distance and without restriction."""
    regions: Annotated[dict[Name, PositiveShare], Field(min_length=1)] | None = None
    """Share of the demand by the region in which it arises, all 1 together: the workload is read as one for each
    region, `chat.europe`, `chat.asia`, with all that it says. Where others name it they mean all of these."""
    kv_bytes_per_token: Positive | None = None
    """Bytes of KV cache of a prompt token, for links; absent: by the kernel, where it knows the model."""
    response_bytes: Positive | None = None
    """Bytes of an answer that leave a site for its user, per generated token (demand in requests: per request)."""
    lengths: Lengths | None = None
    """Request lengths; needed where the kernel rates a deployment."""
    speculation: Speculation | None = None
    """Multi-token prediction of the kernel's units; absent: nothing is drafted."""
    sla: ServiceLevel = ServiceLevel()
    queueing: Queueing | None = None
    """How unsteady requests are; absent: no headroom is planned for waiting."""
    customers: Customers | None = None
    """How many customers share the demand; absent: it comes as the series says."""
    deferral: Deferral | None = None
    """How long requests may wait; absent: they are served in the period they arrive in."""
    price_usd_per_million_tokens: TokenPrices | None = None
    """What customers pay."""
    off_peak: OffPeak | None = None
    """What they pay in a window of the day."""
    free: Flag = False
    """Whether prices that are all zero are meant: they are refused without it."""
    unusual_price: Flag = False
    """Whether prices outside those of any vendor are meant: they are refused without it."""
    shed_usd_per_million_tokens: NonNegative | None = None
    """What a million unserved tokens cost; absent: everything must be served.

    A request goes unserved whole: prompt tokens that would be computed and tokens that would be generated count, at
    the same price. Prompt tokens that are cached already are no work, and do not count.
    """
    shed_usd_per_million_requests: NonNegative | None = None
    """The same for demand in requests."""
    priority: Annotated[int, Field(strict=True, ge=0, le=9)] = 5
    """0 is served first when an audit or a replay must choose."""
    single_pool: Flag = False
    """Whether all of it goes to one kind of unit for each phase, throughout: no splitting by request."""
    free_share: Share = 0.0
    """Share of tokens that earn nothing."""

    @model_validator(mode="after")
    def _one_promise(self) -> Self:
        promised = [name for name in ("ttft_ms", "availability") if getattr(self.sla, name) is not None]
        if self.deferral is not None and promised:
            raise ValueError(
                f"work that may wait is promised its deadline: give deferral or sla.{promised[0]}, not both"
            )
        return self
