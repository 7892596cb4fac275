"""Deferral: work with a deadline waits, first come first served, and is served before it is due.

    off[w,t] = (backlog[w,t] - backlog[w,prev(t)]) / hours[t]       put off, less what is taken over
    sum_u serve[w,u,t] + shed[w,t] + off[w,t] >= demand[w,t]        as in the family demand, w that may wait
    off[w,t] + taken[w,t] + shed[w,t] <= demand[w,t]                all w that may wait, t
    backlog[w,t] <= sum_{k < deadline} hours * (demand - taken - shed)[w, prev^k(t)]    all w that may wait, t
    ratio[t] * backlog[prefill,t] <= backlog[decode,t]              workloads with both, t

    where the ratio of answers to prompts differs, with s = prev^k(t), s' the one that came next after it:
    sum_k hours * demand[prefill,s] * unread[t,k] = backlog[prefill,t]
    sum_k hours * demand[decode,s] * unread[t,k] <= backlog[decode,t]
    unread[t,k] <= beyond[t,k] <= unread[t,k'] + (taken + shed share)[s'],   beyond[t,k] <= beyond[t,k'],
    unread[t,k] <= 1 - (taken + shed share)[s]

tokens/s (requests/s), divided by demand_scale[w,t], the last two by work_scale[w]. The first two rows say
that what is served lies between nothing and what the units can; the third, that whoever waits at the end of a
period came within the deadline: with the oldest served first, cumulative service is no less than cumulative
arrivals a deadline ago. Where nothing can be shed or sold it is the bound of the variable. A request is shed or
sold whole when it comes, and then does not wait. The backlog of a cyclic block is carried from its last period
to its first; a block that starts from nothing starts and ends with nothing waiting. The last rows keep an
answer from being written before its prompt is read: what is unread at the end of a period are the prompts that
came last, and their answers wait too. Duals: USD per token/s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import LAG, PERIOD, WORK, WORKLOAD
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.families.outsource import taken
from planner.model.treatment import Treatment, refused
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.deferral import Order
    from planner.model.sets import Sets
    from planner.model.variables import Row


def _backlog(sets: Sets) -> Domain:
    most = sets.deferral.most if sets.deferral is not None else {}
    at = [(work, period) for work in most for period in range(sets.periods)]
    upper = [most[work] / sets.work_scale[work] for work in most]
    return domain(at, 2, upper=np.concatenate([np.zeros(0), *upper]))


def _unread(sets: Sets) -> Domain:
    return domain((at for at, _ in _jobs(sets)), 3, upper=1)


def _beyond(sets: Sets) -> Domain:
    return domain((at for at, newest in _jobs(sets) if not newest), 3, upper=1)


def _jobs(sets: Sets) -> Iterator[tuple[tuple[int, int, int], bool]]:
    """Workload, period and lag of jobs distinguished by when they arrived, and whether none arrived later."""
    for order in sets.deferral.orders if sets.deferral is not None else ():
        for period, lags in order.came.items():
            for lag in lags:
                yield (order.workload, period, lag), lag == lags[0]


VARIABLES = (
    DecisionVariable(
        "backlog",
        (WORK, PERIOD),
        _backlog,
        "work_scale[work] times hours",
        "work that waits at the end of a period",
    ),
    DecisionVariable(
        "unread",
        (WORKLOAD, PERIOD, LAG),
        _unread,
        "share",
        "of the prompts that arrived so many periods before, unread at the end of the period",
    ),
    DecisionVariable(
        "beyond",
        (WORKLOAD, PERIOD, LAG),
        _beyond,
        "0 or 1",
        "whether prompts that arrived so long ago, or longer, may be unread",
        whole=True,
    ),
)

AUDITED_BY = ("deadline", "queue", "order")


def applies(sets: Sets) -> bool:
    """Where some work may wait."""
    return sets.deferral is not None


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return refused("work may wait for a later period")


def put_off(sets: Sets, variables: Variables, work: int, period: int) -> list[Term]:
    """Terms of what a period leaves for later, less what it takes over, in multiples of demand_scale."""
    if sets.deferral is None or work not in sets.deferral.most:
        return []
    backlog, scale = (
        variables["backlog"],
        sets.demand_scale[work, period] * sets.timeline.hours[period],
    )
    share = float(sets.work_scale[work] / scale)
    before = int(sets.timeline.previous[period])
    taken_over = [(backlog[work, before], -share)] if before >= 0 else []
    return [(backlog[work, period], share), *taken_over]


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per work and period, and one per workload with prompts and answers and period."""
    assert sets.deferral is not None
    for work in sets.deferral.most:
        for period in range(sets.periods):
            terms = [*put_off(sets, variables, work, period), *taken(sets, variables, work, period)]
            terms += variables.unserved(sets, work, period)
            demand = float(sets.demand[work, period] / sets.demand_scale[work, period])
            yield "", (work, period), affine(terms) <= demand
            if sets.deferral.most[work][period] > 0:
                yield from _due_row(sets, variables, work, period)
    backlog = variables["backlog"]
    for order in sets.deferral.orders:
        scale = float(sets.work_scale[order.first] / sets.work_scale[order.second])
        for period in range(sets.periods):
            if period in order.came:
                yield from _course_rows(sets, variables, order, period)
                continue
            ratio = scale * float(order.ratio[period])
            terms = [(backlog[order.first, period], ratio), (backlog[order.second, period], -1.0)]
            yield "order", (order.workload, period), affine(terms) <= 0


def _due_row(sets: Sets, variables: Variables, work: int, period: int) -> Iterator[Row]:
    """What waits arrived within the deadline, and was neither shed nor sold."""
    assert sets.deferral is not None
    gone: list[Term] = []
    at = period
    for _ in range(sets.deferral.periods[work]):
        if at < 0:
            break
        here = [*taken(sets, variables, work, at), *variables.unserved(sets, work, at)]
        scale = float(sets.demand_scale[work, at] * sets.timeline.hours[at] / sets.work_scale[work])
        gone += [(share, amount * scale) for share, amount in here]
        at = int(sets.timeline.previous[at])
    if gone:
        most = float(sets.deferral.most[work][period] / sets.work_scale[work])
        waiting = (variables["backlog"][work, period], 1.0)
        yield "due", (work, period), affine([waiting, *gone]) <= most


def _course_rows(sets: Sets, variables: Variables, order: Order, period: int) -> Iterator[Row]:
    """Which prompts are unread at the end of a period, newest first, and that their answers wait."""
    unread, beyond = variables["unread"], variables["beyond"]
    backlog, here = variables["backlog"], (order.workload, period)
    waits: dict[int, list[Term]] = {order.first: [], order.second: []}
    newer: list[Term] | None = None
    after: Term | None = None
    for lag in order.came[period]:
        came = period
        for _ in range(lag):
            came = int(sets.timeline.previous[came])
        left = (unread[order.workload, period, lag], 1.0)
        for work, terms in waits.items():
            amount = sets.demand[work, came] * sets.timeline.hours[came] / sets.work_scale[work]
            terms.append((left[0], float(amount)))
        away = _away(sets, variables, order.first, came)
        if away:
            yield "there", (*here, lag), affine([left, *away]) <= 1
        if newer is not None:
            older = beyond[order.workload, period, lag]
            yield "beyond", (*here, lag), affine([left, (older, -1.0)]) <= 0
            yield "newer", (*here, lag), affine([*newer, (older, -1.0)]) >= 0
            if after is not None:  # also past requests that were all shed or sold
                yield "older", (*here, lag), affine([after, (older, -1.0)]) >= 0
            after = (older, 1.0)
        newer = [left, *away]
    yield "prompts", here, affine([*waits[order.first], (backlog[order.first, period], -1.0)]) == 0
    yield "answers", here, affine([*waits[order.second], (backlog[order.second, period], -1.0)]) <= 0


def _away(sets: Sets, variables: Variables, work: int, period: int) -> list[Term]:
    """Terms of the share of the requests behind a work that are shed or sold."""
    workload = sets.market.workload_of[work]
    sold = [
        variables["outsource"][place, workload, period]
        for place, vendor in enumerate(sets.market.vendors)
        if workload in vendor.takes
    ]
    shed = variables["shed"].get((workload, period))
    return [(share, 1.0) for share in (sold if shed is None else [*sold, shed])]
