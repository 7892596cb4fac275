"""Rules on placement: every running unit lies on nodes that are held, no node has more than its GPUs.

A node belongs to one channel. Of one that sells GPUs a unit has its GPUs together, on nodes of the seller that nobody
numbers (`gpus:NAME`). Where use is recorded by channel it is that of the places.

A bin packing, looked at and not solved: GPUs are added up node by node and period by period.
"""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from planner.plan.node_names import NodeName
from planner.verify.audit.grain import by_the_domain, by_the_gpu, shares_nodes
from planner.verify.audit.one_channel import Loads, Recorded, divisible
from planner.verify.audit.places import channel_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.plan.contents import Placed
    from planner.rates import Unit
    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts

    Series = NDArray[np.float64]

PART = 1e-6


def placement(facts: Facts) -> Iterator[Broken]:
    """Where nodes are shared, or whole domains are sold, each unit has its place in every period in which it runs."""
    for hardware in facts.instance.fleet:
        mine = [record for record in facts.plan.placed if record.hardware == hardware]
        if _matters(facts, hardware):
            yield from _Places(facts, hardware).judged(mine)
        elif mine:
            yield (
                f"placed on {hardware}",
                "is recorded, though its units take whole nodes of any kind",
                float(len(mine)),
            )


def _matters(facts: Facts, hardware: str) -> bool:
    """Whether some unit shares nodes, or lies in a domain that is sold as a whole."""
    units = [unit for unit in facts.rates.units if unit.hardware == hardware]
    sold = [c for key, c in facts.channels.items() if key[0] == hardware]
    racks = any(by_the_domain(channel, facts.nodes[hardware]) for channel in sold)
    return shares_nodes(facts.rates, hardware) or (racks and any(unit.needs_domain for unit in units))


class _Places:
    """What is held of one hardware, and what its units take."""

    def __init__(self, facts: Facts, hardware: str) -> None:
        self.facts, self.hardware, self.node = facts, hardware, facts.nodes[hardware]
        self.units = {unit.name: unit for unit in facts.rates.units if unit.hardware == hardware}
        nothing = np.zeros(facts.periods)
        self.domains, self.nodes = nothing.copy(), nothing.copy()
        self.gpus: dict[str, Series] = {}
        for key, channel in facts.channels.items():
            if key[0] != hardware:
                continue
            if by_the_gpu(channel):
                self.gpus[key[1]] = facts.held[key] * self.node.gpus
            elif by_the_domain(channel, self.node):
                self.domains += facts.held[key] / self.node.nodes_per_domain
            else:
                self.nodes += facts.held[key]
        self.taken: dict[tuple[int, int], Series] = defaultdict(nothing.copy)
        self.apart: dict[str, Series] = {name: nothing.copy() for name in self.gpus}

    def judged(self, records: list[Placed]) -> Iterator[Broken]:
        """Everything that does not fit."""
        placed: dict[str, Series] = {name: np.zeros(self.facts.periods) for name in self.units}
        alone: dict[tuple[str, int], Series] = defaultdict(lambda: np.zeros(self.facts.periods))
        for record in records:
            where = f"{record.unit} {record.number} periods {record.first}-{record.last}"
            unit = self.units.get(record.unit)
            if unit is None:
                yield where, f"no such unit of {self.hardware}", 1.0
            elif not self.facts.within(record.first, record.last):
                yield where, "lies outside of the plan", 1.0
            else:
                span = slice(record.first, record.last + 1)
                placed[record.unit][span] += 1.0
                alone[record.unit, record.number][span] += 1.0
                for message in self._put(unit, record, span):
                    yield where, message, 1.0
        yield from self._counted(placed, alone)
        yield from self._within()
        if self.hardware in self.facts.metered:
            if shares_nodes(self.facts.rates, self.hardware):
                yield from self._in_use()
            yield from self._of_one_channel()

    def _put(self, unit: Unit, record: Placed, span: slice) -> Iterator[str]:
        """Take the GPUs of a unit's nodes; what is wrong with these by themselves."""
        takes, each = math.ceil(unit.nodes), unit.gpus if unit.nodes < 1 else self.node.gpus
        read = [NodeName.read(name) for name in record.nodes]
        of_gpus = [node.channel for node in read if node is not None and not node.number]
        places = [(node.domain, node.number) for node in read if node is not None and node.number]
        if None in read:
            yield f"{record.nodes} are no names of nodes"
        if len(set(places)) + len(of_gpus) != len(record.nodes) or len(record.nodes) != takes:
            listed = len(record.nodes)
            yield f"lies on {len(set(places)) + len(of_gpus)} nodes of {listed} listed, and takes {takes}"
        within = {domain for domain, _ in places} | ({0} if of_gpus else set())
        if unit.needs_domain and len(within) > 1:
            yield "lies in several domains, and needs one"
        for name in of_gpus:
            if name in self.apart:
                self.apart[name][span] += each
            else:
                yield f"{name} of {self.hardware} sells no GPUs one by one"
        for place in set(places):
            self.taken[place][span] += each

    def _counted(self, placed: dict[str, Series], alone: dict[tuple[str, int], Series]) -> Iterator[Broken]:
        """As many units have a place as run, none has two."""
        for index, unit in enumerate(self.facts.rates.units):
            if unit.hardware != self.hardware:
                continue
            for period in np.flatnonzero(placed[unit.name] != self.facts.on[index]).tolist():
                located, on = placed[unit.name][period], self.facts.on[index, period]
                yield (
                    f"{unit.name} in period {period}",
                    f"{located:g} have a place, {on:g} run",
                    float(abs(located - on)),
                )
        for (name, number), times in alone.items():
            for period in np.flatnonzero(times > 1).tolist():
                yield f"{name} {number} in period {period}", "lies in two places at once", 1.0

    def _within(self) -> Iterator[Broken]:
        """No node takes more than its GPUs, and each is there; nodes that are lent are free."""
        for (domain, number), gpus in self.taken.items():
            name = f"{self.hardware} {f'd{domain}' if domain else ''}n{number}"
            for period in np.flatnonzero(gpus > self.node.gpus).tolist():
                message = f"units take {gpus[period]:g} of its {self.node.gpus} GPUs"
                yield f"{name} in period {period}", message, float(gpus[period] - self.node.gpus)
            there = self.domains + PART >= domain if domain else self.nodes + PART >= number
            if domain and number > self.node.usable_nodes_per_domain:
                there = np.zeros(self.facts.periods, dtype=bool)
            for period in np.flatnonzero((gpus > 0) & ~there).tolist():
                yield f"{name} in period {period}", "is not held, or is a standby node", 1.0
        for channel, gpus in self.apart.items():
            for period in np.flatnonzero(gpus > self.gpus[channel] + PART).tolist():
                message = f"units lie on {gpus[period]:g} GPUs, {self.gpus[channel][period]:g} are hired"
                over_hired = float(gpus[period] - self.gpus[channel][period])
                yield f"{self.hardware}.{channel} in period {period}", message, over_hired
        room = self.nodes + self.domains * self.node.usable_nodes_per_domain
        used = sum(
            ((gpus > 0).astype(np.float64) for gpus in self.taken.values()), np.zeros(self.facts.periods)
        )
        over = used + self.facts.nodes_lent[self.hardware] - room
        for period in np.flatnonzero(over > PART).tolist():
            message = f"{used[period]:g} nodes under units and those lent are more than are held"
            yield f"{self.hardware} in period {period}", message, float(over[period])

    def _in_use(self) -> Iterator[Broken]:
        """Use by channel is that of the places: the GPUs under units, and nodes that are lent."""
        nothing = np.zeros(self.facts.periods)
        use: dict[str, Series] = defaultdict(nothing.copy)
        for record in self.facts.plan.use:
            if record.hardware == self.hardware and len(record.nodes) == self.facts.periods:
                use[record.channel] = use[record.channel] + np.asarray(record.nodes, dtype=np.float64)
        for channel, gpus in self.apart.items():
            recorded = use[channel] * self.node.gpus
            for period in np.flatnonzero(np.abs(recorded - gpus) > PART * np.maximum(1.0, gpus)).tolist():
                message = f"{recorded[period]:g} GPUs are recorded as in use, units lie on {gpus[period]:g}"
                yield (
                    f"{self.hardware}.{channel} in period {period}",
                    message,
                    float(abs(recorded - gpus)[period]),
                )

    def _of_one_channel(self) -> Iterator[Broken]:
        """Nodes and domains under units can be shared out so that each seller has the use that is recorded of it."""
        sellers = self._sellers()
        if len(sellers) < 2:
            return
        each, gpus, periods = self.node.usable_nodes_per_domain, self.node.gpus, self.facts.periods
        recorded, nodes, domains = np.zeros((3, len(sellers), periods))
        for row, names in enumerate(sellers):
            for name in names:
                recorded[row] += gpus * self._recorded(name)
                serving, channel = (
                    self.facts.serving((self.hardware, name)),
                    self.facts.channels[self.hardware, name],
                )
                if by_the_domain(channel, self.node):
                    domains[row] += np.floor(serving / each + PART)
                else:
                    nodes[row] += np.floor(serving + PART)
        off = (np.abs(recorded - np.rint(recorded)) > PART * np.maximum(1.0, recorded)).any(axis=0)
        for period in np.flatnonzero(off).tolist():
            where = f"{self.hardware} in period {period}"
            yield where, "no whole number of GPUs is recorded as in use of a channel", 1.0
        judge = cache(divisible)  # most periods are alike
        for period in np.flatnonzero(~off).tolist():
            figures = (np.rint(one[:, period]).astype(int).tolist() for one in (recorded, nodes, domains))
            asked = tuple(Recorded(*one) for one in zip(*figures, strict=True))
            loads = self._loads(period, sum(one.gpus for one in asked))
            if not judge(loads, asked):
                shares = " and ".join(
                    f"{one.gpus} GPUs of {'/'.join(names)}" for one, names in zip(asked, sellers, strict=True)
                )
                message = (
                    f"{shares} are recorded as in use: its nodes cannot be shared out so, each of one channel"
                )
                yield f"{self.hardware} in period {period}", message, 1.0

    def _sellers(self) -> list[list[str]]:
        """Channels that sell nodes or domains, those together whose use costs and counts the same."""
        found: dict[tuple[bytes, str | None], list[str]] = defaultdict(list)
        for key, channel in self.facts.channels.items():
            if key[0] == self.hardware and not by_the_gpu(channel):
                alike = self.facts.added_usd(key).tobytes(), channel_site(self.facts.instance, *key)
                found[alike].append(key[1])
        return list(found.values())

    def _loads(self, period: int, recorded: int) -> Loads:
        """GPUs under units in a period, and the nodes that are lent of those whose use is recorded."""
        nodes: list[int] = []
        domains: dict[int, int] = defaultdict(int)
        for (domain, _), taken in self.taken.items():
            gpus = round(float(taken[period]))
            if domain:
                domains[domain] += gpus
            elif gpus:
                nodes.append(gpus)
        inside = sorted(gpus for gpus in domains.values() if gpus)
        lent = (recorded - sum(nodes) - sum(inside)) // self.node.gpus
        most = round(float(self.facts.nodes_lent[self.hardware][period]))
        return Loads(tuple(sorted(nodes)), tuple(inside), max(0, min(lent, most)), self.node.gpus)

    def _recorded(self, channel: str) -> Series:
        """Nodes of a channel that are recorded as in use, shape [period]."""
        mine = [
            np.asarray(record.nodes, dtype=np.float64)
            for record in self.facts.plan.use
            if (record.hardware, record.channel) == (self.hardware, channel)
            and len(record.nodes) == self.facts.periods
        ]
        return sum(mine, np.zeros(self.facts.periods))


placement_rules = (("placement", placement),)
