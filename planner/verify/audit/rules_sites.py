"""Rules on sites: requests go where they may, are served where they go, and links carry what they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import BITS_PER_BYTE, GIGA
from planner.instance import Phase
from planner.verify.audit.facts import TOLERANCE
from planner.verify.audit.places import prompt_token_bytes, reads_at, routed, timely
from planner.verify.audit.promises import promises

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.plan.contents import Routed
    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts

    Floats = NDArray[np.float64]


def site_flow(facts: Facts) -> Iterator[Broken]:
    """Every rule on where requests go; a plan of one place says nothing of it."""
    if not routed(facts.instance):
        if facts.plan.routed:
            yield "routes", "are recorded, though there is only one site", 1.0
        return
    good = []
    for record in facts.plan.routed:
        wrong = _wrong(facts, record)
        if wrong is None:
            good.append(record)
        else:
            yield f"{record.workload} from {record.read_at} to {record.answered_at}", wrong, 1.0
    for name in facts.instance.workloads:
        yield from _all_sent(facts, name, [one for one in good if one.workload == name])
    yield from _served_there(facts, good)
    yield from _links(facts, good)


def _wrong(facts: Facts, record: Routed) -> str | None:
    """What is wrong with a route as such."""
    if record.workload not in facts.instance.workloads:
        return "no such workload"
    if len(record.share) != facts.periods or min(record.share, default=0.0) < 0.0:
        return "shares must be one a period, none negative"
    bare = dict.fromkeys((hardware, ()) for hardware in facts.instance.fleet)
    kinds = {*bare, *((unit.hardware, unit.over) for unit in facts.rates.units)}
    ways = {way[:3] for kind in kinds for way in timely(facts.instance, record.workload, kind)}
    if (record.read_at, record.answered_at, record.link) not in ways:
        return "requests may not go this way"
    return None


def _all_sent(facts: Facts, name: str, records: list[Routed]) -> Iterator[Broken]:
    """Shares by route, sold and shed make up all requests; where waits are promised they take one route at a time."""
    shares = np.array([record.share for record in records]).reshape(-1, facts.periods)
    works = [place for place, work in enumerate(facts.rates.works) if work.workload == name]
    demand = facts.demand[works]
    asked = demand.max(axis=0, initial=0.0) > 0
    left = np.divide(facts.shed[works], demand, out=np.zeros_like(demand), where=demand > 0)
    total = shares.sum(axis=0) + facts.shares_outsourced[name] + left.max(axis=0, initial=0.0)
    for period in np.flatnonzero(asked & (np.abs(total - 1.0) > TOLERANCE)):
        message = f"{total[period]:.6%} of its requests go somewhere"
        yield f"{name} in period {period}", message, float(abs(total[period] - 1.0))
    if promises(facts.instance.workloads[name]):
        for period in np.flatnonzero((shares > 0).sum(axis=0) > 1):
            message = "is split over routes, and a pool keeps its promise for all of the demand alone"
            yield f"{name} in period {period}", message, 1.0


def _served_there(facts: Facts, records: list[Routed]) -> Iterator[Broken]:
    """At every place units serve what is sent there of each phase."""
    at = [reads_at(facts.instance, (unit.hardware, unit.over)) for unit in facts.rates.units]
    for place, work in enumerate(facts.rates.works):
        sent = {name: np.zeros(facts.periods) for name in dict.fromkeys(at)}
        for record in records:
            if record.workload == work.workload:
                end = record.answered_at if work.phase is Phase.DECODE else record.read_at
                sent.setdefault(end, np.zeros(facts.periods))
                sent[end] += facts.demand[place] * np.asarray(record.share)
        for name, due in sent.items():
            mine = [unit for unit, where in enumerate(at) if where == name]
            off = facts.served[mine, place].sum(axis=0) - due
            for period in np.flatnonzero(np.abs(off) > TOLERANCE * facts.flow[place] + facts.rounding[place]):
                message = (
                    f"{due[period] + off[period]:,.6g} per s are served there, {due[period]:,.6g} are sent"
                )
                yield f"{work.name} at {name} in period {period}", message, float(abs(off[period]))


def _links(facts: Facts, records: list[Routed]) -> Iterator[Broken]:
    """The KV caches that pass a link are no more than it carries."""
    for name, link in facts.instance.links.items():
        carried = np.zeros(facts.periods)
        for record in records:
            if record.link == name:
                prompts = facts.asked[record.workload]["input_tokens_per_s"] * np.asarray(record.share)
                size = prompt_token_bytes(facts.instance, record.workload)
                carried += prompts * (np.inf if size is None else size) * BITS_PER_BYTE / GIGA
        for period in np.flatnonzero(carried > link.bandwidth_gbit_per_s * (1.0 + TOLERANCE)):
            message = f"{carried[period]:,.6g} Gbit/s pass, at most {link.bandwidth_gbit_per_s:,.6g} can"
            yield f"link {name} in period {period}", message, float(carried[period])


site_rules = (("site flow", site_flow),)
