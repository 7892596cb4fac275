"""Availability: for what share of the time the capacity that a workload was promised is up, failures included.

    capacity[w](t) = sum_u rate[u,w] share[u,w] up[u](t)  >=  served[w](t)      every phase of the workload

with the shares of their time that the plan gives its works, or where those do not do it any other division of what is
up between the phases of a workload whose units do nothing else (`kernels.queueing.carries`).
Waits are left out, so failures alone are drawn, over many more hours than requests can be replayed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import carries
from planner.rates.places import has_places
from planner.verify.simulation.down import down_of
from planner.verify.simulation.measures import ReplayEstimate, estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.plan.plan import Plan
    from planner.verify.simulation.failures import Interval
    from planner.verify.simulation.schedule import ReplaySchedule

    Array = NDArray[np.float64]

HOURS_DRAWN = 10_000.0
FEWEST = 20
ROUNDING = 1e-9


def standing_shares(schedule: ReplaySchedule, plan: Plan, seed: int) -> dict[str, ReplayEstimate]:
    """Share of the time for every workload that is promised availability, with confidence over the draws."""
    instance = schedule.instance
    promised = [name for name, given in instance.workloads.items() if given.sla.availability is not None]
    if not promised:
        return {}
    hours = instance.timeline.periods * instance.horizon.period_hours
    rng = np.random.default_rng(seed)
    shares: dict[str, list[float]] = {name: [] for name in promised}
    for _ in range(max(FEWEST, int(np.ceil(HOURS_DRAWN / hours)))):
        lasts, period, up = _up(schedule, down_of(schedule, plan, rng))
        for name in promised:
            works = [place for place, work in enumerate(schedule.rates.works) if work.workload == name]
            stands = np.all([_stands(schedule, work, period, up) for work in works], axis=0)
            stands |= _stands_divided_anew(schedule, works, period, up)
            shares[name].append(float(lasts @ stands / lasts.sum()))
    return {name: estimate(values) for name, values in shares.items()}


def _up(
    schedule: ReplaySchedule, down: Sequence[Sequence[Sequence[Interval]]]
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """Runs of time in which nothing changes: hours, the period, and copies of each unit that are up [unit, run]."""
    step = schedule.instance.horizon.period_hours
    periods = schedule.on.shape[1]
    moments = [moment for unit in down for copy in unit for interval in copy for moment in interval]
    edges = np.unique(np.clip([*moments, *(np.arange(periods + 1) * step)], 0.0, periods * step))
    period = np.minimum((edges[:-1] + edges[1:]) / 2.0 / step, periods - 1).astype(np.int64)
    up = schedule.on[:, period].copy()
    for unit, copies in enumerate(down):
        for copy, intervals in enumerate(copies):
            for begin, end in intervals:
                gone = slice(*np.searchsorted(edges, (begin, min(end, edges[-1]))).tolist())
                up[unit, gone] -= schedule.on[unit, period[gone]] > copy
    return np.diff(edges), period, up


def _stands(
    schedule: ReplaySchedule, work: int, period: NDArray[np.int64], up: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether the units that are up carry what the plan serves of a work, by run of time."""
    rate = schedule.rates.rate[:, work, None]
    part = np.array([schedule.share(unit, [work]) for unit in range(len(rate))])
    capacity = (rate * part[:, period] * up).sum(axis=0)
    served = (rate * schedule.busy[:, work]).sum(axis=0)[period]
    return np.asarray(capacity >= served * (1.0 - ROUNDING))


def _stands_divided_anew(
    schedule: ReplaySchedule, works: list[int], period: NDArray[np.int64], up: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """The same when what is up is divided anew between two works, whose units do no other and stand at one place."""
    others = [place for place in range(len(schedule.rates.works)) if place not in works]
    able = np.flatnonzero(schedule.rates.rate[:, works].any(axis=1)).tolist()
    stands = np.zeros(len(period), dtype=bool)
    if len(works) != 2 or has_places(schedule.instance) or schedule.busy[np.ix_(able, others)].any():
        return stands
    rate = schedule.rates.rate[np.ix_(able, works)]
    served = (schedule.rates.rate[:, works, None] * schedule.busy[:, works]).sum(axis=0)
    for one in np.unique(period).tolist():
        runs = period == one
        stands[runs] = carries(up[able][:, runs].T, rate, served[:, one])
    return stands
