"""Rules on service: demand is served or paid for, units serve no more than they can, and stay on when due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.audit.facts import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.audit.facts import Facts

Broken = tuple[str, str, float]


def demand(facts: Facts) -> Iterator[Broken]:
    """What is served, shed, sold and put off makes up the demand of every work and period."""
    covered = facts.served.sum(axis=0) + facts.shed + facts.outsourced + facts.put_off
    slack = TOLERANCE * np.maximum(1.0, facts.demand.max(axis=1, initial=0.0, keepdims=True))
    for work, period in np.argwhere(covered < facts.demand - slack):
        missing = float(facts.demand[work, period] - covered[work, period])
        label = facts.instance.labels()[period]
        yield f"{facts.rates.works[work].name} at {label}", f"{missing:,.6g} per s are not served", missing


def shedding(facts: Facts) -> Iterator[Broken]:
    """Only works with a price for it may be shed, and never more than their demand."""
    for work, series in enumerate(facts.shed):
        name = facts.rates.works[work].name
        if series.any() and facts.shed_price(work) is None:
            yield name, "must be served, yet some is shed", float(series.max())
        if (series < -TOLERANCE).any() or (series > facts.demand[work] * (1 + TOLERANCE) + TOLERANCE).any():
            yield name, "shed lies outside 0..demand", float(np.abs(series).max())


def throughput(facts: Facts) -> Iterator[Broken]:
    """A unit type serves no more than its running units can, start-up time taken off."""
    rate = facts.rates.rate[:, :, None]
    impossible = (facts.served > 0) & (rate <= 0)
    for unit, work, period in np.argwhere(impossible):
        where = f"{facts.rates.units[unit].name} in period {period}"
        yield where, f"cannot serve {facts.rates.works[work].name}", float(facts.served[unit, work, period])
    busy = np.divide(facts.served, rate, out=np.zeros_like(facts.served), where=rate > 0).sum(axis=1)
    for unit, period in np.argwhere(busy > facts.usable * (1 + TOLERANCE) + TOLERANCE):
        message = f"is busy for {busy[unit, period]:.6g} units, {facts.usable[unit, period]:.6g} serve"
        over = float(busy[unit, period] - facts.usable[unit, period])
        yield f"{facts.rates.units[unit].name} in period {period}", message, over
    for unit, _, period in np.argwhere(facts.served < -TOLERANCE):
        yield f"{facts.rates.units[unit].name} in period {period}", "serves less than nothing", 1.0


def minimum_up(facts: Facts) -> Iterator[Broken]:
    """A started unit stays on for the minimum time."""
    due = int(np.ceil(facts.instance.start_up.minimum_up_hours / facts.instance.horizon.period_hours - 1e-9))
    previous = facts.instance.timeline.previous
    for unit, period in np.ndindex(*facts.on.shape):
        recent, at = 0.0, int(period)
        for _ in range(min(max(due, 1), facts.periods)):
            if at < 0:
                break
            recent, at = recent + float(facts.started[unit, at]), int(previous[at])
        if recent > facts.on[unit, period] + TOLERANCE:
            message = f"{recent:g} were started in the last {due} periods, {facts.on[unit, period]:g} are on"
            over = recent - float(facts.on[unit, period])
            yield f"{facts.rates.units[unit].name} in period {period}", message, over


service_rules = (
    ("demand", demand),
    ("shedding", shedding),
    ("throughput", throughput),
    ("minimum up", minimum_up),
)
