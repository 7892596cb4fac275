"""First stage: what is signed before the scenario is known is the same in every scenario.

    acquire[o,s] = acquire[o,1]              all offers o of first-stage channels, scenarios s
    commit[p,j,s] = commit[p,j,1]            all spans j of spend commitments p, scenarios s
    increment[o] * acquire[o,1] = signed[o],  increment[p] * commit[p,j,1] = signed[p,j],
    pick[signed unit,w] = 1                  where the first stage is decided beforehand

increments. An offer that covers all scenarios at once is one decision as it is; others come once for each
scenario, at its probability. Dual: USD per increment, what signing for one scenario alone would save.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.first_stage import (
    first_stage_channels,
    offers_at,
    refuse_unknown,
    spans_at,
    split_by_scenario,
)
from planner.model.treatment import Treatment, refused
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.signed import Signed
    from planner.model.variables import Row

AUDITED_BY = ("first stage",)


def applies(sets: Sets) -> bool:
    """Where a first-stage decision comes once for each scenario, or is taken already."""
    return sets.signed is not None or split_by_scenario(sets)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return refused("what is signed is the same in every scenario")


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per decision and further scenario, and one per decision that is taken already."""
    for channel in first_stage_channels(sets):
        for offers in offers_at(sets, channel).values():
            for offer in offers[1:]:
                same = [(variables["acquire"][offer,], 1.0), (variables["acquire"][offers[0],], -1.0)]
                yield "", (offer,), affine(same) == 0
    commit = variables["commit"]
    for place in range(len(sets.market.commitments)):
        for spans in spans_at(sets, place).values():
            for span in spans[1:]:
                same = [(commit[place, span], 1.0), (commit[place, spans[0]], -1.0)]
                yield "commit", (place, span), affine(same) == 0
    if sets.signed is not None:
        refuse_unknown(sets)
        yield from _signed_rows(sets, variables, sets.signed)


def _signed_rows(sets: Sets, variables: Variables, signed: Signed) -> Iterator[Row]:
    for place in first_stage_channels(sets):
        channel = sets.channels[place]
        for run, offers in offers_at(sets, place).items():
            nodes = signed.nodes.get((sets.hardware[channel.hardware], channel.name, run), 0)
            taken = affine([(variables["acquire"][offers[0],], float(channel.increment_nodes))])
            yield "signed", (offers[0],), taken == nodes
    for place, plan in enumerate(sets.market.commitments):
        for run, spans in spans_at(sets, place).items():
            steps = signed.usd_per_hour.get((plan.name, run), 0.0) / plan.increment_usd_per_hour
            taken = affine([(variables["commit"][place, spans[0]], 1.0)])
            yield "committed", (place, spans[0]), taken == round(steps)
    units = [unit.name for unit in sets.units]
    for work in sets.market.single_pool:
        unit = signed.pools.get((sets.works[work].workload, str(sets.works[work].phase)))
        if unit is not None:
            pick = variables["pick"][units.index(unit), work]
            yield "pool", (work,), affine([(pick, 1.0)]) == 1
