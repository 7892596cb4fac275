"""How far a plan is from breaking what it promises: how much more may come, and how much slower its units may be.

The units of a period run as planned; what comes may be divided anew among them, and work that may wait gives way. Jobs
j are works, or both phases of a workload that units read and answer alike; part[u, j] of a job is done by a unit that
does nothing else, and usable[u] units' worth of time keep waits within the promise. All jobs may grow to

    f = max f:  sum_u x[u, j] part[u, j] >= f,  sum_j x[u, j] <= usable[u]
      = min over a >= 0, sum_j a[j] = 1 of  sum_u usable[u] max_j a[j] part[u, j]              (duality)

and where availability is promised as long as units that are up carry f times as much. Pools that carry more may be
busier, so that plans bear a little more than is told. Units of rates r rate take 1 / r the time for all that they do:
how busy they may be is worked out anew for them, in the period that bears least load.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Role
from planner.plan.margins import LOAD, RATE
from planner.verify.audit.places import routed
from planner.verify.audit.promises import answers_for_waits, busy_limits
from planner.verify.audit.requests import RequestFacts
from planner.verify.audit.rules_standing import PoolsStanding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from planner.rates import Rates
    from planner.rates.rates import RateDetail
    from planner.verify.audit.facts import Facts

    Floats = NDArray[np.float64]

MOST = 1.0
"""A plan that bears twice the load is not asked how much more."""
EXACT = 5e-4
"""Margins are found to so much."""


def margins(facts: Facts) -> dict[str, float]:
    """By key of the summary: share by which load may rise, and by which rates may fall, of each workload with waits."""
    found: dict[str, float] = {}
    for pool in _pools(facts):
        load, rate = pool.margins()
        for name in pool.promised:
            for key, margin in ((LOAD + name, load), (RATE + name, rate)):
                found[key] = min(margin, found.get(key, MOST))
    return found


def slower(rates: Rates, factor: float) -> Rates:
    """The rates of units that take 1 / factor the time for all that they do."""

    def told(detail: RateDetail) -> RateDetail:
        return replace(
            detail,
            tpot_ms=None if detail.tpot_ms is None else detail.tpot_ms / factor,
            prefill_ms=None if detail.prefill_ms is None else detail.prefill_ms / factor,
            split_ms={name: ms / factor for name, ms in detail.split_ms.items()},
            growth_ms={name: ms / factor for name, ms in detail.growth_ms.items()},
            context_ms=detail.context_ms / factor,
        )

    details = tuple({name: told(detail) for name, detail in by_work.items()} for by_work in rates.details)
    return replace(rates, rate=rates.rate * factor, details=details)


@dataclass(frozen=True)
class _Pool:
    """Units at one place and the works that they are linked by, in the order of the rates; none of them may wait."""

    facts: Facts
    units: tuple[int, ...]
    works: tuple[int, ...]
    standing: PoolsStanding | None

    @cached_property
    def promised(self) -> list[str]:
        """Workloads whose waits are planned for."""
        names = dict.fromkeys(self.facts.rates.works[work].workload for work in self.works)
        return [name for name in names if answers_for_waits(self.facts.instance.workloads[name])]

    def margins(self) -> tuple[float, float]:
        """Share by which its load may rise, and by which its rates may fall."""
        limits = self.facts.busy_limits
        assert limits is not None
        mine, every = limits[list(self.units)], np.arange(self.facts.periods)
        room = self._room(self.facts.rates, mine, every)
        load = float(np.min(room, initial=1.0 + MOST))
        if self.standing is not None:
            for period in np.argsort(room, kind="stable").tolist():
                if room[period] < np.inf and not self._stands(
                    self.facts.rates, mine[:, period], period, load
                ):
                    load = self._least_load(mine[:, period], period, load)
        return load - 1.0, 1.0 - self._least_rate(int(np.argmin(room)), 1.0 / load)

    def _least_load(self, limit: Floats, period: int, most: float) -> float:
        def kept(load: float) -> bool:
            return self._stands(self.facts.rates, limit, period, load)

        return _bisected(kept, 1.0, most)

    def _least_rate(self, period: int, least: float) -> float:
        """Lowest factor on the rates at which a period still keeps what is promised."""
        facts = self.facts

        def kept(factor: float) -> bool:
            rates = slower(facts.rates, factor)
            requests = RequestFacts(facts.instance, rates, facts.asked)
            limits = busy_limits(requests, facts.demand[:, [period]], list(self.units))
            assert limits is not None
            mine = limits[list(self.units)]
            if self._room(rates, mine, np.array([period]))[0] < 1.0:
                return False
            return self.standing is None or self._stands(rates, mine[:, 0], period, 1.0)

        return _bisected(kept, 1.0, least)

    def _room(self, rates: Rates, limits: Floats, periods: NDArray[np.intp]) -> Floats:
        """Factor by which all of its jobs may grow, by period; inf where it has none."""
        ready = (self.facts.on - self.facts.starting)[np.ix_(list(self.units), periods.tolist())]
        return least_growth(
            ready * limits, np.stack([self._part(rates, job, periods) for job in self._jobs], axis=1)
        )

    @cached_property
    def _served(self) -> Floats:
        """Tokens (requests) a second that its units serve of each work, [work, period]."""
        return np.asarray(self.facts.served[list(self.units)].sum(axis=0))

    @cached_property
    def _jobs(self) -> list[list[int]]:
        """Its works; both phases of a workload together where all of its units read and answer."""
        names = [self.facts.rates.works[work].workload for work in self.works]
        alike = all(self.facts.rates.units[unit].role is Role.COLOCATED for unit in self.units)
        if not alike:
            return [[work] for work in self.works]
        return [
            [work for work, one in zip(self.works, names, strict=True) if one == name]
            for name in dict.fromkeys(names)
        ]

    def _part(self, rates: Rates, job: list[int], periods: NDArray[np.intp]) -> Floats:
        """Part of a job that each unit does alone, [unit, period]; 0 where it cannot, or nothing is asked."""
        rate = rates.rate[np.ix_(list(self.units), job)][:, :, None]
        asked = self._served[job][None][:, :, periods]
        with np.errstate(divide="ignore", invalid="ignore"):
            seconds = np.where(asked > 0.0, asked / rate, 0.0).sum(axis=1)
            return np.asarray(np.where(seconds > 0.0, 1.0 / seconds, 0.0))

    def _stands(self, rates: Rates, limit: Floats, period: int, load: float) -> bool:
        """Whether what is up carries so much more, for as long as is promised."""
        assert self.standing is not None
        limits = np.ones(len(rates.units))
        limits[list(self.units)] = limit
        return self.standing.stands(period, set(self.works), load, rates.rate, limits)


def _bisected(kept: Callable[[float], bool], low: float, high: float) -> float:
    """The last value from `low` on, which keeps, to `high`, which does not, that keeps."""
    while abs(high - low) > EXACT:
        middle = (low + high) / 2.0
        low, high = (middle, high) if kept(middle) else (low, middle)
    return low


def _pools(facts: Facts) -> Iterator[_Pool]:
    """Pools of units that ever run, each with a workload whose waits are planned for."""
    instance, rates = facts.instance, facts.rates
    workloads = [instance.workloads[work.workload] for work in rates.works]
    urgent = np.array([one.deferral is None for one in workloads], dtype=bool)
    if not any(answers_for_waits(one) for one in workloads):
        return
    promised = {name for name, one in instance.workloads.items() if one.sla.availability is not None}
    standing = PoolsStanding(facts, promised) if promised else None
    served = np.asarray(facts.served.any(axis=2))
    places = PoolsStanding(facts, set()).where
    for place in dict.fromkeys(places):
        left = {unit for unit, at in enumerate(places) if at == place and facts.on[unit].any()}
        while left:
            units, works = {min(left)}, set[int]()
            able = served if routed(instance) else np.asarray(rates.rate > 0.0)
            size = 0
            while size < len(units) + len(works):
                size = len(units) + len(works)
                works |= {w for w in range(len(rates.works)) if urgent[w] and able[sorted(units), w].any()}
                units |= {unit for unit in left if able[unit, sorted(works)].any()}
            left -= units
            asked = [work for work in sorted(works) if facts.served[sorted(units), work].any()]
            pool = _Pool(facts, tuple(sorted(units)), tuple(asked), None)
            if asked and pool.promised:
                held = promised & {rates.works[work].workload for work in asked}
                yield replace(pool, standing=standing if held else None)


def least_growth(usable: Floats, part: Floats) -> Floats:
    """Factor by which all jobs may grow at once, [period]: `usable` [unit, period], `part` [unit, job, period].

    A job of which nobody does a part is none; inf where there is none.
    """
    asked = np.asarray(part.any(axis=0))
    if part.shape[1] == 1:
        return np.where(asked[0], (usable * part[:, 0]).sum(axis=0), np.inf)
    if part.shape[1] == 2:
        return _of_two(usable, part, asked)
    return np.array([_of_many(usable[:, p], part[:, asked[:, p], p]) for p in range(part.shape[2])])


def _of_two(usable: Floats, part: Floats, asked: NDArray[np.bool_]) -> Floats:
    """The least over the weights of two jobs, [period]: it is convex with a kink for each unit, which decide."""
    first, second = part[:, 0], part[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        kinks = np.nan_to_num(second / (first + second))
    weights = np.concatenate([kinks, np.zeros((1, part.shape[2])), np.ones((1, part.shape[2]))])
    worth = np.maximum(weights[:, None] * first[None], (1.0 - weights[:, None]) * second[None])
    total = (usable[None] * worth).sum(axis=1)
    total = np.where(~asked[0] & (weights > 0.0), np.inf, total)
    total = np.where(~asked[1] & (weights < 1.0), np.inf, total)
    return np.asarray(total.min(axis=0))


def _of_many(usable: Floats, part: Floats) -> float:
    """The same for any number of jobs [unit, job], by the linear program."""
    from scipy.optimize import linprog

    units, jobs = part.shape
    if jobs == 0:
        return float(np.inf)
    time = np.hstack([np.kron(np.eye(units), np.ones(jobs)), np.zeros((units, 1))])
    work = np.hstack([-np.hstack([np.diag(part[unit]) for unit in range(units)]), np.ones((jobs, 1))])
    costs = np.append(np.zeros(units * jobs), -1.0)
    found = linprog(costs, np.vstack([time, work]), np.concatenate([usable, np.zeros(jobs)]))
    assert found.fun is not None
    return -float(found.fun)
