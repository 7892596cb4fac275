"""Decode what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.model.values import NEGLIGIBLE
from planner.plan.contents import Backlog

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.values import Values


def waiting(sets: Sets, values: Values) -> NDArray[np.float64]:
    """Work that waits at the end of each period, in tokens/s (requests/s) times hours: [work, period]."""
    backlog, most = values.market["backlog"] * sets.work_scale[:, None], np.zeros_like(sets.demand)
    for work, may_wait in (sets.deferral.most if sets.deferral is not None else {}).items():
        most[work] = may_wait
    return np.where(backlog > NEGLIGIBLE * most, backlog, 0.0)


def put_off_demand(sets: Sets, values: Values) -> NDArray[np.float64]:
    """Tokens/s left for later periods, less those taken over from earlier ones, shape [work, period]."""
    backlog, previous = waiting(sets, values), sets.timeline.previous
    return np.asarray((backlog - np.where(previous >= 0, backlog[:, previous], 0.0)) / sets.timeline.hours)


def backlog_of(sets: Sets, values: Values) -> tuple[Backlog, ...]:
    """Works of which some waits."""
    amounts = waiting(sets, values) * SECONDS_PER_HOUR
    return tuple(
        Backlog(workload=work.workload, phase=str(work.phase), waiting=tuple(amounts[place].tolist()))
        for place, work in enumerate(sets.works)
        if amounts[place].any()
    )
