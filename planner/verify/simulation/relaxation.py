"""How long waits take to settle: a window shorter than this tells nothing of them.

    prefill   S (1 + scv_a) (1 + scv_s) / 4 / (c (1 - sqrt(busy))^2) + S     of c units that each take S for a prompt
    decode    H / (c (1 - sqrt(busy))^2) + H                                 of c slots that are held for H

which is the relaxation time of M/M/c (J. W. Cohen, The Single Server Queue, 1982, II.2.1: 1 / (mu (1 - sqrt rho)^2)
for one server), stretched as waits are by variability in heavy traffic (J. F. C. Kingman, 1962). How busy units are
that read is told by the rates that they are planned with: passes that wait for the busiest rank leave no time long
before all ranks are full, which is what a replay measures. A phase of work that may wait is let in where the plan does
it alone (`waiting`): in other periods there are no waits for it that settle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.queueing import Queueing
from planner.rates.server_slots import server_slots
from planner.rates.variability import UNKNOWN_SCV, prefill_scv
from planner.verify.simulation.traffic import holding_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.verify.simulation.engine.counted import Counted
    from planner.verify.simulation.schedule import ReplaySchedule
    from planner.verify.simulation.traffic import Traffic

    Array = NDArray[np.float64]

LEAST_LEFT = 1e-3


def busy_share(schedule: ReplaySchedule, entry: Traffic, runs: Sequence[Counted], rate: float = 1.0) -> Array:
    """Share of their time that the units of a workload are busy, measured, or if they read by planned rates [period].

    Units are `rate` times as fast as planned.
    """
    busy = np.maximum(_measured(runs, "prefill_busy"), _measured(runs, "decode_busy"))
    if entry.first is None or entry.prefill is None:
        return busy
    return np.maximum(busy, _planned(schedule, entry, entry.first, entry.prefill) / rate)


def relaxation_s(
    schedule: ReplaySchedule, entry: Traffic, runs: Sequence[Counted], rate: float = 1.0
) -> Array:
    """Seconds in which the waits of a workload settle, at the utilisation that was measured or planned [period]."""
    given = schedule.instance.workloads[entry.workload].queueing or Queueing()
    unsteady = max(1.0, (1.0 + given.arrival_scv) * (1.0 + _varies(schedule, entry)) / 4.0)
    settles = np.zeros(schedule.on.shape[1])
    if entry.first is not None and entry.prefill is not None:
        service, units = _service(schedule, entry.first, entry.prefill)
        planned = _planned(schedule, entry, entry.first, entry.prefill) / rate
        busy = np.maximum(_measured(runs, "prefill_busy"), planned)
        reading_s = _settles(service * unsteady, units, busy) + service
        settles = np.maximum(settles, _is_let_in(schedule, entry, entry.first) * reading_s)
    if entry.second is not None:
        hold = holding_s(schedule, entry)
        slots = _slots(schedule, entry.second)
        writing_s = _settles(hold, slots, _measured(runs, "decode_busy")) + hold
        settles = np.maximum(settles, _is_let_in(schedule, entry, entry.second) * writing_s)
    return settles


def _varies(schedule: ReplaySchedule, entry: Traffic) -> float:
    """Squared variation of the time to read a prompt, in the unit in use where it varies most."""
    if entry.first is None:
        return UNKNOWN_SCV
    work = schedule.rates.works[entry.first]
    used = np.flatnonzero(schedule.busy[:, entry.first].any(axis=1)).tolist()
    found = [
        prefill_scv(schedule.instance, work, schedule.rates.details[unit].get(work.name)) for unit in used
    ]
    return max(found, default=UNKNOWN_SCV)


def _is_let_in(schedule: ReplaySchedule, entry: Traffic, work: int) -> NDArray[np.bool_]:
    """Whether a phase may begin in a period: always, or of work that may wait where the plan does it [period]."""
    return np.asarray(schedule.busy[:, work].any(axis=0) | (entry.courses is None))


def _measured(runs: Sequence[Counted], name: str) -> Array:
    return np.asarray(np.mean([getattr(run, name) for run in runs], axis=0))


def _planned(schedule: ReplaySchedule, entry: Traffic, work: int, tokens: Array) -> Array:
    """Share of its time that a unit which reads a work is busy by planned rates, with work that cannot wait [period].

    As much more as comes of the work. 0 for work that may wait itself: it fills what others leave.
    """
    if entry.courses is not None:
        return np.zeros(schedule.on.shape[1])
    workloads = schedule.instance.workloads
    prompt = np.array([workloads[one.workload].deferral is None for one in schedule.rates.works])
    reads = schedule.busy[:, work] > 0.0
    on = (schedule.on * reads).sum(axis=0)
    planned = (schedule.busy[:, prompt].sum(axis=1) * reads).sum(axis=0) / np.maximum(on, 1.0)
    served = schedule.rates.rate[:, work] @ schedule.busy[:, work]
    more = np.divide(entry.per_s * tokens, served, out=np.ones(len(served)), where=served > 0.0)
    return np.asarray(planned * more)


def _settles(service: Array | float, servers: Array, busy: Array) -> Array:
    left = np.maximum(1.0 - np.sqrt(np.minimum(busy, 1.0)), LEAST_LEFT)
    return np.asarray(service / (np.maximum(servers, 1.0) * left**2))


def _service(schedule: ReplaySchedule, work: int, tokens: Array) -> tuple[Array, Array]:
    """Mean time of a prompt in a unit, s, and the units that read [period]."""
    reads = schedule.busy[:, work] > 0.0
    units = (schedule.on * reads).sum(axis=0)
    rate = (schedule.on * reads * schedule.rates.rate[:, work, None]).sum(axis=0)
    each = np.divide(rate, units, out=np.ones(len(units)), where=units > 0)
    return np.asarray(tokens / each), np.asarray(units, dtype=np.float64)


def _slots(schedule: ReplaySchedule, work: int) -> Array:
    """Slots of all units that write a work [period]."""
    total = np.zeros(schedule.on.shape[1])
    for unit in np.flatnonzero(schedule.busy[:, work].any(axis=1)).tolist():
        total += schedule.on[unit] * server_slots(schedule.instance, schedule.rates, unit, work).count
    return total
