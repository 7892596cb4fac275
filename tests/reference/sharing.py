"""Availability where units share nodes: which units lie on which nodes is part of a way to stand.

Nodes are told apart by what of a pool they hold, and every set of such nodes that stands is one way, if none that holds
less does. What is on a node counts as any part of it. GPUs sold one by one lie nobody knows where: there the units of
each kind fill one node after another, as elsewhere in the second model, whatever else runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement, product

from tests.reference.offers import grain_of
from tests.reference.question import Question, times
from tests.reference.timeline import Slot

SLIGHT = 1e-9
Content = tuple[int, ...]
"""Units of each kind on a node."""


def lie_on_nodes(question: Question, hardware: str) -> bool:
    """Whether units share nodes of a hardware that are sold as nodes. Both at once is not for this model."""
    each = question.domain(hardware)[0]
    grains = {grain_of(channel, each) for channel in question.instance["fleet"][hardware].values()}
    assert len(grains) == 1
    return grains == {"node"} and any(one.shares for one in question.units if one.hardware == hardware)


def most_nodes(question: Question, hardware: str) -> int:
    """Nodes of a hardware that can be held at most."""
    return sum(int(one["max_nodes"]) for one in question.instance["fleet"][hardware].values())


def small_units(question: Question, hardware: str) -> list[int]:
    """Places of the units that share nodes of a hardware."""
    return [place for place, one in enumerate(question.units) if one.shares and one.hardware == hardware]


class Nodes:
    """Columns of the nodes of a hardware in a slot by what they hold, and of those that count as holding a part."""

    def __init__(self, question: Question, hardware: str, slot: Slot) -> None:
        self.question, self.small = question, small_units(question, hardware)
        program, gpus = question.program, question.gpus(hardware)
        sizes = [question.units[place].gpus for place in self.small]
        self.count = {content: program.column(whole=True) for content in contents(sizes, gpus)}
        for at, place in enumerate(self.small):
            there = [(column, float(content[at])) for content, column in self.count.items() if content[at]]
            program.row([*there, (question.on[place, slot.index], -1.0)], 0.0, 0.0)
        whole = [
            (question.on[place, slot.index], float(unit.nodes))
            for place, unit in enumerate(question.units)
            if unit.hardware == hardware and not unit.shares
        ]
        held = [
            term
            for name in question.instance["fleet"][hardware]
            for term in times(-1.0, question.held[hardware, name, slot.index])
        ]
        program.row([*((column, 1.0) for column in self.count.values()), *whole, *held], upper=0.0)

    def counted(self, places: list[int], parts: list[Content]) -> dict[Content, list[tuple[int, float]]]:
        """Nodes that count as holding each of some parts, of units at these places; each node counts once."""
        program, found = self.question.program, dict[Content, list[tuple[int, float]]]()
        at = [self.small.index(place) for place in places]
        for content, column in self.count.items():
            mine = tuple(content[one] for one in at)
            taken = {
                part: program.column()
                for part in parts
                if all(a >= b for a, b in zip(mine, part, strict=True))
            }
            for part, as_part in taken.items():
                found.setdefault(part, []).append((as_part, 1.0))
            program.row([*((one, 1.0) for one in taken.values()), (column, -1.0)], upper=0.0)
        return found


def contents(sizes: list[int], gpus: int) -> Iterator[Content]:
    """All that a node may hold, but nothing."""
    for content in product(*(range(gpus // size + 1) for size in sizes)):
        if 0 < sum(n * size for n, size in zip(content, sizes, strict=True)) <= gpus:
            yield content


@dataclass(frozen=True)
class Kinds:
    """Units of a pool for one work of 1: on nodes of some hardware by content, and others by their number.

    `parts[hardware]`: what a node may hold, work of each such content, `most` nodes, chance of one to be down. Others:
    work of a unit, units that fall together, chance, and units beyond which none is needed.
    """

    parts: tuple[tuple[tuple[Content, float], ...], ...]
    most: tuple[int, ...]
    down: tuple[float, ...]
    others: tuple[tuple[float, int, float, int], ...]


Way = tuple[tuple[tuple[Content, ...], ...], Content]
"""Contents of nodes by hardware, and numbers of other units."""


@lru_cache(maxsize=4096)
def ways_to_stand(kinds: Kinds, share: float) -> list[Way]:
    """Every way that stands, but those that plainly hold another."""
    mixes = [
        [nodes for count in range(limit + 1) for nodes in combinations_with_replacement(some, count)]
        for some, limit in zip(kinds.parts, kinds.most, strict=True)
    ]
    counts = [range(most + 1) for _, _, _, most in kinds.others]
    found: list[Way] = []
    chances: dict[tuple[tuple[float, float], ...], bool] = {}
    tried = product(product(*mixes), product(*counts))
    for nodes, other in sorted(
        tried, key=lambda one: sum(sum(c) for some in one[0] for c, _ in some) + sum(one[1])
    ):
        way = tuple(tuple(content for content, _ in some) for some in nodes), other
        if any(_holds(way, less) for less in found):
            continue
        falls = tuple(sorted(_falling(kinds, nodes, other)))
        if falls not in chances:
            chances[falls] = carried(falls) >= share - 1e-12
        if chances[falls]:
            found.append(way)
    return found


def _falling(
    kinds: Kinds, nodes: tuple[tuple[tuple[Content, float], ...], ...], other: Content
) -> Iterator[tuple[float, float]]:
    """Work, and the chance that it is down, of all that falls by itself."""
    for some, q in zip(nodes, kinds.down, strict=True):
        yield from ((work, q) for _, work in some)
    for count, (work, together, q, _) in zip(other, kinds.others, strict=True):
        yield from falling(work, together, q, count)


def falling(work: float, together: int, down: float, count: int) -> list[tuple[float, float]]:
    """The same of so many units of a kind that fill one node after another."""
    full, left = divmod(count, together)
    return [(work * together, down)] * full + [(work * left, down)] * (left > 0)


def carried(falls: tuple[tuple[float, float], ...]) -> float:
    """The chance that what is up does 1."""
    sums = {0.0: 1.0}
    for work, q in falls:
        grown: dict[float, float] = {}
        for amount, chance in sums.items():
            for more, part in ((work, 1.0 - q), (0.0, q)):
                at = round(amount + more, 12)
                grown[at] = grown.get(at, 0.0) + chance * part
        sums = grown
    return sum(chance for amount, chance in sums.items() if amount >= 1.0 - SLIGHT)


def _holds(way: Way, less: Way) -> bool:
    """Whether a way has all of another: its nodes can be laid over the other's, as far as that is plain to see."""
    if any(a < b for a, b in zip(way[1], less[1], strict=True)):
        return False
    for nodes, under in zip(way[0], less[0], strict=True):
        left = sorted(nodes, reverse=True)
        for one in sorted(under, reverse=True):
            over = [at for at, n in enumerate(left) if all(a >= b for a, b in zip(n, one, strict=True))]
            if not over:
                return False
            del left[over[-1]]
    return True
