"""What a replay is of: the work that a plan gives its units in every period, and the time axis it is replayed on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_HOUR
from planner.rates.places import has_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates

PARTS = 2
"""Of what is replayed from one change to the next."""
SLIVER = 1e-6  # units' worth of time that a solver's tolerance leaves behind


@dataclass(frozen=True)
class ReplayClock:
    """The replay's time axis: `period_s` seconds of every period, which lasts `real_s`, are replayed.

    What follows a change takes as long as it does, however little of a period is replayed. So of what is replayed from
    one change to the next the first half stands for itself, and the second, in which waits have settled, for all the
    rest. A period changes as it begins, and where units take time to start (the last `starting_s` of it in a period of
    its own), once more in the middle of what is replayed of it, when they run.
    """

    periods: int
    period_s: float
    real_s: float
    starting_s: float = 0.0

    @property
    def pace(self) -> float:
        """Replayed seconds for a real one, at most 1."""
        return self.period_s / self.real_s

    @property
    def parts(self) -> int:
        """Equal parts of what is replayed of a period: two for every change in it."""
        return 2 * PARTS if self.starting_s > 0.0 and self.pace < 1.0 else PARTS

    @property
    def part_s(self) -> float:
        """Replayed seconds of each."""
        return self.period_s / self.parts

    @property
    def weights(self) -> NDArray[np.float64]:
        """Real seconds for a replayed one [part]."""
        lasts = (self.real_s,) if self.parts == PARTS else (self.starting_s, self.real_s - self.starting_s)
        return np.array(
            [part for real_s in lasts for part in (1.0, max(real_s - self.part_s, 0.0) / self.part_s)]
        )

    def part_of(self, moment_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """Which part of all periods moments are in, the last one for what comes later."""
        return np.minimum(moment_s / self.part_s, self.parts * self.periods - 1).astype(np.int64)

    def starts_within_s(self, hours: float) -> float:
        """Replayed seconds until a unit runs that takes so many hours to start."""
        if self.parts == PARTS:
            return hours * SECONDS_PER_HOUR * self.pace
        periods, rest = divmod(hours * SECONDS_PER_HOUR, self.real_s)
        return periods * self.period_s + (self.period_s / 2.0 if rest > 0.0 else 0.0)


@dataclass(frozen=True)
class ReplaySchedule:
    """What a plan lets its units do.

    `on` [unit, period] units; `busy` [unit, work, period] units' worth of time spent on each work.
    """

    instance: Instance
    rates: Rates
    on: NDArray[np.int64]
    busy: NDArray[np.float64]

    @property
    def able(self) -> NDArray[np.bool_]:
        """Works that units in use may be sent, [unit, work].

        Whatever they can do: which of the works that share them goes to which is the engine's choice among many that
        cost the same, no rule for a router. Where a work has one kind of unit, or sites are apart, what they are given.
        """
        given = np.asarray((self.busy > 0.0).any(axis=2))
        if has_places(self.instance):
            return given
        chosen = np.array([self.instance.workloads[work.workload].single_pool for work in self.rates.works])
        return np.asarray(np.where(chosen, given, (self.rates.rate > 0.0) & given.max(axis=1, keepdims=True)))

    def share(self, unit: int, works: Sequence[int]) -> NDArray[np.float64]:
        """Share of a unit's busy time that works have together, [period]."""
        total, theirs = self.busy[unit].sum(axis=0), self.busy[unit, works].sum(axis=0)
        return np.asarray(np.divide(theirs, total, out=np.zeros_like(total), where=total > 0))


def schedule_of(instance: Instance, plan: Plan, rates: Rates) -> ReplaySchedule:
    """Read a plan's records into arrays. Raises InstanceError where it is no usable plan of this instance."""
    _check_fits(instance, plan, rates)
    units = {unit.name: place for place, unit in enumerate(rates.units)}
    works = {(work.workload, str(work.phase)): place for place, work in enumerate(rates.works)}
    on = np.zeros((len(units), len(plan.periods)), dtype=np.int64)
    busy = np.zeros((len(units), len(works), len(plan.periods)))
    for entry in plan.units:
        on[units[entry.unit]] += np.asarray(entry.on, dtype=np.int64)
    for served in plan.served:
        unit, work = units[served.unit], works[served.workload, served.phase]
        busy[unit, work] += np.asarray(served.per_s) / rates.rate[unit, work]
    busy[busy < SLIVER] = 0.0
    return ReplaySchedule(instance=instance, rates=rates, on=on, busy=busy)


def _check_fits(instance: Instance, plan: Plan, rates: Rates) -> None:
    if not plan.usable or len(plan.periods) != instance.timeline.periods:
        raise InstanceError([Fault("there is no usable plan of this instance's periods to replay")])
    why = {option.name: option.why for option in rates.rejected}
    units = {unit.name for unit in rates.units}
    works = {(work.workload, str(work.phase)) for work in rates.works}
    named = [entry.unit for entry in plan.units] + [entry.unit for entry in plan.served]
    faults = [
        Fault(f"the plan has '{name}', which the instance does not: {why.get(name, 'no such unit')}")
        for name in dict.fromkeys(named)
        if name not in units
    ]
    routes = Counter(entry.workload for entry in plan.routed)
    faults += [
        Fault(
            f"{name} takes {count} routes between sites, and is replayed against one pool for each phase: give it as "
            "several workloads, each with a region that names one site",
            path=f"workloads.{name}",
        )
        for name, count in routes.items()
        if count > 1
    ]
    faults += [
        Fault(f"the plan serves '{entry.workload}.{entry.phase}', which the instance does not have")
        for entry in plan.served
        if (entry.workload, entry.phase) not in works
    ]
    if faults:
        raise InstanceError(faults)
