"""What an explanation says, as plain records. Money is in the instance's currency over the horizon."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Hour:
    """A period: what binds in it, what is left, and by hardware what one more node would save."""

    period: str
    binds: tuple[str, ...]
    headroom_per_s: dict[str, float]
    idle_nodes: dict[str, float]
    node_worth: dict[str, float]


@dataclass(frozen=True)
class DualCheck:
    """A dual against re-solves with a little less and a little more demand.

    `left` and `right` are the costs per token/s on either side, None where there is no plan. A dual agrees
    when it lies between them; it is degenerate when they differ, and then any price between is as good.
    """

    left: float | None
    right: float | None
    agrees: bool
    degenerate: bool


@dataclass(frozen=True)
class Marginal:
    """Cost of one more token/s of a work throughout a period.

    `units_held`: with every unit and node of the plan held (the dual of that linear program): 0 while there
    is headroom. `relaxed`: everything free and divisible, the price in the long run. `next_unit`: what it
    costs, in whole units, to serve one token/s beyond the headroom when other periods keep their units;
    None where it was not asked or cannot be served. Checks are given for the periods where they were made.
    """

    work: str
    period: str
    headroom_per_s: float
    units_held: float
    relaxed: float
    relaxed_per_million: float
    next_unit: float | None = None
    units_held_check: DualCheck | None = None
    relaxed_check: DualCheck | None = None


@dataclass(frozen=True)
class Lost:
    """An option that the plan does not use, forced in at the least cost, all else divisible.

    `once`: the extra cost of one unit for one period, or of one increment of a channel; the reduced cost.
    `throughout`: that of one unit on in every period. `too_dear_share` is `throughout` as a share of the
    dual value of the unit's nodes, or the reduced cost of a channel as a share of its price: by so much it would have
    to be better, or cheaper. None where it cannot be taken or is not known. `why` says it in words. `beside` compares a
    unit with the one that does its work.
    """

    name: str
    kind: str
    once: float | None
    throughout: float | None
    too_dear_share: float | None
    why: str
    beside: Beside | None = None


@dataclass(frozen=True)
class Beside:
    """A unit that lost beside `winner`, the unit of the same hardware and work that runs for most node-hours.

    `faster_share`: its tokens/s of a node over those of the winner, less 1. `nodes` are those of one of its units,
    `waste_share` the node-hours beyond those that divisible units would take, were it to do alone what all units of the
    work on that hardware do; `winner_waste_share` the same of the winner.
    """

    winner: str
    faster_share: float
    nodes: float
    waste_share: float
    winner_waste_share: float


@dataclass(frozen=True)
class FullChannel:
    """A channel that gives all it can in `full_periods`. One increment of nodes more, with the units of the plan held,
    saves `saving`: None where that stayed open."""

    channel: str
    full_periods: int
    increment_nodes: int
    saving: float | None


@dataclass(frozen=True)
class NextBest:
    """The plan without something it uses: the extra cost lies between `at_least` (proven) and `at_most` (a
    plan found; None when none was found in time). `possible` is False when there is no plan without it, None
    when that stayed open. `relaxed` is the extra cost when everything is divisible."""

    without: str
    possible: bool | None
    relaxed: float | None
    at_least: float | None
    at_most: float | None


@dataclass(frozen=True)
class Commitment:
    """A commitment against hiring the same hardware. `hours_per_day` of use at which they cost the same;
    above 24 the commitment never pays. `last_node_hours` is the use of the last node held,
    `next_node_hours` that of one more. `hours_per_day` is None, with the reason in `note`, where there is
    nothing to compare with."""

    channel: str
    against: str | None
    hours_per_day: float | None
    held_nodes: int
    last_node_hours: float | None
    next_node_hours: float | None
    note: str


@dataclass(frozen=True)
class Explanation:
    """Why a plan is as it is, or why there is none (`reasons`). `sentences` say the most important of it in words,
    `duration` the time that money is of. `nearby`: it is among plans with numbers of units near those of this one, as
    availability is known of no others."""

    instance: str
    status: str
    currency: str
    cost: float | None
    bound: float | None
    relaxed_cost: float | None
    gap_asked: float | None = None
    duration: str = ""
    period_hours: float = 1.0
    nearby: bool = False
    reasons: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    full: tuple[FullChannel, ...] = ()
    hours: tuple[Hour, ...] = ()
    marginals: tuple[Marginal, ...] = ()
    lost: tuple[Lost, ...] = ()
    next_best: tuple[NextBest, ...] = ()
    break_even: tuple[Commitment, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)
