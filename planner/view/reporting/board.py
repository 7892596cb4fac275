"""The first page, for those who decide: what the plan saves, what to sign by when, what could go wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from planner.plan.duration import duration
from planner.plan.purchases import hired
from planner.plan.quantities import held
from planner.view.reporting.baselines_table import saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.study.baselines import CostBaseline
    from planner.study.signatures import Signature
    from planner.view.reporting.service_table import ServiceRow

MOST_SIGNATURES = 8
PROVEN = 5e-5
"""A gap below this is none, in words."""
LITTLE_ROOM = 0.01
"""Room below this share of the demand is told as none."""


@dataclass(frozen=True)
class ToSign:
    """What to sign, and by when: so long before the nodes stand as they take to come."""

    what: str
    by: datetime
    vendor: str
    owed: float | None


@dataclass(frozen=True)
class Board:
    """What the page says first. `left_out`: signatures that it leaves to the list behind."""

    savings: tuple[str, ...]
    to_sign: tuple[ToSign, ...]
    left_out: int
    risks: tuple[str, ...]


def board(
    plan: Plan,
    instance: Instance,
    against: Sequence[CostBaseline],
    signed: Sequence[Signature],
    service: Sequence[ServiceRow],
) -> Board:
    """The page of a usable plan, from its baselines, signatures and service."""
    rows = [_to_sign(instance, one) for one in signed]
    rows.sort(key=lambda row: row.by)
    return Board(
        savings=tuple(_saving(plan, one) for one in against),
        to_sign=tuple(rows[:MOST_SIGNATURES]),
        left_out=max(0, len(rows) - MOST_SIGNATURES),
        risks=tuple(_risks(plan, instance, signed, service)),
    )


def _saving(plan: Plan, one: CostBaseline) -> str:
    if one.saving is None:
        return f"Against {one.name}: not known, as {one.note}."
    words = "saves" if one.saving >= 0 else "costs more"
    share = saved(one).lstrip("-")
    by = f" ({share})" if share else ""
    return f"Against {one.name} it {words} {_money(abs(one.saving))} {plan.currency} {duration(plan)}{by}."


def _to_sign(instance: Instance, one: Signature) -> ToSign:
    lead_hours = 0.0
    if one.hardware is not None:
        lead_hours = instance.fleet[one.hardware][one.channel].lead_time_hours
    return ToSign(
        what=f"{one.what}: {one.amount:,g} {one.unit}",
        by=one.begins - timedelta(hours=lead_hours),
        vendor=one.vendor or "",
        owed=None if one.obligation is None else one.obligation * one.times,
    )


def _risks(
    plan: Plan, instance: Instance, signed: Sequence[Signature], service: Sequence[ServiceRow]
) -> Iterator[str]:
    owed = sum((one.obligation or 0.0) * one.times for one in signed)
    if owed > 0:
        open_ = sum(one.obligation is None for one in signed)
        more = f", and {open_} more whose term is not stated" if open_ else ""
        yield f"Demand may stay below the plan: {_money(owed)} {plan.currency} are owed all the same{more}."
    yield from _market(plan, instance)
    yield from _rates(plan)
    for row in service:
        if row.room is not None and row.room < LITTLE_ROOM:
            yield (
                f"Demand may exceed the plan: at its tightest hour {row.work} has no room beyond what its promises "
                "hold back, so more of it would wait."
            )
        if row.shed_share > 0:
            yield f"{row.shed_share:.1%} of {row.work} is not served, as the plan stands."
    if PROVEN < plan.gap < math.inf:
        yield f"A cheaper plan may exist: up to {plan.gap:.2%} of the cost is not proven."


def _market(plan: Plan, instance: Instance) -> Iterator[str]:
    """What is hired by the period may not be there, or be taken away."""
    by_period = [0.0] * len(plan.periods)
    channels = {(one.hardware, one.channel) for one in hired(plan)}
    for key, nodes in held(plan).items():
        if key in channels:
            by_period = [one + two for one, two in zip(by_period, nodes, strict=True)]
    if any(by_period):
        yield f"The market may have none: up to {max(by_period):,.6g} nodes at a time are hired by the hour."
    for hardware, channel in sorted(channels):
        if getattr(instance.fleet[hardware][channel], "interruptions_per_node_month", None):
            yield f"{hardware}.{channel} may be taken back at any time; what then is kept is in the plan."


def _rates(plan: Plan) -> Iterator[str]:
    """Rates that nobody measured."""
    guessed = [one for one in plan.units if one.band_low is not None and one.band_low < 1.0]
    if not guessed:
        return
    lowest = min(one.band_low for one in guessed if one.band_low is not None)
    yield (
        f"Units may be slower: the rates of {len(guessed)} of {len(plan.units)} kinds are predicted, not measured; at "
        f"the low end of its error band the worst of them takes {1.0 / lowest - 1.0:.0%} more nodes."
    )


def _money(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.2f}"
