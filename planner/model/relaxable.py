"""Limits that a user can move, as the family whose rows keep them declares them: what a diagnosis may relax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.model.index import Position
    from planner.model.sets import Sets

    Rows = dict[tuple[str, Position], float]


@dataclass(frozen=True)
class RelaxableLimit:
    """A limit: its key in the instance, its value, and how moving it by one `unit` enters the rows.

    `rows` are the coefficients of the slack by part of the family and position. `step` is +1 where the repair raises
    the limit and -1 where it lowers it, by at most `most`. `usd` is what one unit moved costs over the horizon at
    most, None where the move itself has no price. `by_period`: the last axis of its rows is the period; a limit
    without spans the plan.
    """

    key: str
    unit: str
    limit: float
    rows: Rows
    most: float
    step: int = 1
    whole: bool = False
    usd: float | None = None
    by_period: bool = False
    family: str = ""


def rows_of(part: str, positions: Iterable[Position], coefficient: float = -1.0) -> Rows:
    """The same coefficient in rows of a part."""
    return {(part, at): coefficient for at in positions}


def every_period(sets: Sets, part: str, *at: int, coefficient: float = -1.0) -> Rows:
    """The same coefficient in the rows of all periods of a part, at a position on the axes before the period."""
    return rows_of(part, ((*at, period) for period in range(sets.periods)), coefficient)


def least_nodes(sets: Sets, key: str, nodes: float, part: str, *at: int) -> RelaxableLimit:
    """The least nodes that `key` asks for in every period, by rows of a part: may be lowered to none."""
    return RelaxableLimit(
        key=f"{key}.min_nodes",
        unit="nodes",
        limit=nodes,
        rows=every_period(sets, part, *at, coefficient=1.0),
        most=nodes,
        step=-1,
        whole=True,
        by_period=True,
    )


def node_usd(sets: Sets, channel: int) -> float:
    """USD of one more node of a channel held in every period that it offers, by its cheapest offers."""
    offers = sets.channels[channel].offers
    length = (sets.last - sets.first + 1)[offers]
    by_period = sets.offer_price[offers] / length
    inside = (sets.first[offers][:, None] <= np.arange(sets.periods)) & (
        np.arange(sets.periods) <= sets.last[offers][:, None]
    )
    cheapest = np.where(inside, by_period[:, None], np.inf).min(axis=0, initial=np.inf)
    running = sets.running_usd[channel] @ sets.timeline.discounted_hours
    return float(cheapest[np.isfinite(cheapest)].sum() + running)
