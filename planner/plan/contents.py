"""What a plan holds: its verdict, its records and the question, as plain data.

Shapes: a series of a record has one value for each period of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from planner.core.solution import Status, relative_gap

SCHEMA_VERSION = 4
RECOMMENDED_GAP = 0.05
"""Gap up to which a plan is recommended where nobody says otherwise."""


@dataclass(frozen=True)
class Holding:
    """Nodes taken of one channel over periods `first`..`last`, both included, and what they cost.

    Of a node hired GPU by GPU they are a part.
    """

    hardware: str
    channel: str
    kind: str
    term: str
    first: int
    last: int
    nodes: float
    cost: float


@dataclass(frozen=True)
class UnitSchedule:
    """One deployment unit type: how many run in each period. Of a node that units share, one takes a part.

    `busy_limit` is the share of its time that each may be busy, so that waits and failures stay within what
    was promised; empty where nothing was. `provenance` is the origin of the rate it was planned with:
    measured, calibrated or extrapolated; `band_low` and `band_high` multiply it to the ends of its error band.
    """

    unit: str
    hardware: str
    role: str
    gpus: int
    nodes: float
    on: tuple[int, ...]
    busy_limit: tuple[float, ...] = ()
    provenance: str = ""
    band_low: float | None = None
    band_high: float | None = None


@dataclass(frozen=True)
class Placed:
    """One unit on its nodes over periods `first`..`last`, both included; where it lies matters on this hardware.

    `number` distinguishes units of a type. Node `n5` is one of those that are sold one by one, `d2n5` the fifth of the
    second scale-up domain; `gpus:NAME` stands for a node of the seller where the channel of that name sells GPUs.
    """

    unit: str
    number: int
    hardware: str
    nodes: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Served:
    """Tokens/s (requests/s) that a unit type serves of a work in each period."""

    workload: str
    phase: str
    unit: str
    per_s: tuple[float, ...]


@dataclass(frozen=True)
class Shed:
    """Tokens/s (requests/s) of a work left unserved in each period."""

    workload: str
    phase: str
    per_s: tuple[float, ...]


@dataclass(frozen=True)
class Use:
    """Nodes of a channel in use in each period,, where a node in use costs extra."""

    hardware: str
    channel: str
    nodes: tuple[float, ...]


@dataclass(frozen=True)
class Outsourced:
    """Share of a workload's demand that a vendor takes in each period, and its cost at list prices."""

    vendor: str
    workload: str
    share: tuple[float, ...]
    list_cost: float


@dataclass(frozen=True)
class Lent:
    """Nodes lent over periods `first`..`last`, both included, and what they earn."""

    lending: str
    hardware: str
    first: int
    last: int
    nodes: int
    credit: float


@dataclass(frozen=True)
class Committed:
    """Spending committed over periods `first`..`last`, both included, in money per hour, and what it costs."""

    commitment: str
    first: int
    last: int
    per_hour: float
    cost: float


@dataclass(frozen=True)
class CostOfStage:
    """What a line of the cost takes in a stage, in money of its day: all stages discounted it is the line again.

    Commitments are spread over the hours that they cover, capital as it is recovered.
    """

    stage: str
    term: str
    cost: float


@dataclass(frozen=True)
class CashOfStage:
    """What is paid and received in a stage, in money of its day, as expected over the scenarios.

    `peak_funding` is the most that is paid but not received again, from the beginning of the plan to any time in it.
    """

    stage: str
    paid_at_start: float
    paid_over_time: float
    received: float
    peak_funding: float


@dataclass(frozen=True)
class Backlog:
    """Tokens (requests) of a work that wait at the end of each period, to be served later."""

    workload: str
    phase: str
    waiting: tuple[float, ...]


@dataclass(frozen=True)
class Routed:
    """Share of a workload's requests in each period that are read at one site and answered at another, or the same.

    Sites are told with the kind of KV cache where there are several (`oslo.nvidia`); `link` is the one that caches
    pass over, empty where none does.
    """

    workload: str
    read_at: str
    answered_at: str
    link: str
    share: tuple[float, ...]


@dataclass(frozen=True)
class PlanContents:
    """A plan with its proof. Money is in `currency`; `bound` is the best valid lower bound of the cost."""

    instance: str
    status: Status
    cost: float
    bound: float
    limit: str | None
    currency: str
    seconds: float
    solver: str
    method: str
    seed: int
    periods: tuple[str, ...]
    period_hours: float
    period_weights: tuple[float, ...]
    cost_terms: dict[str, float]
    holdings: tuple[Holding, ...]
    units: tuple[UnitSchedule, ...]
    served: tuple[Served, ...]
    shed: tuple[Shed, ...]
    use: tuple[Use, ...]
    outsourced: tuple[Outsourced, ...] = ()
    lent: tuple[Lent, ...] = ()
    committed: tuple[Committed, ...] = ()
    cash: tuple[CashOfStage, ...] = ()
    stage_costs: tuple[CostOfStage, ...] = ()
    backlog: tuple[Backlog, ...] = ()
    placed: tuple[Placed, ...] = ()
    routed: tuple[Routed, ...] = ()
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    method_reason: str = ""
    own_constraints: tuple[str, ...] = ()
    """Names of what the user added to the question for this plan: bound and status are of the question with them."""
    gap_asked: float | None = None
    """Gap that was to be proven: at or below it the plan is `optimal`."""
    recommended_gap: float = RECOMMENDED_GAP
    """Gap up to which a plan that misses `gap_asked` is recommended all the same."""
    summary: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    question: dict[str, Any] = field(default_factory=dict)
    """The instance as plain data, series included, so that a plan can be judged and shown on its own."""

    @property
    def gap(self) -> float:
        """Relative gap between cost and bound."""
        return relative_gap(self.cost, self.bound)

    @property
    def usable(self) -> bool:
        """Whether there is a plan, and its audit accepts it."""
        return self.status in (Status.OPTIMAL, Status.FEASIBLE)

    @property
    def recommended(self) -> bool:
        """Whether to act on it: usable, and proven to the gap asked for or at least to `recommended_gap`.

        Beyond, nobody knows whether a plan that costs far less exists, so there is no recommendation yet.
        """
        return self.status is Status.OPTIMAL or (self.usable and self.gap <= self.recommended_gap)


RECORD_KINDS: dict[str, type] = {
    **{"holdings": Holding, "units": UnitSchedule, "served": Served, "shed": Shed, "use": Use},
    **{"outsourced": Outsourced, "lent": Lent, "committed": Committed, "backlog": Backlog},
    **{"placed": Placed, "routed": Routed, "cash": CashOfStage},
    "stage_costs": CostOfStage,
}
