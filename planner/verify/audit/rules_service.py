"""Rules on service: demand is served or paid for, units serve no more than they can, and stay on when due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase, Role
from planner.verify.audit.facts import COUNTED, TOLERANCE
from planner.verify.audit.places import reads_at, routed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts


ALIKE = 4e-7  # of the proportion: closer than periods must be for units to be held to it


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
    """What a unit reads and answers alike stays; the rest leaves or comes over links, no more than takes their routes.

    Of work that may wait, answers are held to prompts in the proportion of their block, unless one kind does all of it;
    where periods come in other proportions they mix, and nothing is.
    """
    for name in facts.instance.workloads:
        phases = {work.phase: place for place, work in enumerate(facts.rates.works) if work.workload == name}
        if len(phases) < 2:
            continue
        pair = [phases[Phase.PREFILL], phases[Phase.DECODE]]
        requests = facts.demand[pair]
        if _waits(facts, name):
            if np.count_nonzero(facts.served[:, pair].any(axis=(1, 2))) < 2:
                continue
            requests = requests[0].max() * np.nan_to_num(_proportion(facts, pair))
        both = (requests > 0).all(axis=0)
        for label, units in _co_located(facts).items():
            shares = [
                np.divide(done, amount, out=np.zeros_like(done), where=both)
                for done, amount in zip((facts.served[units, work] for work in pair), requests, strict=True)
            ]
            yield from _caches(facts, name, label, units, *shares)


def _waits(facts: Facts, name: str) -> bool:
    """Whether a workload may wait a period and longer."""
    most = facts.instance.workloads[name].deferral
    return most is not None and most.deadline_hours >= facts.calendar.period_hours * (1 - COUNTED)


def _proportion(facts: Facts, pair: list[int]) -> NDArray[np.float64]:
    """Tokens of a request's prompt, as 1, and of its answer, shape [2, period]; NaN in blocks where requests differ."""
    prompts, answers = facts.demand[pair].reshape(2, -1, facts.calendar.each)
    total = np.stack([prompts.sum(axis=1), answers.sum(axis=1)])
    each = np.divide(total[1], total[0], out=np.full_like(total[1], np.nan), where=total[0] > 0)[:, None]
    alike = (np.abs(answers - each * prompts) <= ALIKE * each * prompts).all(axis=1, keepdims=True)
    share = np.repeat(np.where(alike, each, np.nan), facts.calendar.each)
    return np.stack([share / share, share])


def caches_not_judged(facts: Facts) -> Iterator[str]:
    """Units that read and answer work that may wait, others a part of it, in periods that come in other proportions."""
    for name in facts.instance.workloads:
        phases = {work.phase: place for place, work in enumerate(facts.rates.works) if work.workload == name}
        if len(phases) < 2 or not _waits(facts, name):
            continue
        mixed = np.isnan(_proportion(facts, [phases[Phase.PREFILL], phases[Phase.DECODE]])[1])
        if not facts.demand[phases[Phase.PREFILL]][mixed].any():
            continue
        done = facts.served[:, [phases[Phase.PREFILL], phases[Phase.DECODE]]].sum(axis=-1)
        share = np.divide(done, done.sum(axis=0), out=np.zeros_like(done), where=done.sum(axis=0) > 0)
        for place, (read, answered) in enumerate(share.tolist()):
            alone = share[place].min() >= 1.0 - TOLERANCE
            if facts.rates.units[place].role is Role.COLOCATED and share[place].any() and not alone:
                yield (
                    f"workloads.{name}: {facts.rates.units[place].name} reads {read:.4%} of its prompts and writes"
                    f" {answered:.4%} of its answers: whether it answers what it read is not judged where work may wait"
                )


def _co_located(facts: Facts) -> dict[str, list[int]]:
    """Units that read and answer, by the place where they stand."""
    found: dict[str, list[int]] = {}
    for place, unit in enumerate(facts.rates.units):
        if unit.role is Role.COLOCATED:
            label = reads_at(facts.instance, (unit.hardware, unit.over)) if routed(facts.instance) else ""
            found.setdefault(label, []).append(place)
    return found


def _caches(
    facts: Facts,
    name: str,
    label: str,
    units: list[int],
    read: NDArray[np.float64],
    written: NDArray[np.float64],
) -> Iterator[Broken]:
    """Shares of a workload that units of a place read and that they write, shape [unit, period], beside its routes."""
    leaves, comes, stays = _routes_at(facts, name, label)
    alike = np.minimum(read, written).sum(axis=0)
    who = " and ".join(facts.rates.units[unit].name for unit in units)
    for done, what, passed, which in (
        (read.sum(axis=0), "read and not answered", leaves, "leave"),
        (written.sum(axis=0), "answered and not read", comes, "come"),
    ):
        over = np.maximum(done - alike - passed, done - passed - stays)
        for period in np.flatnonzero(over > TOLERANCE):
            message = (
                f"{done[period]:.4%} of {name} are done there, {alike[period]:.4%} read and answered alike: what is "
                f"{what} cannot {which} over links, as {passed[period]:.4%} do, and nothing else carries caches"
            )
            yield f"{who} in period {period}", message, float(over[period])


def _routes_at(facts: Facts, name: str, label: str) -> tuple[NDArray[np.float64], ...]:
    """Shares of a workload that leave a place over links, come over links, and stay, shape [period]."""
    leaves, comes, stays = np.zeros((3, facts.periods))
    if not routed(facts.instance):
        return leaves, comes, np.full(facts.periods, np.inf)
    for record in facts.plan.routed:
        if record.workload == name and len(record.share) == facts.periods:
            share = np.asarray(record.share)
            leaves += share * (record.read_at == label and record.link != "")
            comes += share * (record.answered_at == label and record.link != "")
            stays += share * (record.read_at == record.answered_at == label)
    return leaves, comes, stays


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
