"""Seating: of hardware where it matters to which channel a node belongs, what lies on each channel.

    sum_{u of size s} on[u,t] = sum_c seated[c,s,t]                                     small units, every size
    sum_{c sold by the domain} seated[c,m,t] <= sum_{u of m nodes} on[u,t]              units that need one domain
    sum_{u of whole nodes} nodes[u] * on[u,t] = sum_c (seated[c,0,t] + sum_m m * seated[c,m,t])
    sum_m m * (sum_{u of m nodes} on[u,t] - sum_c seated[c,m,t]) <= sum_{c not sold by the domain} seated[c,0,t]
    lent[h,t] = sum_{c lendable} lent_nodes[c,t]
    full[c,t] = seated[c,0,t] + sum_m m * seated[c,m,t] + lent_nodes[c,t]

    sum_s s * seated[c,s,t] <= parts * (serving[c,t] - full[c,t])                       c sells GPUs, or sizes add up
    seated[c,s,t] <= sum_k pattern[k,s] * filled_nodes[c,k,t],   sum_k filled_nodes[c,k,t] + full[c,t] <= serving[c,t]
    seated[c,m,t] <= sum_k pattern[k,m] * filled_domains[c,k,t],
    sum_k filled_domains[c,k,t] <= serving[c,t] / usable nodes of a domain              sizes that do not add up
    sum_s s * seated[c,s,t] + parts * full[c,t] = parts * use[c,t]                      use is metered

units, and nodes for kind 0. A unit of whole nodes has each of its nodes of one channel; small units have theirs in one
node, or GPUs of one channel that sells these. Nodes in domains are lent from what units leave there. Dual: USD per
further unit (node) there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain
from planner.model.axes import CHANNEL, PERIOD, Axis
from planner.model.data import WHOLE
from planner.model.decision import DecisionVariable, Domain, domain, pairs_by_period
from planner.model.families.lending import lent_of
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.packing import SeatedByChannel
    from planner.model.sets import Sets
    from planner.model.variables import Row

KIND = Axis("kind", lambda sets: max((one.kinds for one in sets.seated), default=0))
NODE_PATTERN = Axis(
    "node pattern", lambda sets: max((len(one.node_patterns) for one in sets.seated), default=0)
)
DOMAIN_PATTERN = Axis(
    "domain pattern", lambda sets: max((len(one.domain_patterns) for one in sets.seated), default=0)
)


def _sells(sets: Sets, channel: int, grain: Grain) -> bool:
    return sets.channels[channel].grain is grain


def _kinds_on(sets: Sets, one: SeatedByChannel, channel: int) -> range:
    """Kinds that may lie on a channel: in domains only where it sells them."""
    return range(one.kinds if _sells(sets, channel, Grain.DOMAIN) else 1 + len(one.small))


def _seated(sets: Sets) -> Domain:
    found, most = [], []
    for one in sets.seated:
        each = [1.0, *(one.parts / size for size in one.small), *(1.0 / nodes for nodes in one.together)]
        for channel in one.channels:
            for kind in _kinds_on(sets, one, channel):
                found.append((channel, kind))
                most.append(_room_for(sets, channel, each[kind]))
    return pairs_by_period(sets.periods, found, most)


def _lent_nodes(sets: Sets) -> Domain:
    lent = {taker.hardware for taker in sets.market.lendings}
    found = [channel for one in sets.seated if one.hardware in lent for channel in one.lendable]
    at = [(channel, period) for channel in found for period in range(sets.periods)]
    most = [_room_for(sets, channel, 1.0) for channel in found]
    return domain(at, 2, upper=np.concatenate([np.zeros(0), *most]))


def _filled_nodes(sets: Sets) -> Domain:
    found = [
        (channel, pattern)
        for one in sets.seated
        for channel in one.channels
        if not _sells(sets, channel, Grain.GPU)
        for pattern in range(len(one.node_patterns))
    ]
    return pairs_by_period(sets.periods, found, [_room_for(sets, channel, 1.0) for channel, _ in found])


def _filled_domains(sets: Sets) -> Domain:
    found, most = [], []
    for one in sets.seated:
        for channel in one.channels:
            if _sells(sets, channel, Grain.DOMAIN):
                for pattern in range(len(one.domain_patterns)):
                    found.append((channel, pattern))
                    most.append(_room_for(sets, channel, 1.0 / one.usable))
    return pairs_by_period(sets.periods, found, most)


def _room_for(sets: Sets, channel: int, factor: float) -> NDArray[np.float64]:
    """Whole items, shape [period], that there is room for at `factor` of them a node, were no others there."""
    return np.asarray(np.floor(factor * sets.serving_limit[channel] + WHOLE))


VARIABLES = (
    DecisionVariable(
        "seated", (CHANNEL, KIND, PERIOD), _seated, "units", "of a kind on a channel's nodes", whole=True
    ),
    DecisionVariable(
        "lent_nodes", (CHANNEL, PERIOD), _lent_nodes, "nodes", "of a channel that are lent", whole=True
    ),
    DecisionVariable(
        "filled_nodes",
        (CHANNEL, NODE_PATTERN, PERIOD),
        _filled_nodes,
        "nodes",
        "of a channel filled by a pattern of units",
        whole=True,
    ),
    DecisionVariable(
        "filled_domains",
        (CHANNEL, DOMAIN_PATTERN, PERIOD),
        _filled_domains,
        "domains",
        "of a channel filled by a pattern of units",
        whole=True,
    ),
)

AUDITED_BY = ("placement",)


def applies(sets: Sets) -> bool:
    """Where nodes of one channel cannot be exchanged for those of another."""
    return bool(sets.seated)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on where units lie, no part of the cost")


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows per hardware and period, per channel and period."""
    for place, one in enumerate(sets.seated):
        for period in range(sets.periods):
            yield from _all_seated(sets, variables, place, one, period)
            for channel in one.channels:
                yield from _on_channel(sets, variables, one, channel, period)


def _all_seated(
    sets: Sets, variables: Variables, place: int, one: SeatedByChannel, period: int
) -> Iterator[Row]:
    """Every unit lies somewhere."""
    seated, on, smalls = variables["seated"], variables["on"], len(one.small)
    inside = [channel for channel in one.channels if _sells(sets, channel, Grain.DOMAIN)]
    for kind in range(1, 1 + smalls):
        terms = [(on[unit, period], -1.0) for unit in one.units_of[kind]]
        terms += [(seated[channel, kind, period], 1.0) for channel in one.channels]
        yield "small", (place, kind, period), affine(terms) == 0
    apart: list[Term] = []
    for kind, nodes in enumerate(one.together, start=1 + smalls):
        terms = [(on[unit, period], -1.0) for unit in one.units_of[kind]]
        terms += [(seated[channel, kind, period], 1.0) for channel in inside]
        yield "inside", (place, kind, period), affine(terms) <= 0
        apart += [(variable, -float(nodes) * factor) for variable, factor in terms]
    nodes_of = [(seated[channel, 0, period], -1.0) for channel in one.channels]
    anywhere = [(on[unit, period], float(sets.nodes[unit])) for unit in one.units_of[0]]
    yield "nodes", (place, period), affine([*apart, *anywhere, *nodes_of]) == 0
    if apart:
        others = [(seated[channel, 0, period], -1.0) for channel in one.channels if channel not in inside]
        yield "apart", (place, period), affine([*apart, *others]) <= 0
    from_channels = [
        (variables["lent_nodes"][channel, period], -1.0)
        for channel in one.lendable
        if (channel, period) in variables["lent_nodes"]
    ]
    lent = lent_of(sets, variables, one.hardware, period)
    if lent or from_channels:
        yield "lent", (place, period), affine([*lent, *from_channels]) == 0


def _on_channel(
    sets: Sets, variables: Variables, one: SeatedByChannel, channel: int, period: int
) -> Iterator[Row]:
    """Room on the nodes of one channel, and in its domains."""
    seated, smalls = variables["seated"], len(one.small)
    serving = variables.serving(sets, channel, period)
    full: list[Term] = [(seated[channel, 0, period], 1.0)]
    if (channel, period) in variables["lent_nodes"]:
        full.append((variables["lent_nodes"][channel, period], 1.0))
    domains = _sells(sets, channel, Grain.DOMAIN)
    if domains:
        full += [
            (seated[channel, kind, period], float(nodes))
            for kind, nodes in enumerate(one.together, start=1 + smalls)
        ]
    room = [*full, *((variable, -factor) for variable, factor in serving)]
    small = [(seated[channel, kind, period], float(s)) for kind, s in enumerate(one.small, start=1)]
    if one.hardware in sets.metered_hardware:
        used = [(variable, one.parts * factor) for variable, factor in full]
        used.append((variables["use"][channel, period], -float(one.parts)))
        yield "use", (channel, period), affine([*small, *used]) == 0
    if _sells(sets, channel, Grain.GPU) or not one.node_patterns:
        scaled = [(variable, one.parts * factor) for variable, factor in room]
        yield "room", (channel, period), affine([*small, *scaled]) <= 0
    else:
        fill = variables["filled_nodes"]
        columns = [fill[channel, k, period] for k in range(len(one.node_patterns))]
        for kind in range(1, 1 + smalls):
            seats = [(c, -float(p[kind - 1])) for c, p in zip(columns, one.node_patterns, strict=True)]
            row = affine([(seated[channel, kind, period], 1.0), *(seat for seat in seats if seat[1])]) <= 0
            yield "seats", (channel, kind, period), row
        yield "room", (channel, period), affine([*((c, 1.0) for c in columns), *room]) <= 0
    if domains and one.domain_patterns:
        fill = variables["filled_domains"]
        columns = [fill[channel, k, period] for k in range(len(one.domain_patterns))]
        for place in range(len(one.together)):
            kind = 1 + smalls + place
            seats = [(c, -float(p[place])) for c, p in zip(columns, one.domain_patterns, strict=True)]
            row = affine([(seated[channel, kind, period], 1.0), *(seat for seat in seats if seat[1])]) <= 0
            yield "domain_seats", (channel, kind, period), row
        whole = [(variable, -factor / one.usable) for variable, factor in serving]
        yield "domains", (channel, period), affine([*((c, 1.0) for c in columns), *whole]) <= 0
