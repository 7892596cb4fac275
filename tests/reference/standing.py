"""Availability: so many units run that those which are up carry the promised works, for as long as promised.

Stated by the schema: works that units link form a pool, of which all must be carried at once; pools of one workload
may each miss an equal part. Every mix of units of a pool is looked at, each with all states of its units.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from tests.reference.program import Terms
from tests.reference.question import Question, times
from tests.reference.sharing import (
    Kinds,
    Nodes,
    carried,
    contents,
    falling,
    lie_on_nodes,
    most_nodes,
    ways_to_stand,
)
from tests.reference.timeline import Slot
from tests.reference.works import Unit

HOURS_PER_YEAR = 8760.0
SURE, SLIGHT = 1.0 - 1e-9, 1e-9
Work = tuple[str, str]


@dataclass(frozen=True)
class Pooled:
    """Promised works with the places of all units that can do any of them, and the share of time they stand for."""

    works: tuple[Work, ...]
    units: tuple[int, ...]
    share: float


def pools_of(instance: dict[str, Any], units: list[Unit], works: list[Work]) -> list[Pooled]:
    """The pools of some works."""
    left, found = list(works), list[tuple[tuple[Work, ...], tuple[int, ...]]]()
    while left:
        mine, able = [left[0]], set[int]()
        for work in mine:  # grows while it is gone through
            able |= {place for place, unit in enumerate(units) if work in unit.rates}
            mine += [one for one in left if one not in mine and any(one in units[u].rates for u in able)]
        left = [work for work in left if work not in mine]
        found.append((tuple(mine), tuple(sorted(able))))
    return [Pooled(mine, able, _share(instance, mine, [one for one, _ in found])) for mine, able in found]


def _share(instance: dict[str, Any], works: tuple[Work, ...], pools: list[tuple[Work, ...]]) -> float:
    """The strictest of what is left to the pools of each workload."""
    shares = []
    for name, _ in works:
        beside = sum(any(other == name for other, _ in pool) for pool in pools)
        shares.append(1.0 - (1.0 - instance["workloads"][name]["sla"]["availability"]) / beside)
    return max(shares)


def promised_works(question: Question) -> list[Work]:
    """Works of workloads that promise availability."""
    return [
        (name, phase)
        for name, given in question.instance["workloads"].items()
        if "availability" in given.get("sla", {})
        for phase in question.demand.phases(name)
    ]


def add_standing(question: Question) -> None:
    """One way to stand for every pool and slot with work."""
    nodes: dict[tuple[str, int], Nodes] = {}
    for pool in pools_of(question.instance, question.units, promised_works(question)):
        for slot in question.slots:
            asked = {work: question.demand.work(*work, slot) for work in pool.works}
            asked = {work: amount for work, amount in asked.items() if amount > 0}
            if asked and any(question.units[place].shares for place in pool.units):
                _add_shared_ways(question, pool, slot, asked, nodes)
            elif asked:
                _add_ways(question, pool, slot, asked)


def _add_ways(question: Question, pool: Pooled, slot: Slot, asked: dict[Work, float]) -> None:
    """The least mixes that stand; where some may be shed, every mix with the part that it carries."""
    program, places = (
        question.program,
        [p for p in pool.units if asked.keys() & question.units[p].rates.keys()],
    )
    down = tuple(_down(question.instance, question.units[place]) for place in places)
    rates = tuple(
        tuple(question.units[place].rates.get(work, 0.0) / amount for work, amount in asked.items())
        for place in places
    )
    shed = [question.sent_away[name, slot.index] for name, _ in asked]
    ways = _mixes(rates, down, pool.share) if not any(shed) else _part_mixes(rates, down, pool.share)
    chosen = [program.switch() for _ in ways]
    program.row([(way, 1.0) for way in chosen], 1.0, 1.0)
    for index, place in enumerate(places):
        least = [(way, -float(mix[index])) for way, (mix, _) in zip(chosen, ways, strict=True)]
        program.row([*_there(question, place, slot), *least], lower=0.0)
    if any(shed):
        carried = [(way, part) for way, (_, part) in zip(chosen, ways, strict=True)]
        program.row([*carried, *times(1.0, shed[0])], lower=1.0)


def _add_shared_ways(
    question: Question,
    pool: Pooled,
    slot: Slot,
    asked: dict[Work, float],
    known: dict[tuple[str, int], Nodes],
) -> None:
    """The same where units share nodes: of one work, none of which is shed."""
    ((work, amount),) = asked.items()
    assert not question.sent_away[work[0], slot.index]
    program, units = question.program, question.units
    able = [place for place in pool.units if work in units[place].rates]
    part = {place: units[place].rates[work] / amount for place in able}
    lying: dict[str, list[int]] = {}
    for place in able:
        if units[place].shares and lie_on_nodes(question, units[place].hardware):
            lying.setdefault(units[place].hardware, []).append(place)
    others = [place for place in able if not any(place in mine for mine in lying.values())]
    found, counted = [], []
    for hardware, places in lying.items():
        if (hardware, slot.index) not in known:
            known[hardware, slot.index] = Nodes(question, hardware, slot)
        nodes = known[hardware, slot.index]
        some = list(contents([units[place].gpus for place in places], question.gpus(hardware)))
        found.append(tuple((one, sum(n * part[p] for n, p in zip(one, places, strict=True))) for one in some))
        counted.append(nodes.counted(places, some))
    kinds = Kinds(
        tuple(found),
        tuple(most_nodes(question, hardware) for hardware in lying),
        tuple(_down(question.instance, units[places[0]]) for places in lying.values()),
        tuple(_other(question, place, part[place], pool.share) for place in others),
    )
    ways = ways_to_stand(kinds, pool.share)
    chosen = [program.switch() for _ in ways]
    program.row([(way, 1.0) for way in chosen], 1.0, 1.0)
    for at, columns in enumerate(counted):
        for one, terms in columns.items():
            least = [(c, -float(w[0][at].count(one))) for c, w in zip(chosen, ways, strict=True)]
            program.row([*terms, *least], lower=0.0)
    for at, place in enumerate(others):
        least = [(c, -float(w[1][at])) for c, w in zip(chosen, ways, strict=True)]
        program.row([*_there(question, place, slot), *least], lower=0.0)


def _other(question: Question, place: int, part: float, share: float) -> tuple[float, int, float, int]:
    """Work of a unit, units that fall together, the chance of that, and the most that is needed of it."""
    unit, down = question.units[place], _down(question.instance, question.units[place])
    together = int(1.0 / unit.nodes + SLIGHT) if unit.shares else 1
    count = 1
    while carried(tuple(falling(part, together, down, count))) < share - 1e-12:
        count += 1
    return part, together, down, count


def _there(question: Question, place: int, slot: Slot) -> Terms:
    """Units on, but for those that start for all of the slot."""
    return [
        (column, value) for column, value in question.serving[place, slot.index] if abs(value) > 1 - SLIGHT
    ]


def _down(instance: dict[str, Any], unit: Unit) -> float:
    own = instance["hardware"][unit.hardware]
    odds = own["failures_per_node_year"] * own["repair_hours"] / HOURS_PER_YEAR
    return 1.0 - (1.0 / (1.0 + odds)) ** math.ceil(unit.nodes)


Rates = tuple[tuple[float, ...], ...]


@lru_cache(maxsize=4096)
def _mixes(rates: Rates, down: tuple[float, ...], share: float) -> list[tuple[tuple[int, ...], float]]:
    """Every mix that stands with none below it that does."""
    most = [_enough(rate, q, share) for rate, q in zip(rates, down, strict=True)]
    found: list[tuple[int, ...]] = []
    for mix in sorted(product(*(range(count + 1) for count in most)), key=sum):
        if any(all(x >= y for x, y in zip(mix, less, strict=True)) for less in found):
            continue
        if _stands(mix, rates, down) >= share - 1e-12:
            found.append(mix)
    return [(mix, 1.0) for mix in found]


@lru_cache(maxsize=4096)
def _part_mixes(rates: Rates, down: tuple[float, ...], share: float) -> list[tuple[tuple[int, ...], float]]:
    """Every mix of units that do one work, with the largest part of it that it carries for so long."""
    most = [_enough(rate, q, share) for rate, q in zip(rates, down, strict=True)]
    found = []
    for mix in product(*(range(count + 1) for count in most)):
        part, kept = 0.0, 0.0
        for chance, capacity in sorted(_capacities(mix, rates, down), key=lambda one: -one[1]):
            kept, part = kept + chance, capacity
            if kept >= share - 1e-12:
                break
        found.append((mix, min(1.0, part)))
    return found


def _capacities(mix: tuple[int, ...], rates: Rates, down: tuple[float, ...]) -> list[tuple[float, float]]:
    return [
        (_chance(mix, up, down), sum(count * rate[0] for count, rate in zip(up, rates, strict=True)))
        for up in product(*(range(count + 1) for count in mix))
    ]


def _enough(rate: tuple[float, ...], down: float, share: float) -> int:
    """Units of a kind beyond which none is needed, whatever else runs."""
    needed = math.ceil(sum(1.0 / one for one in rate if one > 0) - SLIGHT)
    share = share if all(rate) else max(share, SURE)
    count = max(1, needed)
    while sum(_chance((count,), (up,), (down,)) for up in range(needed, count + 1)) < share - 1e-12:
        count += 1
    return count


def _chance(mix: tuple[int, ...], up: tuple[int, ...], down: tuple[float, ...]) -> float:
    """P(exactly so many of each kind are up)."""
    chance = 1.0
    for count, some, q in zip(mix, up, down, strict=True):
        chance *= math.comb(count, some) * (1.0 - q) ** some * q ** (count - some)
    return chance


def _stands(mix: tuple[int, ...], rates: Rates, down: tuple[float, ...]) -> float:
    """P(what is up carries the works)."""
    return sum(_chance(mix, up, down) for up in product(*(range(n + 1) for n in mix)) if _carries(up, rates))


def _carries(up: tuple[int, ...], rates: Rates) -> bool:
    """Whether units can be given to the works, 1 of each in all: for two, as much of the first as is left over.

    Units go to the second work first, those that are better at it, until it is done; what is left must do the first.
    """
    if len(rates[0]) == 1:
        return sum(count * rate[0] for count, rate in zip(up, rates, strict=True)) >= 1.0 - SLIGHT
    order = sorted(range(len(up)), key=lambda k: math.atan2(rates[k][0], rates[k][1]))
    first, open_ = 0.0, 1.0
    for kind in order:
        time = float(up[kind])
        if rates[kind][1] > 0:
            used = min(time, open_ / rates[kind][1])
            open_, time = open_ - used * rates[kind][1], time - used
        first += time * rates[kind][0]
    return open_ <= SLIGHT and first >= 1.0 - SLIGHT
