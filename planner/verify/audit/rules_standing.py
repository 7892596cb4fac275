"""Rule on availability: in every period the units that are up carry what the plan serves, for as long as promised.

A pool is made of the promised works that are served at a place in a period, and the units there that run and can do
them, as far as they are linked. Works that units of the question link, whether these run or not, are one part of what
is promised, for which all of its pools must stand at once, as independent as their nodes are; units of several pools
that share a node only help each other. A workload on several parts lets each of them miss an equal share.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import node_unavailability
from planner.plan.node_names import sold_by_gpu
from planner.rates.failing import node_failures, swap_hours
from planner.verify.audit.facts import TOLERANCE
from planner.verify.audit.places import cache_kind, routed, site
from planner.verify.audit.standing import LossGroup, alike, share_standing, swapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.rates import Unit
    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts

    Pool = tuple[tuple[int, ...], tuple[int, ...]]

"""How names of nodes begin on which a seller of GPUs puts a unit."""
SLACK = 1e-9
"""Of a share of time: what sums of chances leave behind."""


def availability(facts: Facts) -> Iterator[Broken]:
    """Capacity that is up covers what is served of each workload for the promised share of every period's time."""
    promised = {
        name: workload.sla.availability
        for name, workload in facts.instance.workloads.items()
        if workload.sla.availability is not None
    }
    if not promised:
        return
    standing, labels = PoolsStanding(facts, set(promised)), facts.instance.labels()
    for period in range(facts.periods):
        shares: dict[_Part, float] = {}
        served: dict[_Part, set[str]] = {}
        for place, pool in standing.pools(period):
            part = next(one for one in standing.parts if one.has(place, pool[0]))
            shares[part] = shares.get(part, 1.0) * standing.share(pool, period, part.promised)
            served.setdefault(part, set()).update(facts.rates.works[work].workload for work in pool[0])
        for part, share in shares.items():
            for name in sorted(served[part]) if share < part.promised - SLACK else ():
                message = (
                    f"units that are up carry it {share:.6%} of the time, {part.promised:.6%} is promised"
                )
                yield f"{name} at {labels[period]}", message, part.promised - share


@dataclass(frozen=True)
class _Part:
    """Works at a place that units link, running or not, and the share of time for which all of them must be carried."""

    place: tuple[str, ...]
    works: frozenset[int]
    promised: float

    def has(self, place: tuple[str, ...], works: tuple[int, ...]) -> bool:
        """Whether some works that stand together at a place are of this part."""
        return place == self.place and set(works) <= self.works


def _parts(standing: PoolsStanding, promised: dict[str, float]) -> list[_Part]:
    """All parts; a workload on several of them, or at several places, lets each miss an equal part."""
    works, facts = standing.works, standing.facts
    found: list[tuple[tuple[str, ...], frozenset[int]]] = []
    for place in dict.fromkeys(standing.where):
        here = [unit for unit, at in enumerate(standing.where) if at == place]
        linked = [{w for w in works if facts.rates.rate[u, w] > 0} for u in here]
        left = {work for work in works if any(work in one for one in linked)}
        while left:
            mine = {min(left)}
            while any(one & mine and not one <= mine for one in linked):
                mine |= {work for one in linked if one & mine for work in one}
            left -= mine
            found.append((place, frozenset(mine)))
    name_of = {work: facts.rates.works[work].workload for work in works}
    counts = {
        name: sum(one == name for one in name_of.values())
        if routed(facts.instance)
        else sum(any(name_of[work] == name for work in mine) for _, mine in found)
        for name in promised
    }
    return [
        _Part(
            place, mine, max(1.0 - (1.0 - promised[name_of[work]]) / counts[name_of[work]] for work in mine)
        )
        for place, mine in found
    ]


class PoolsStanding:
    """Pools of a plan, and how long each stands."""

    def __init__(self, facts: Facts, promised: set[str]) -> None:
        self.facts = facts
        self.works = [place for place, work in enumerate(facts.rates.works) if work.workload in promised]
        self.where = [self._place(unit) for unit in facts.rates.units]
        self.known: dict[object, float] = {}
        self.laws: dict[str, tuple[float | None, float, float]] = {}
        self.able = facts.rates.rate > 0
        limits = facts.busy_limits
        self.busy = np.ones((len(facts.rates.units), facts.periods)) if limits is None else limits

    @cached_property
    def parts(self) -> list[_Part]:
        """What is promised, part by part."""
        workloads = self.facts.instance.workloads
        names = dict.fromkeys(self.facts.rates.works[work].workload for work in self.works)
        return _parts(self, {name: workloads[name].sla.availability or 0.0 for name in names})

    def _place(self, unit: Unit) -> tuple[str, ...]:
        instance = self.facts.instance
        if not routed(instance):
            return ()
        return (site(instance, unit.hardware), cache_kind(instance, unit.hardware), *unit.over)

    def pools(self, period: int) -> Iterator[tuple[tuple[str, ...], Pool]]:
        """Place, works and units of each pool of a period; no units where none of those that serve it runs."""
        facts = self.facts
        for place in dict.fromkeys(self.where):
            here = [unit for unit, at in enumerate(self.where) if at == place]
            served = facts.served[here][:, self.works, period].sum(axis=0)
            least = TOLERANCE * facts.demand[self.works, period]
            left = {work for work, there in zip(self.works, served > least, strict=True) if there}
            running = [unit for unit in here if facts.there[unit, period] > 0]
            while left:
                works, units, size = {min(left)}, set[int](), 0
                while size < len(works) + len(units):
                    size = len(works) + len(units)
                    units |= {u for u in running if self.able[u, list(works)].any()}
                    works |= {w for w in left if self.able[list(units), w].any()}
                left -= works
                yield place, (tuple(sorted(works)), tuple(sorted(units)))

    def stands(
        self,
        period: int,
        works: set[int],
        load: float,
        rate: NDArray[np.float64],
        limits: NDArray[np.float64],
    ) -> bool:
        """Whether pools with some works carry `load` times what they serve for as long as was promised.

        With units of other rates [unit, work], and so busy as limits [unit] allow.
        """
        parts: dict[_Part, float] = {}
        for place, pool in self.pools(period):
            if works & set(pool[0]):
                part = next(one for one in self.parts if one.has(place, pool[0]))
                mine = list(pool[1])
                able = rate[np.ix_(mine, pool[0])] * limits[mine, None]
                parts[part] = parts.get(part, 1.0) * self._share(pool, period, part.promised, able, load)
        return all(share >= part.promised - SLACK for part, share in parts.items())

    def share(self, pool: Pool, period: int, promised: float) -> float:
        """Share of the time in which what is up of a pool's units carries what it serves."""
        works, units = pool
        able = self.facts.rates.rate[np.ix_(units, works)] * self.busy[list(units), period][:, None]
        return self._share(pool, period, promised, able, 1.0)

    def _share(
        self, pool: Pool, period: int, promised: float, rate: NDArray[np.float64], load: float
    ) -> float:
        """The same of `load` times as much, where units do `rate` of each work when as busy as they may be."""
        facts, (works, units) = self.facts, pool
        there = facts.there[list(units), period]
        here = [unit for unit, at in enumerate(self.where) if at == self.where[units[0]]] if units else []
        asked = load * facts.served[np.ix_(here, works, [period])][:, :, 0].sum(axis=0)
        groups = self._groups(units, period)
        key = (pool, tuple(groups), there.tobytes(), asked.tobytes(), rate.tobytes(), promised)
        if key not in self.known:
            self.known[key] = share_standing(there, groups, rate, asked, promised)
        return self.known[key]

    def _groups(self, units: tuple[int, ...], period: int) -> list[LossGroup]:
        """What fails together: units on nodes of their own kind by kind, those that share nodes node by node."""
        facts, found = self.facts, []
        apart: dict[str, list[int]] = defaultdict(list)
        for place, unit in enumerate(units):
            kind, count = facts.rates.units[unit], int(facts.there[unit, period])
            swap, down, restarting = self._law(kind.hardware)
            one = tuple(int(other == place) for other in range(len(units)))
            if kind.nodes < 1:
                apart[kind.hardware].append(place)
            elif (
                swap is None or kind.nodes <= 1
            ):  # for one node a spare one is another unit's: nothing is gained
                lost = 1.0 - (1.0 - down) ** int(np.ceil(kind.nodes))
                found.append(alike(one, count, lost))
            else:
                found.append(swapped(one, count, int(np.ceil(kind.nodes)), down, restarting))
        for hardware, places in apart.items():
            _, down, _ = self._law(hardware)
            nodes = self._nodes(units, places, period)
            found += [alike(takes, count, down) for takes, count in sorted(nodes.items())]
        return found

    def _law(self, hardware: str) -> tuple[float | None, float, float]:
        """Hours to swap in a spare node, None without one, and the shares for which a node is down and restarting."""
        if hardware not in self.laws:
            instance = self.facts.instance
            (failures, repair), swap = node_failures(instance, hardware), swap_hours(instance, hardware)
            down = float(node_unavailability(failures, repair))
            swapped_in = repair if swap is None else min(swap, repair)
            restarting = min(down, float(node_unavailability(failures, swapped_in)))
            self.laws[hardware] = swap, down, restarting
        return self.laws[hardware]

    def _nodes(self, units: tuple[int, ...], places: list[int], period: int) -> Counter[tuple[int, ...]]:
        """Nodes by what they hold of each kind of a pool, as the plan places it.

        Of GPUs that are sold one by one nobody knows the nodes, nor of units of which the plan does not say it: there
        each kind fills one node after another.
        """
        facts = self.facts
        named = {facts.rates.units[units[place]].name: place for place in places}
        held: dict[str, list[int]] = defaultdict(lambda: [0] * len(units))
        unknown = {place: int(facts.there[units[place], period]) for place in places}
        for record in facts.plan.placed:
            place = named.get(record.unit)
            if place is None or not record.first <= period <= record.last or unknown[place] == 0:
                continue
            if not any(sold_by_gpu(node) for node in record.nodes):
                unknown[place] -= 1
                for node in record.nodes:
                    held[node][place] += 1
        nodes = Counter(tuple(counts) for counts in held.values())
        for place, count in unknown.items():
            beside = max(1, int(1.0 / facts.rates.units[units[place]].nodes + 1e-9))
            full, left = divmod(count, beside)
            for size, groups in ((beside, full), (left, 1)):
                if size and groups:
                    nodes[tuple(size * (other == place) for other in range(len(units)))] += groups
        return nodes


standing_rules = (("availability", availability),)
