"""Spend: nodes that draw on a spend commitment draw no more than is committed.

    sum_{c drawing on p} draw[c] * held[c,t] <= committed[p,t] <= most[p]
    committed[p,t] = increment[p] * sum_{s: first <= t <= last} commit[p,s]

USD per hour, all p, t. Dual: USD per further dollar an hour committed in that period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import COMMITMENT, SPAN
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.relaxable import RelaxableLimit, every_period
from planner.model.treatment import Treatment, refused
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.market import CommitmentSet
    from planner.model.sets import Sets
    from planner.model.variables import Row


def _commit(sets: Sets) -> Domain:
    plans = sets.market.commitments
    spans = [(place, span) for place, plan in enumerate(plans) for span in range(len(plan.first))]
    most = [np.ceil(_useful_usd_per_hour(sets, plan) / plan.increment_usd_per_hour - 1e-9) for plan in plans]
    return domain(spans, 2, upper=np.array([most[place] for place, _ in spans]))


def _useful_usd_per_hour(sets: Sets, plan: CommitmentSet) -> float:
    """Most that one span can be of use for: all that channels can draw in any period, and what is signed already.

    The limit of the commitment has no part in it: its rows keep that, and a diagnosis may move it there.
    """
    drawn = np.zeros(sets.periods)
    for place, channel in enumerate(sets.channels):
        if channel.draws_on == plan.name:
            drawn += channel.draw_usd_per_node_hour * sets.held_limit[place]
    signed = {} if sets.signed is None else sets.signed.usd_per_hour
    return max(
        [float(drawn.max(initial=0.0)), *(usd for (name, _), usd in signed.items() if name == plan.name)]
    )


VARIABLES = (
    DecisionVariable(
        "commit",
        (COMMITMENT, SPAN),
        _commit,
        "increments",
        "of spending an hour committed for a span",
        whole=True,
    ),
)

AUDITED_BY = ("spending",)


def applies(sets: Sets) -> bool:
    """Where there are spend commitments."""
    return bool(sets.market.commitments)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return refused("spending may be committed")


def committed(sets: Sets, variables: Variables, plan: int, period: int) -> list[Term]:
    """Terms of the dollars an hour committed in a period."""
    spans = sets.market.commitments[plan]
    active = np.flatnonzero((spans.first <= period) & (period <= spans.last)).tolist()
    return [(variables["commit"][plan, span], spans.increment_usd_per_hour) for span in active]


def relaxable(sets: Sets) -> Iterator[RelaxableLimit]:
    """Limits that a user can move."""
    hours = float(sets.timeline.discounted_hours.sum())
    for place, plan in enumerate(sets.market.commitments):
        limit, key = plan.most_usd_per_hour, f"spend_commitments.{plan.name}.max_usd_per_hour"
        if np.isfinite(limit):
            rows = every_period(sets, "max", place)
            yield RelaxableLimit(key, "USD an hour", limit, rows, np.inf, usd=hours, by_period=True)


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One or two rows per commitment and period."""
    for place, plan in enumerate(sets.market.commitments):
        drawing = [at for at, channel in enumerate(sets.channels) if channel.draws_on == plan.name]
        for period in range(sets.periods):
            paid = committed(sets, variables, place, period)
            drawn = [
                (variable, nodes * sets.channels[at].draw_usd_per_node_hour)
                for at in drawing
                for variable, nodes in variables.held(sets, at, period)
            ]
            yield "", (place, period), affine([*drawn, *((v, -k) for v, k in paid)]) <= 0
            if np.isfinite(plan.most_usd_per_hour):
                yield "max", (place, period), affine(paid) <= plan.most_usd_per_hour
