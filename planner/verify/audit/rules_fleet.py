"""Rules on nodes: what is held must be on offer, whole and within limits; what runs must be held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.verify.audit.facts import COUNTED, TOLERANCE
from planner.verify.audit.grain import gpus_sold_together, shares_nodes, smallest_lot
from planner.verify.audit.places import channel_site
from planner.verify.audit.sellers import seller_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts

    Series = NDArray[np.float64]


def horizon(facts: Facts) -> Iterator[Broken]:
    """The plan must be about the periods of the instance, in every record."""
    if facts.plan.periods != tuple(facts.instance.labels()):
        yield "plan", f"its {len(facts.plan.periods)} periods are not those of the instance", 1.0
    lengths = [
        *((unit.unit, len(unit.on)) for unit in facts.plan.units),
        *((f"{record.unit} serving {record.workload}", len(record.per_s)) for record in facts.plan.served),
        *((f"shed {record.workload}", len(record.per_s)) for record in facts.plan.shed),
        *((f"use of {record.hardware}.{record.channel}", len(record.nodes)) for record in facts.plan.use),
        *((f"backlog of {record.workload}", len(record.waiting)) for record in facts.plan.backlog),
        *((f"routes of {record.workload}", len(record.share)) for record in facts.plan.routed),
        *((f"{record.workload} at {record.vendor}", len(record.share)) for record in facts.plan.outsourced),
    ]
    for where, length in lengths:
        if length != facts.periods:
            yield where, f"has {length} periods, the instance has {facts.periods}", 1.0


def known(facts: Facts) -> Iterator[Broken]:
    """Units and works must be among those of the rates."""
    units = {unit.name: unit for unit in facts.rates.units}
    works = {(work.workload, str(work.phase)) for work in facts.rates.works}
    for schedule in facts.plan.units:
        unit = units.get(schedule.unit)
        if unit is None:
            yield schedule.unit, "no such deployment unit", 1.0
        elif (unit.nodes, unit.hardware) != (schedule.nodes, schedule.hardware):
            yield schedule.unit, f"is {unit.nodes} nodes of {unit.hardware}, the plan says otherwise", 1.0
    recorded = [(record.workload, record.phase) for record in facts.plan.served]
    recorded += [(record.workload, record.phase) for record in facts.plan.shed]
    recorded += [(record.workload, record.phase) for record in facts.plan.backlog]
    for work in recorded:
        if work not in works:
            yield ".".join(work), "no such work", 1.0
    for record in facts.plan.served:
        if record.unit not in units:
            yield record.unit, "no such deployment unit", 1.0
    for use in facts.plan.use:
        if (use.hardware, use.channel) not in facts.channels:
            yield f"use of {use.hardware}.{use.channel}", "no such channel", 1.0


def offered(facts: Facts) -> Iterator[Broken]:
    """Every holding must be an offer of its channel, in whole increments."""
    for holding in facts.plan.holdings:
        where = f"{holding.hardware}.{holding.channel} periods {holding.first}-{holding.last}"
        if facts.quote(holding.hardware, holding.channel, holding.first, holding.last) is None:
            yield where, "no such offer", float(holding.nodes)
            continue
        most = facts.channels[holding.hardware, holding.channel].max_new_nodes
        if most is not None and holding.nodes > most:
            yield where, f"{holding.nodes} nodes, one offer has at most {most}", float(holding.nodes - most)
        node = facts.nodes[holding.hardware]
        lot = smallest_lot(facts.instance, holding.hardware, node)
        step = gpus_sold_together(facts.channels[holding.hardware, holding.channel], node, lot)
        times = holding.nodes * node.gpus / step
        if holding.nodes < 0 or abs(times - round(times)) > COUNTED * max(1.0, times):
            grain = f"{step} GPUs" if step < node.gpus else f"{step // node.gpus} nodes"
            yield where, f"{holding.nodes} nodes are not a whole multiple of {grain}", 1.0


def limits(facts: Facts) -> Iterator[Broken]:
    """Every channel holds no fewer and no more nodes than it may, in every period."""
    for key, series in facts.held.items():
        channel = facts.channels.get(key)
        if channel is None:
            continue
        where, most = ".".join(key), seller_of(channel).most(channel)
        if series.min() < channel.min_nodes * (1.0 - COUNTED):
            yield where, f"holds {series.min():g} nodes, at least {channel.min_nodes} are required", 1.0
        if most is not None and series.max() > most * (1.0 + COUNTED):
            over = float(series.max() - most)
            yield where, f"holds {series.max():g} nodes, at most {most} are allowed", over


def integrality(facts: Facts) -> Iterator[Broken]:
    """Units come whole, and never fewer than none."""
    for schedule in facts.plan.units:
        for period, count in enumerate(schedule.on):
            if count < 0 or count != int(count):
                yield f"{schedule.unit} in period {period}", f"{count} units on", 1.0


def fleet(facts: Facts) -> Iterator[Broken]:
    """Nodes under running units are held, in every period: counted, but for those that serve on average only."""
    for hardware, use in facts.nodes_in_use.items():
        serving, used = facts.serving_nodes(hardware), use + facts.nodes_lent[hardware]
        slack = COUNTED * np.maximum(1.0, used) if facts.all_serve(hardware) else TOLERANCE
        for period in np.flatnonzero(used > serving + slack):
            message = f"{used[period]:g} nodes in use or lent, {serving[period]:g} held and serving"
            yield f"{hardware} in period {period}", message, float(used[period] - serving[period])


def metering(facts: Facts) -> Iterator[Broken]:
    """Where a node in use costs extra or counts at a site, use is recorded by channel, all of it and no more."""
    sites, metered = facts.instance.limits.sites, facts.metered
    reported = {(record.hardware, record.channel): np.asarray(record.nodes) for record in facts.plan.use}
    for key in reported:
        if key[0] not in metered:
            yield f"use of {'.'.join(key)}", "is recorded, though it neither costs nor counts", 1.0
    for hardware in sorted(metered):
        mine = {key: use for key, use in reported.items() if key[0] == hardware and len(use) == facts.periods}
        total = sum(mine.values(), np.zeros(facts.periods))
        used = facts.nodes_in_use[hardware] + facts.nodes_lent[hardware]
        for period in np.flatnonzero(np.abs(total - used) > TOLERANCE * np.maximum(1.0, used)):
            message = f"{total[period]:g} nodes are recorded as in use, {used[period]:g} are"
            yield f"{hardware} in period {period}", message, float(abs(used[period] - total[period]))
        for key, use in mine.items():
            over = use - (facts.serving(key) if key in facts.channels else 0.0)
            for period in np.flatnonzero((over > TOLERANCE * np.maximum(1.0, use)) | (use < 0.0)):
                yield (
                    f"{'.'.join(key)} in period {period}",
                    f"{use[period]:g} nodes used",
                    float(abs(over[period])),
                )
            if channel_site(facts.instance, *key) in sites and not facts.averaged(hardware):
                yield from _not_whole(facts, key, use)


def _not_whole(facts: Facts, key: tuple[str, str], use: Series) -> Iterator[Broken]:
    """A node is in use as a whole: at a site it draws its power, whatever lies on it."""
    if shares_nodes(facts.rates, key[0]):
        return  # its placement says it
    for period in np.flatnonzero(np.abs(use - np.rint(use)) > COUNTED * np.maximum(1.0, use)):
        yield f"{'.'.join(key)} in period {period}", f"{use[period]:g} nodes used, no whole number", 1.0


fleet_rules = (
    ("horizon", horizon),
    ("known", known),
    ("offered", offered),
    ("limits", limits),
    ("integrality", integrality),
    ("fleet", fleet),
    ("metering", metering),
)
