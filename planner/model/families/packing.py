"""Packing: units that share a node fit into nodes, units of several nodes into scale-up domains sold as a whole.

    containers[t] = sum_{c sold in whole containers} serving[c,t] / nodes of a container
    inside[s,t]   = sum_{u of size s} items[u] * on[u,t] - loose[s,t]                  items of size s in containers

    sum_{s' >= s} floor(s' / s) * inside[s',t] <= floor(capacity / s) * containers[t]      sizes that divide each other
    inside[s,t] <= sum_k pattern[k,s] * fill[k,t],   sum_k fill[k,t] <= containers[t]      other sizes
    sum_s s * loose[s,t] <= pieces of channels sold in smaller pieces                      where there are any

items of a size; for all hardware where what adds up cannot always be packed. Sizes that divide each other need one
row a size, since the largest first is then an optimal packing (Coffman, Garey, Johnson, J. of Complexity 3, 1987); a
size that divides the container needs none where nothing lies elsewhere. Others are packed by whole patterns of a
container (Gilmore, Gomory, Operations Research 9, 1961). Nodes that are lent are items as large as a node. Where it
matters to which channel a node belongs, the family `seating` stands instead. Dual: USD per further item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import PERIOD, Axis
from planner.model.data import WHOLE
from planner.model.decision import DecisionVariable, Domain, pairs_by_period
from planner.model.families.lending import lent_of
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.packing import Packing
    from planner.model.sets import Sets
    from planner.model.variables import Row

PACKING = Axis("packing", lambda sets: len(sets.packings))
PATTERN = Axis("pattern", lambda sets: max((len(one.patterns) for one in sets.packings), default=0))
SIZE = Axis("size", lambda sets: max((len(one.sizes) for one in sets.packings), default=0))


def _fill(sets: Sets) -> Domain:
    filled = [
        (place, pattern) for place, one in enumerate(sets.packings) for pattern in range(len(one.patterns))
    ]
    most = [
        _most(sets, one.whole, 1.0 / one.nodes_per_container) for one in sets.packings for _ in one.patterns
    ]
    return pairs_by_period(sets.periods, filled, most)


def _loose(sets: Sets) -> Domain:
    apart = [
        (place, size)
        for place, one in enumerate(sets.packings)
        if one.loose
        for size in range(len(one.sizes))
    ]
    most = [
        _most(
            sets,
            sets.packings[place].loose,
            sets.packings[place].pieces_per_node / sets.packings[place].sizes[size],
        )
        for place, size in apart
    ]
    return pairs_by_period(sets.periods, apart, most)


def _most(sets: Sets, channels: tuple[int, ...], factor: float) -> NDArray[np.float64]:
    """Whole items, shape [period], that there is room for at `factor` of them a node, were no others there."""
    return np.asarray(np.floor(factor * sets.serving_limit[list(channels)].sum(axis=0) + WHOLE))


VARIABLES = (
    DecisionVariable(
        "fill", (PACKING, PATTERN, PERIOD), _fill, "containers", "filled by a pattern of units", whole=True
    ),
    DecisionVariable(
        "loose",
        (PACKING, SIZE, PERIOD),
        _loose,
        "items",
        "of a size on pieces that are sold by themselves",
        whole=True,
    ),
)


AUDITED_BY = ("placement",)


def applies(sets: Sets) -> bool:
    """Where the sizes of units do not divide each other and what holds them."""
    return bool(sets.packings)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on where units lie, no part of the cost")


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows per kind of container and period."""
    for place, packing in enumerate(sets.packings):
        for period in range(sets.periods):
            inside = [_inside(sets, variables, place, size, period) for size in range(len(packing.sizes))]
            containers = _serving(sets, variables, packing.whole, period, 1.0 / packing.nodes_per_container)
            if packing.patterns:
                yield from _pattern_rows(variables, place, packing, period, inside, containers)
            else:
                yield from _level_rows(place, packing, period, inside, containers)
            if packing.loose:
                pieces = _serving(sets, variables, packing.loose, period, -float(packing.pieces_per_node))
                loose = variables["loose"]
                taken = [(loose[place, s, period], float(size)) for s, size in enumerate(packing.sizes)]
                yield "loose", (place, period), affine([*taken, *pieces]) <= 0


def _inside(sets: Sets, variables: Variables, place: int, size: int, period: int) -> list[Term]:
    """Terms of the items of a size that lie in containers."""
    packing = sets.packings[place]
    terms = [(variables["on"][unit, period], float(count)) for unit, count in packing.items[size]]
    if packing.of_nodes and packing.sizes[size] == packing.capacity:
        terms += lent_of(sets, variables, packing.hardware, period)
    if packing.loose:
        terms.append((variables["loose"][place, size, period], -1.0))
    return terms


def _serving(
    sets: Sets, variables: Variables, channels: tuple[int, ...], period: int, factor: float
) -> list[Term]:
    """Terms of `factor` times the nodes of some channels that serve."""
    terms = (term for channel in channels for term in variables.serving(sets, channel, period))
    return [(variable, factor * nodes) for variable, nodes in terms]


def _level_rows(
    place: int, packing: Packing, period: int, inside: list[list[Term]], containers: list[Term]
) -> Iterator[Row]:
    """One row a size, but for those that divide the container where nothing lies elsewhere."""
    for level, size in enumerate(packing.sizes):
        if packing.capacity % size == 0 and not packing.loose:
            continue
        terms = [
            (variable, float(larger // size) * count)
            for larger, items in zip(packing.sizes[: level + 1], inside[: level + 1], strict=True)
            for variable, count in items
        ]
        room = [(variable, -float(packing.capacity // size) * count) for variable, count in containers]
        yield "", (place, level, period), affine([*terms, *room]) <= 0


def _pattern_rows(
    variables: Variables,
    place: int,
    packing: Packing,
    period: int,
    inside: list[list[Term]],
    containers: list[Term],
) -> Iterator[Row]:
    """One row a size, one for the containers."""
    fill = variables["fill"]
    for size, items in enumerate(inside):
        room = [
            (fill[place, k, period], -float(pattern[size]))
            for k, pattern in enumerate(packing.patterns)
            if pattern[size]
        ]
        yield "", (place, size, period), affine([*items, *room]) <= 0
    filled = [(fill[place, k, period], 1.0) for k in range(len(packing.patterns))]
    there = [(variable, -count) for variable, count in containers]
    yield "containers", (place, period), affine([*filled, *there]) <= 0
