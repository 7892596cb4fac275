"""Where units lie: in nodes that they share, and in scale-up domains that are sold as a whole.

A container is filled in one of the ways that leave no room for a further item; every item lies in a filled container,
or on pieces that its channel sells one by one. Where sizes divide each other and the container, it is enough that
they add up (the schema's parts of nodes), which the rows of `using` say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.reference.offers import grain_of, serving_share
from tests.reference.program import Terms
from tests.reference.question import Question, times

Items = dict[int, Terms]
"""Items by size: how many of them there are, as an expression."""


def add_packing(question: Question) -> None:
    """Every way to fill nodes and domains, by hardware and slot."""
    for hardware in question.instance["hardware"]:
        for slot in question.slots:
            _nodes(question, hardware, slot.index)
            _domains(question, hardware, slot.index)


def _nodes(question: Question, hardware: str, slot: int) -> None:
    """Small units in nodes; a unit of whole nodes, and a node that is lent, fills each of its nodes."""
    gpus = question.gpus(hardware)
    items: Items = defaultdict(list)
    for place, unit in enumerate(question.units):
        if unit.hardware == hardware:
            size = unit.gpus if unit.shares else gpus
            items[size].append((question.on[place, slot], 1.0 if unit.shares else float(unit.nodes)))
    items[gpus] += question.lent.get((hardware, slot), [])
    _pack(question, dict(items), gpus, _held(question, hardware, slot, {"node", "domain"}), times(
        float(gpus), _held(question, hardware, slot, {"gpu"})
    ))  # fmt: skip


def _domains(question: Question, hardware: str, slot: int) -> None:
    """Units of several nodes that fit into a domain lie in one; nodes sold one by one come together."""
    nodes, usable = question.domain(hardware)
    items: Items = defaultdict(list)
    for place, unit in enumerate(question.units):
        if unit.hardware == hardware and 1 < unit.nodes <= usable:
            items[int(unit.nodes)].append((question.on[place, slot], 1.0))
    domains = times(1.0 / usable, _held(question, hardware, slot, {"domain"}))
    if nodes > 1 and domains:
        _pack(question, dict(items), usable, domains, _held(question, hardware, slot, {"node", "gpu"}))


def _held(question: Question, hardware: str, slot: int, grains: set[str]) -> Terms:
    """Nodes that serve of channels that sell so."""
    found: Terms = []
    for name, channel in question.instance["fleet"].get(hardware, {}).items():
        if grain_of(channel, question.domain(hardware)[0]) in grains:
            share = serving_share(channel, *question.domain(hardware))
            found += times(share, question.held[hardware, name, slot])
    return found


def _pack(question: Question, items: Items, capacity: int, containers: Terms, pieces: Terms) -> None:
    sizes = sorted(items, reverse=True)
    inside = [size for size in sizes if size < capacity]
    chain = all(large % small == 0 for large, small in pairwise(inside))
    if not containers or (chain and all(capacity % size == 0 for size in sizes)):
        return
    program = question.program
    filled = [(program.column(whole=True), fill) for fill in _fills(sizes, capacity)]
    apart = {size: program.column(whole=True) for size in sizes} if pieces else {}
    for place, size in enumerate(sizes):
        room = [(column, -float(fill[place])) for column, fill in filled if fill[place]]
        beside = [(apart[size], -1.0)] if pieces else []
        program.row([*items[size], *room, *beside], upper=0.0)
    program.row([*((column, 1.0) for column, _ in filled), *times(-1.0, containers)], upper=0.0)
    if pieces:
        program.row(
            [*((column, float(size)) for size, column in apart.items()), *times(-1.0, pieces)], upper=0.0
        )


def _fills(sizes: list[int], capacity: int) -> Iterator[tuple[int, ...]]:
    """Ways to fill a container, those with room for the smallest item left out."""
    found: list[tuple[int, tuple[int, ...]]] = [(capacity, ())]
    for size in sizes:
        found = [(left - n * size, (*fill, n)) for left, fill in found for n in range(left // size + 1)]
    for left, fill in found:
        if left < sizes[-1]:
            yield fill
