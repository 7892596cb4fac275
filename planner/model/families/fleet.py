"""Fleet: nodes in use are nodes held.

    sum_{u on h} nodes[u] * on[u,t] + lent[h,t] <= sum_{c of h} serving[c,t]      hardware that is not metered
    sum_{u on h} nodes[u] * on[u,t] + lent[h,t] <= sum_{c of h} use[c,t]          metered hardware
    use[c,t] <= serving[c,t],  whole where power is limited                        all c of such hardware, t
    held[c,t] = increment[c] * sum_{o of c: first <= t <= last} acquire[o]
    serving[c,t] = available_share[c] * held[c,t]

nodes, the first two rows in parts[h] of a node, so that their figures are whole: units smaller than a node take parts
of one, and share it. The second is an equation where a node in use earns, as its site pays for energy. Where sizes
of units divide each other and the node, these rows are all that a packing asks for (Coffman, Garey, Johnson, J. of
Complexity 3, 1987): the large ones first, each leaves a multiple of the next size free. So it is with GPUs of one
channel beside the nodes. Otherwise the families `packing` and `seating` have more. Dual: USD per further part of a
node in that period.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.model.axes import CHANNEL, OFFER, PERIOD, UNIT
from planner.model.data import WHOLE
from planner.model.decision import DecisionVariable, Domain, domain, everywhere
from planner.model.families.lending import lent_of
from planner.model.treatment import Treatment, kept
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row


def _acquire(sets: Sets) -> Domain:
    """A channel's limits are bounds of its offers where they need no rows."""
    return domain(everywhere((len(sets.first),)), 1, upper=sets.acquire_most, lower=sets.acquire_least)


def _on(sets: Sets) -> Domain:
    return domain(everywhere(sets.on_limit.shape), 2, upper=sets.on_limit.ravel())


def _use(sets: Sets) -> Domain:
    metered = [channel for hardware in sets.metered_hardware for channel in sets.channels_of(hardware)]
    at = [(channel, period) for channel in metered for period in range(sets.periods)]
    found = domain(at, 2, upper=sets.serving_limit[metered].ravel())
    return replace(found, whole=sets.use_is_whole[found.at[:, 0]])


VARIABLES = (
    DecisionVariable("acquire", (OFFER,), _acquire, "increments", "of nodes taken of an offer", whole=True),
    DecisionVariable("on", (UNIT, PERIOD), _on, "units", "switched on, those starting included", whole=True),
    DecisionVariable(
        "use",
        (CHANNEL, PERIOD),
        _use,
        "nodes",
        "of a channel in use, where that costs extra or counts at a site",
    ),
)

AUDITED_BY = ("fleet", "metering")


def applies(sets: Sets) -> bool:
    """Always."""
    return True


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return kept("nodes in use are nodes held or hired, hour by hour")


def in_use(sets: Sets, variables: Variables, hardware: int, period: int) -> list[Term]:
    """Terms of the nodes that running units occupy."""
    on = variables["on"]
    return [(on[unit, period], float(sets.nodes[unit])) for unit in sets.units_of[hardware]]


def in_parts(terms: list[Term], parts: float) -> list[Term]:
    """Terms in nodes as terms in parts of nodes, whole where they are so but for rounding."""
    scaled = [(variable, parts * factor) for variable, factor in terms]
    return [(v, round(k)) if abs(k - round(k)) < WHOLE else (v, k) for v, k in scaled]


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per hardware and period, and one per metered channel and period."""
    metered = set(sets.metered_hardware)
    for hardware in range(len(sets.hardware)):
        channels = sets.channels_of(hardware)
        for period in range(sets.periods):
            terms = [*in_use(sets, variables, hardware, period), *lent_of(sets, variables, hardware, period)]
            for channel in channels:
                held = variables.serving(sets, channel, period)
                if hardware in metered:
                    use = variables["use"][channel, period]
                    terms.append((use, -1.0))
                    row = affine([(use, 1.0), *((v, -k) for v, k in held)]) <= 0
                    yield "use", (channel, period), row
                else:
                    terms.extend((variable, -factor) for variable, factor in held)
            if terms:
                nodes = affine(in_parts(terms, float(sets.parts[hardware])))
                earns = bool((sets.running_usd[channels, period] < 0).any())
                yield "", (hardware, period), nodes == 0 if earns else nodes <= 0
