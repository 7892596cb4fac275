"""The day that comes instead of the one that was planned for: another load, another demand, or a trace as it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_HOUR
from planner.instance.demand_series import demand_of
from planner.verify.simulation.schedule import ReplayClock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.instance import Instance
    from planner.rates.rates import Work
    from planner.verify.simulation.requests import Requests
    from planner.verify.simulation.schedule import ReplaySchedule
    from planner.verify.simulation.traffic import Traffic

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Lived:
    """What comes, over what was planned.

    `load` multiplies all demand. `more` is by workload and phase what demand comes over the planned one [period].
    `as_it_is` is by workload a trace whose requests come when and as long as it says, from the first period on.
    """

    load: float = 1.0
    more: Mapping[tuple[str, str], Array] = field(default_factory=dict)
    as_it_is: Mapping[str, Requests] = field(default_factory=dict)

    def instead_of(self, entry: Traffic) -> Traffic:
        """The requests of a workload as they come; answers are longer where its decode work grows more."""
        phases = [phase for name, phase in self.more if name == entry.workload]
        if not phases:
            return replace(entry, per_s=entry.per_s * self.load)
        lead = next((phase for phase in ("prefill", "request") if phase in phases), "decode")
        factor = self.more[entry.workload, lead]
        decode = entry.decode
        if decode is not None and "decode" in phases:
            longer = np.divide(
                self.more[entry.workload, "decode"], factor, out=np.ones_like(factor), where=factor > 0
            )
            decode = decode * longer
        return replace(entry, per_s=entry.per_s * factor * self.load, decode=decode)

    def clock(self, schedule: ReplaySchedule, group: Sequence[Traffic]) -> ReplayClock | None:
        """Real time, for a trace as it is; else None."""
        if not any(entry.workload in self.as_it_is for entry in group):
            return None
        real_s = schedule.instance.horizon.period_hours * SECONDS_PER_HOUR
        return ReplayClock(periods=schedule.instance.periods, period_s=real_s, real_s=real_s)


def compared(planned: Instance, actual: Instance, works: Sequence[Work]) -> dict[tuple[str, str], Array]:
    """How much more comes with another demand. Raises InstanceError for demand that none was planned for."""
    more, faults = {}, []
    for work in works:
        before, after = (demand_of(one, work.workload, work.phase) for one in (planned, actual))
        unplanned = np.flatnonzero((before <= 0.0) & (after > 0.0))
        if unplanned.size:
            faults.append(
                Fault(
                    f"{work.name}: demand in {unplanned.size} periods for which the plan has none, the first is period "
                    f"{unplanned[0]}; a replay scales what was planned"
                )
            )
        more[work.workload, str(work.phase)] = np.divide(
            after, before, out=np.zeros_like(before), where=before > 0.0
        )
    if faults:
        raise InstanceError(faults)
    return more
