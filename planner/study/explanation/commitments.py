"""Commitments of a plan: how long their nodes are in use, next to the use from which holding them pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_DAY
from planner.study.economics import break_even_loads, is_commitment
from planner.study.explanation.records import Commitment

if TYPE_CHECKING:
    from planner.study.economics import BreakEvenLoad
    from planner.study.explanation.case import ExplainedPlan


def commitments_of(case: ExplainedPlan) -> tuple[Commitment, ...]:
    """One record for each commitment that has a price, held or not."""
    sets = case.sets
    loads = {(entry.hardware, entry.commitment): entry for entry in break_even_loads(case.instance)}
    return tuple(
        _record(case, place, loads.get((sets.hardware[channel.hardware], channel.name)))
        for place, channel in enumerate(sets.channels)
        if is_commitment(channel) and (sets.offer_price[channel.offers] > 0).any()
    )


def _record(case: ExplainedPlan, place: int, even: BreakEvenLoad | None) -> Commitment:
    sets, channel = case.sets, case.sets.channels[place]
    hardware = sets.hardware[channel.hardware]
    held = int(case.held_nodes[place].max(initial=0))
    use = _use_hours_per_day(case, place)
    last, following = (_at(use, held - 1) if held else None), _at(use, held)
    if even is None:
        note = f"{hardware} cannot be hired by the period"
        return Commitment(channel.label(sets), None, None, held, last, following, note)
    hours = None if even.load is None else even.load * HOURS_PER_DAY
    return Commitment(
        channel=channel.label(sets),
        against=f"{hardware}.{even.instead_of}",
        hours_per_day=hours,
        held_nodes=held,
        last_node_hours=last,
        next_node_hours=following,
        note=_note(hours, last, following, at_limit=_at_limit(case, place)),
    )


def _use_hours_per_day(case: ExplainedPlan, place: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Hours per day in which the k-th node of the hardware is in use, commitments of all kinds used first.

    Shape [nodes in use at the peak]; position k - 1 is the k-th node of this channel, those of other
    commitments of the hardware counted before it.
    """
    sets, hardware = case.sets, case.sets.channels[place].hardware
    others = sum(
        int(case.held_nodes[other].max(initial=0))
        for other in sets.channels_of(hardware)
        if other != place and is_commitment(sets.channels[other])
    )
    used = case.used_nodes[hardware]
    rank = np.arange(others, max(others, int(used.max(initial=0)) + 1))
    hours = sets.timeline.weighted_hours
    return np.asarray((used[None, :] > rank[:, None]) @ hours / hours.sum() * HOURS_PER_DAY)


def _at(use: np.ndarray[tuple[int], np.dtype[np.float64]], place: int) -> float:
    return float(use[place]) if place < len(use) else 0.0


def _at_limit(case: ExplainedPlan, place: int) -> bool:
    channel = case.sets.channels[place]
    most, held = channel.maximum_nodes, int(case.held_nodes[place].max(initial=0))
    return most is not None and held + channel.increment_nodes > most


def _note(hours: float | None, last: float | None, following: float | None, at_limit: bool) -> str:
    if hours is None:
        return "hiring costs nothing"
    if hours > HOURS_PER_DAY:
        return "more expensive than hiring around the clock"
    if last is not None and last < hours:
        return f"its last node is used for less: {last:.1f} h"
    if following is not None and following > hours:
        why = ", but none is to be had" if at_limit else ""
        return f"one more node would be used for longer: {following:.1f} h{why}"
    return ""
