"""How busy running units may be, in the audit's own arithmetic: looked up pool by pool, without a grid.

A work that needs d units' worth of time runs on the smallest pool m whose units carry d when they are busy the share
of their time at which waits stay within what was promised; between whole numbers of units the pool is found on the
straight line. Its units may be busy d / m of the time; units that are down are a matter of their own (`standing`).

What requests ask of units, how passes and batches take them, and the time per token are worked out beside this file
(`requests`, `reading`, `batches`, `token_times`). Shared with the plan are the kernel's laws of waits and of the load
of customers (`kernels.queueing`): like rates they are facts below both, which know no plan; that they hold is tried by
simulation, by `planner simulate` and the tests of the kernel, not by asking twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import pass_cap, pooled_peak, slot_cap, ttft_cap
from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase
from planner.verify.audit.batches import places_filled
from planner.verify.audit.places import slowest_ms
from planner.verify.audit.reading import ranks_apart, reading_of
from planner.verify.audit.step_spread import highest_written
from planner.verify.audit.token_times import highest_busy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Workload
    from planner.instance.queueing import Queueing
    from planner.verify.audit.requests import RequestFacts

    Floats = NDArray[np.float64]

LARGEST_OF_ITS_WORK = 256
"""No pool that much larger than the work it does is looked for: nothing carries it then."""


def answers_for_waits(workload: Workload) -> bool:
    """Whether a time to first token is promised and arrivals are described."""
    return workload.sla.ttft_ms is not None and workload.queueing is not None


def promises(workload: Workload) -> bool:
    """Whether anything is promised that keeps units from being busy all the time."""
    return answers_for_waits(workload) or workload.customers is not None


def busy_limits(requests: RequestFacts, demand: Floats, units: list[int]) -> Floats | None:
    """Largest share of its time that each of some units may be busy, shape [unit, period]; None: nothing is promised.

    The other units count as free of promises. `demand` has the shape [work, period].
    """
    instance, rates = requests.instance, requests.rates
    if not any(promises(workload) for workload in instance.workloads.values()):
        return None
    limit = np.ones((len(rates.units), demand.shape[1]))
    for place, work in enumerate(rates.works):
        workload = instance.workloads[work.workload]
        if not promises(workload):
            continue
        burst = _burst(workload)
        for unit in units:
            if rates.rate[unit, place] <= 0:
                continue
            needed = demand[place] * burst / rates.rate[unit, place]
            share = _ServerPool(requests, unit, place).share(needed) / burst
            limit[unit] = np.minimum(limit[unit], share)
    return limit


def _burst(workload: Workload) -> float:
    """Load that the customers stay under together, over its predictable course."""
    if workload.customers is None:
        return 1.0
    kinds = workload.customers.classes
    peak = pooled_peak(
        [kind.count for kind in kinds],
        [kind.burstiness_scv for kind in kinds],
        quantile=workload.customers.quantile,
        size=[kind.size for kind in kinds],
    )
    return max(1.0, float(peak.independent))


@dataclass(frozen=True)
class _ServerPool:
    """Pools of one unit type that do one work."""

    requests: RequestFacts
    unit: int
    work: int
    known: dict[int, float] = field(default_factory=dict)
    """Work that pools of some sizes carry, looked up once each."""

    @property
    def _workload(self) -> Workload:
        return self.requests.instance.workloads[self.requests.rates.works[self.work].workload]

    def share(self, needed: Floats) -> Floats:
        """Busy share of the smallest pools that carry `needed` units' worth of work; 0 where none does."""
        asked, back = np.unique(needed[needed > 0], return_inverse=True)
        share = np.ones_like(needed)
        if asked.size:
            share[needed > 0] = self._smallest(asked)[back]
        return share

    def _smallest(self, asked: Floats) -> Floats:
        low = np.ceil(asked - 1e-9).astype(np.int64) - 1  # no pool carries more than its units
        high = low + 1
        most = LARGEST_OF_ITS_WORK * (high + 1)
        while True:
            short = (self.carried(high) < asked) & (high < most)
            if not short.any():
                break
            low, high = np.where(short, high, low), np.where(short, high + np.maximum(1, high // 4), high)
        while (high - low > 1).any():
            middle = np.maximum((low + high) // 2, 1)
            enough = self.carried(middle) >= asked
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        below = np.where(low > 0, self.carried(np.maximum(low, 1)), 0.0)
        above = self.carried(high)
        part = np.clip((asked - below) / np.maximum(above - below, 1e-300), 0.0, 1.0)
        return np.where(above >= asked, asked / (low + part * (high - low)), 0.0)

    def carried(self, units: NDArray[np.int64]) -> Floats:
        """Units' worth of work that pools of so many running units carry."""
        new = np.array([size for size in np.unique(units).tolist() if size not in self.known], dtype=np.int64)
        if new.size:
            self.known.update(zip(new.tolist(), self._carried(new).tolist(), strict=True))
        return np.array([self.known[size] for size in units.tolist()])

    def _carried(self, units: NDArray[np.int64]) -> Floats:
        busy = np.ones(len(units))
        if answers_for_waits(self._workload) and units.any():
            some = units > 0
            busy[some] = self._busy_for_waits(units[some])
        return np.asarray(units * busy)

    def _kept(self, quantile: float) -> float:
        """Share that this phase must keep: the phases of a workload may miss equal parts of what is left."""
        works = self.requests.rates.works
        phases = sum(work.workload == works[self.work].workload for work in works)
        return 1.0 - (1.0 - quantile) / phases

    def _busy_for_waits(self, units: NDArray[np.int64]) -> Floats:
        rates, workload = self.requests.rates, self._workload
        queueing, ttft = workload.queueing, workload.sla.ttft_ms
        assert queueing is not None
        assert ttft is not None
        phase = rates.works[self.work].phase
        decode = phase is Phase.DECODE
        measured = queueing.decode_busy_limit if decode else queueing.prefill_busy_limit
        if measured is not None:
            return np.full(len(units), measured)
        beside = [
            place
            for place, work in enumerate(rates.works)
            if work.phase is phase and rates.rate[self.unit, place] > 0
        ]
        limits = [(limit_ms, self._kept(quantile)) for quantile, limit_ms in ttft.limits().items()]
        shares = [
            self._slots(units, other, kept) if decode else self._turn(units, other, limit_ms, kept)
            for other in beside
            for limit_ms, kept in limits
        ]
        return np.asarray(np.min(shares, axis=0))

    def _slots(self, units: NDArray[np.int64], other: int, kept: float) -> Floats:
        """Busy share at which an answer finds a free slot, were all requests those of `other`."""
        theirs, requests = self.requests.queueing(other), self.requests
        line, arrivals, law = _line(theirs, units, theirs.arrival_scv_of_decode)
        slots = line * requests.writes_at_once(self.unit, other)
        varies = requests.answers_scv(requests.rates.works[other].workload)
        found = slot_cap(slots, kept, arrivals, varies, law) * places_filled(requests, self.unit, other)
        beside = highest_busy(requests, self.unit, self.work, other, units)
        written = highest_written(requests, self.unit, self.work, other, line, arrivals)
        return np.asarray(np.minimum(np.minimum(found, beside), written))

    def _turn(self, units: NDArray[np.int64], ahead: int, limit_ms: float, kept: float) -> Floats:
        """Busy share at which a prompt is read in time behind those of `ahead`."""
        requests, unit, work = self.requests, self.unit, self.work
        theirs = requests.queueing(ahead)
        at_once, waits_s, transfer_s = requests.reads_at_once(unit, work)
        there_s = transfer_s + self._network_s
        line, arrivals, law = _line(theirs, units, theirs.arrival_scv)
        mine, before = self._reading_s(work), self._reading_s(ahead)
        my_scv, their_scv = requests.reading_scv(unit, work), requests.reading_scv(unit, ahead)
        reading = reading_of(requests, unit, work)
        if reading is not None:
            lines = ranks_apart(requests, unit, work) if theirs.ranks == "bound" else 1
            left_s = limit_ms * SECONDS_PER_MS - there_s
            queue = lines * before, their_scv
            return np.asarray(pass_cap(lines * line, reading, left_s, kept, arrivals, *queue, law))
        own = mine, limit_ms * SECONDS_PER_MS, kept, waits_s + there_s
        return np.asarray(ttft_cap(line * at_once, *own, arrivals, my_scv, before, their_scv, law))

    @property
    def _network_s(self) -> float:
        """Seconds that the network takes of every prompt that the unit reads."""
        rates = self.requests.rates
        kind, work = rates.units[self.unit], rates.works[self.work]
        return slowest_ms(self.requests.instance, work.workload, (kind.hardware, kind.over)) * SECONDS_PER_MS

    def _reading_s(self, work: int) -> float:
        """Mean seconds that a prompt takes in its slot."""
        at_once, *_ = self.requests.reads_at_once(self.unit, work)
        return self.requests.seconds_of_one(self.unit, work) * at_once


def _line(theirs: Queueing, units: NDArray[np.int64], scv: float) -> tuple[NDArray[np.int64], Floats, str]:
    """Units behind one line, the variation of what comes to it, and its law; without a look each has its own."""
    alone, parts = np.ones_like(units), np.maximum(units, 1).astype(np.float64)
    if theirs.router == "round_robin":
        return alone, scv / parts, "gamma"
    if theirs.router in ("random", "prefix_affinity"):
        return alone, (scv + parts - 1.0) / parts, "gamma"
    return units, np.full(len(units), scv), theirs.arrival_law
