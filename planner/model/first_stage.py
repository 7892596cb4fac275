"""The first stage of a formulation: which offers and spans are one decision in all scenarios, and which are signed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.model.signed import runs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.signed import Offer, PeriodRun, ScenarioRun, Signed


def offers_at(sets: Sets, channel: int) -> dict[PeriodRun, list[int]]:
    """Offers of a channel by their runs, one for each scenario or one for all."""
    offers = sets.channels[channel].offers
    return _grouped(runs_of(sets.timeline, sets.first[offers], sets.last[offers]), offers.start)


def spans_at(sets: Sets, commitment: int) -> dict[PeriodRun, list[int]]:
    """Spans of a spend commitment by their runs, one for each scenario or one for all."""
    plan = sets.market.commitments[commitment]
    return _grouped(runs_of(sets.timeline, plan.first, plan.last), 0)


def first_stage_channels(sets: Sets) -> list[int]:
    """Channels that are decided before the scenario is known."""
    return [place for place, channel in enumerate(sets.channels) if channel.first_stage]


def split_by_scenario(sets: Sets) -> bool:
    """Whether the formulation has a first-stage decision once for each scenario."""
    groups = [offers_at(sets, channel) for channel in first_stage_channels(sets)]
    groups += [spans_at(sets, place) for place in range(len(sets.market.commitments))]
    return any(len(group) > 1 for by_slots in groups for group in by_slots.values())


def refuse_unknown(sets: Sets) -> None:
    """Raise InstanceError where something is signed that the question does not offer."""
    signed = sets.signed
    assert signed is not None
    offered: set[Offer | ScenarioRun] = {
        (sets.hardware[sets.channels[place].hardware], sets.channels[place].name, run)
        for place in first_stage_channels(sets)
        for run in offers_at(sets, place)
    }
    offered |= {
        (plan.name, run)
        for place, plan in enumerate(sets.market.commitments)
        for run in spans_at(sets, place)
    }
    faults = [
        Fault(f"{'.'.join(map(str, key[:-1]))} is signed over periods that are not on offer")
        for key in _keys(signed)
        if key not in offered
    ]
    if faults:
        raise InstanceError(faults)


def _keys(signed: Signed) -> Iterator[Offer | ScenarioRun]:
    yield from signed.nodes
    yield from signed.usd_per_hour


def _grouped(runs: list[PeriodRun], start: int) -> dict[PeriodRun, list[int]]:
    groups: dict[PeriodRun, list[int]] = defaultdict(list)
    for place, key in enumerate(runs):
        groups[key].append(start + place)
    return dict(groups)
