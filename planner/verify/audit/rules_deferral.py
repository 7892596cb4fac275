"""Rules on work that waits: only what may, no longer than it may, in order, and all of it accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance import Phase
from planner.verify.audit.facts import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts


def deadline(facts: Facts) -> Iterator[Broken]:
    """With the oldest served first, nothing that waits at the end of a period is past its deadline."""
    slack = _slack(facts)
    for place, work in enumerate(facts.rates.works):
        waiting = facts.waiting[place]
        if (waiting < -slack[place]).any():
            yield work.name, "less than nothing waits", float(-waiting.min())
        most = facts.instance.workloads[work.workload].deferral
        period_hours = facts.calendar.period_hours
        periods = 0 if most is None else int(most.deadline_hours / period_hours + 1e-9)
        overdue, _ = _newest(facts, place, place, periods)
        for period in np.flatnonzero(overdue > slack[place]):
            message = f"{overdue[period] * SECONDS_PER_HOUR:,.6g} wait beyond {periods * period_hours:g} h"
            yield f"{work.name} at {facts.instance.labels()[period]}", message, float(overdue[period])


def queue(facts: Facts) -> Iterator[Broken]:
    """What waits is what arrived and was not served; a block with no period before it leaves nothing behind."""
    slack, calendar = _slack(facts), facts.calendar
    gone = facts.served.sum(axis=0) + facts.shed + facts.outsourced
    invented = (facts.put_off + gone - facts.demand) * calendar.period_hours
    for work, period in np.argwhere(invented > slack[:, None]):
        if facts.waiting[work].any():
            where = f"{facts.rates.works[work].name} at {facts.instance.labels()[period]}"
            yield where, "more is served or waits than there is", float(invented[work, period])
    begins = np.arange(0, facts.periods, calendar.each)
    ends = begins + calendar.each - 1
    for work, end in np.argwhere(facts.waiting[:, ends] > slack[:, None]):
        if calendar.before[begins[end]] < 0:
            where = f"{facts.rates.works[work].name} at {facts.instance.labels()[ends[end]]}"
            yield where, "waits beyond the end of the plan", float(facts.waiting[work, ends[end]])


def order(facts: Facts) -> Iterator[Broken]:
    """No answer is written before its prompt is read: who waits for the first also waits for the second."""
    place = {(work.workload, work.phase): index for index, work in enumerate(facts.rates.works)}
    slack = _slack(facts)
    for name in facts.instance.workloads:
        first, second = place.get((name, Phase.PREFILL)), place.get((name, Phase.DECODE))
        if first is None or second is None or not facts.waiting[first].any():
            continue
        _, unread = _newest(facts, first, second, facts.periods)
        ahead = unread - facts.waiting[second]
        for period in np.flatnonzero(ahead > slack[second]):
            message = (
                f"{ahead[period] * SECONDS_PER_HOUR:,.6g} tokens are written before their prompts are read"
            )
            yield f"{name} at {facts.instance.labels()[period]}", message, float(ahead[period])


def _newest(
    facts: Facts, work: int, other: int, periods: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Look back over arrivals of a work, newest first, until all that waits is found; shape [period] both.

    What is shed or sold is so when it comes, whole requests at a time, and never waits.
    Returns what is not found within so many periods, and how much of the other work arrived with what is found.
    """
    hours = facts.calendar.period_hours
    kept = np.maximum(facts.demand - facts.shed - facts.outsourced, 0.0) * hours
    came, with_it = (np.append(kept[place], 0.0) for place in (work, other))
    previous = np.append(facts.calendar.before, -1)
    rest, at, found = facts.waiting[work].copy(), np.arange(facts.periods), np.zeros(facts.periods)
    for _ in range(periods):
        if not rest.any():
            break
        share = np.divide(np.minimum(rest, came[at]), came[at], out=np.zeros_like(rest), where=came[at] > 0)
        found += share * with_it[at]
        rest -= share * came[at]
        at = previous[at]
    return rest, found


def _slack(facts: Facts) -> NDArray[np.float64]:
    return np.asarray(10 * TOLERANCE * facts.demand.max(axis=1, initial=0.0))


deferral_rules = (("deadline", deadline), ("queue", queue), ("order", order))
