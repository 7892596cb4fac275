"""Decode what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.model.decode_market import outsourced_demand, shed_demand
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
    return _of_what_came(sets, values, np.where(backlog > NEGLIGIBLE * most, backlog, 0.0))


def _of_what_came(sets: Sets, values: Values, backlog: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same backlog, without what grew more than work came: an engine keeps that row to a tolerance only."""
    if not backlog.any():
        return backlog
    came = (sets.demand - shed_demand(sets, values) - outsourced_demand(sets, values)) * sets.timeline.hours
    found, previous = backlog.copy(), sets.timeline.previous.tolist()
    for _ in range(2):  # a cyclic block begins with what its last period leaves
        for period, before in enumerate(previous):
            carried = found[:, before] if before >= 0 else 0.0
            found[:, period] = np.minimum(found[:, period], np.maximum(carried + came[:, period], 0.0))
    return found


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
