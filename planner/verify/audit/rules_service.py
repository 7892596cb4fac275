"""Rules on service: demand is served or paid for, units serve no more than they can, and stay on when due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase, Role
from planner.verify.audit.facts import COUNTED, TOLERANCE
from planner.verify.audit.places import site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts


def demand(facts: Facts) -> Iterator[Broken]:
    """What is served, shed, sold and put off makes up the demand of every work and period, and no more."""
    covered = facts.served.sum(axis=0) + facts.shed + facts.outsourced + facts.put_off
    missing, labels = facts.demand - covered, facts.instance.labels()
    for work, period in np.argwhere(np.abs(missing) > TOLERANCE * facts.flow + facts.rounding):
        amount = float(missing[work, period])
        what = f"{amount:,.6g} per s are not served" if amount > 0 else f"{-amount:,.6g} per s too many are"
        yield f"{facts.rates.works[work].name} at {labels[period]}", what, abs(amount)


def shedding(facts: Facts) -> Iterator[Broken]:
    """Only works with a price for it may be shed, and never more than their demand."""
    for work, series in enumerate(facts.shed):
        name = facts.rates.works[work].name
        if series.any() and facts.shed_price(work) is None:
            yield name, "must be served, yet some is shed", float(series.max())
        if (series < 0.0).any() or (series > facts.demand[work] * (1 + TOLERANCE)).any():
            yield name, "shed lies outside 0..demand", float(np.abs(series).max())


def whole_requests(facts: Facts) -> Iterator[Broken]:
    """A request is shed whole: of prompts and of answers of a workload the same share, in every period."""
    share = np.divide(facts.shed, facts.demand, out=np.zeros_like(facts.shed), where=facts.demand > 0)
    for name in facts.instance.workloads:
        mine = [place for place, work in enumerate(facts.rates.works) if work.workload == name]
        if len(mine) < 2:
            continue
        both = (facts.demand[mine] > 0).all(axis=0)
        apart = np.where(both, np.ptp(share[mine], axis=0), 0.0)
        for period in np.flatnonzero(apart > TOLERANCE):
            shares = " and ".join(
                f"{share[place, period]:.4%} of {facts.rates.works[place].phase}" for place in mine
            )
            where = f"{name} at {facts.instance.labels()[period]}"
            yield where, f"requests are shed whole, and {shares} are", float(apart[period])


def throughput(facts: Facts) -> Iterator[Broken]:
    """A unit type serves no more than its running units can, start-up time taken off."""
    rate = facts.rates.rate[:, :, None]
    impossible = (facts.served > 0) & (rate <= 0)
    for unit, work, period in np.argwhere(impossible):
        where = f"{facts.rates.units[unit].name} in period {period}"
        yield where, f"cannot serve {facts.rates.works[work].name}", float(facts.served[unit, work, period])
    busy = np.divide(facts.served, rate, out=np.zeros_like(facts.served), where=rate > 0).sum(axis=1)
    for unit, period in np.argwhere(busy > np.maximum(facts.usable, 0.0) * (1 + TOLERANCE)):
        message = f"is busy for {busy[unit, period]:.6g} units, {facts.usable[unit, period]:.6g} may be"
        over = float(busy[unit, period] - facts.usable[unit, period])
        yield f"{facts.rates.units[unit].name} in period {period}", message, over
    for unit, _, period in np.argwhere(facts.served < 0.0):
        yield f"{facts.rates.units[unit].name} in period {period}", "serves less than nothing", 1.0


def colocation(facts: Facts) -> Iterator[Broken]:
    """A unit that reads prompts and writes answers does both for the same share of a workload's requests.

    Where a link that takes the workload begins or ends, caches may go elsewhere; of work that may wait hours mix.
    """
    for name, workload in facts.instance.workloads.items():
        phases = {work.phase: place for place, work in enumerate(facts.rates.works) if work.workload == name}
        both = [
            place
            for place, unit in enumerate(facts.rates.units)
            if unit.role is Role.COLOCATED and not _caches_pass(facts.instance, name, unit.hardware)
        ]
        most = workload.deferral
        waits = most is not None and most.deadline_hours >= facts.calendar.period_hours * (1 - COUNTED)
        if len(phases) < 2 or waits:
            continue
        read, written = phases[Phase.PREFILL], phases[Phase.DECODE]
        for period in np.flatnonzero((facts.demand[read] > 0) & (facts.demand[written] > 0)):
            of_prompts = facts.served[both, read, period] / facts.demand[read, period]
            of_answers = facts.served[both, written, period] / facts.demand[written, period]
            for place in np.flatnonzero(np.abs(of_prompts - of_answers) > TOLERANCE):
                where = f"{facts.rates.units[both[place]].name} in period {period}"
                shares = f"{of_prompts[place]:.4%} of the prompts and writes {of_answers[place]:.4%}"
                over = float(np.abs(of_prompts - of_answers)[place])
                yield where, f"reads {shares} of the answers of {name}, and nothing carries caches", over


def _caches_pass(instance: Instance, workload: str, hardware: str) -> bool:
    """Whether a link takes caches of a workload away from the site of a hardware, or there."""
    here = site(instance, hardware)
    return any(
        (link.workloads is None or workload in link.workloads) and here in (link.from_site, link.to_site)
        for link in instance.links.values()
    )


def minimum_up(facts: Facts) -> Iterator[Broken]:
    """A started unit stays on for the minimum time and until it serves; where the horizon repeats, also into the next.

    A start of a horizon that repeats happens in each: what was started in the ones before and must still be on counts.
    """
    calendar = facts.calendar
    given = facts.instance.start_up
    hours = given.hours if given.hours > given.minimum_up_hours else given.minimum_up_hours
    due = int(np.ceil(hours / calendar.period_hours - 1e-9))
    recent, started = np.zeros_like(facts.on), facts.started
    for lag in range(min(due, calendar.each)):
        times = -(-(due - lag) // calendar.each) if calendar.cyclic else 1
        recent += times * started
        started = np.where(calendar.before >= 0, started[:, calendar.before], 0.0)
    for unit, period in np.argwhere(recent > facts.on):
        over = float(recent[unit, period] - facts.on[unit, period])
        message = f"{recent[unit, period]:g} started ones must still be on, {facts.on[unit, period]:g} are on"
        yield f"{facts.rates.units[unit].name} in period {period}", message, over


service_rules = (
    ("demand", demand),
    ("shedding", shedding),
    ("whole requests", whole_requests),
    ("throughput", throughput),
    ("colocation", colocation),
    ("minimum up", minimum_up),
)
