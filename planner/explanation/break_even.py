"""Break-even of commitments: the hours of use per day at which holding a node costs what hiring it would.

    committed price over the horizon = hours * (hourly price + running cost hired - running cost committed)

Both channels are of one hardware. Channels taken by the period are hired; a channel whose every offer lasts
longer is a commitment. Prices that change over the day enter with their mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.elastic.movable import node_usd
from planner.explanation.records import BreakEven

if TYPE_CHECKING:
    from planner.explanation.case import Case
    from planner.model.sets import Sets

HOURS_PER_DAY = 24.0


def break_even_of(case: Case) -> tuple[BreakEven, ...]:
    """One record for each commitment, held or not."""
    sets = case.sets
    return tuple(
        _record(case, place)
        for place in range(len(sets.channels))
        if is_commitment(sets, place) and _has_price(sets, place)
    )


def is_commitment(sets: Sets, channel: int) -> bool:
    """Whether every offer of a channel lasts longer than a period."""
    offers = sets.channels[channel].offers
    return bool((sets.last[offers] > sets.first[offers]).all()) if sets.periods > 1 else False


def _has_price(sets: Sets, channel: int) -> bool:
    return bool((sets.offer_price[sets.channels[channel].offers] > 0).any())


def _record(case: Case, place: int) -> BreakEven:
    sets, channel = case.sets, case.sets.channels[place]
    label = channel.label(sets)
    held = int(case.held_nodes[place].max(initial=0))
    use = _use_hours_per_day(case, place)
    last, following = (_at(use, held - 1) if held else None), _at(use, held)
    hourly = [other for other in sets.channels_of(channel.hardware) if not is_commitment(sets, other)]
    hourly = [other for other in hourly if sets.channels[other].draws_on is None]
    if not hourly:
        note = f"{sets.hardware[channel.hardware]} cannot be hired by the period"
        return BreakEven(label, None, None, held, last, following, note)
    against = min(hourly, key=lambda other: _mean_hour_usd(sets, other))
    saved = _mean_hour_usd(sets, against) - float(sets.running_usd[place].mean())
    total_hours = float(sets.timeline.weighted_hours.sum())
    fixed = node_usd(sets, place) - float(sets.running_usd[place] @ sets.timeline.weighted_hours)
    hours = fixed / saved / total_hours * HOURS_PER_DAY if saved > 0 else None
    return BreakEven(
        channel=label,
        against=sets.channels[against].label(sets),
        hours_per_day=hours,
        held_nodes=held,
        last_node_hours=last,
        next_node_hours=following,
        note=_note(hours, last, following, at_limit=_at_limit(case, place)),
    )


def _mean_hour_usd(sets: Sets, channel: int) -> float:
    """USD per hour of one node hired and in use, the mean over the horizon."""
    offers = sets.channels[channel].offers
    hours = sets.timeline.weighted_hours
    by_offer = sets.offer_price[offers] / hours[sets.first[offers]]
    return float(by_offer.mean() + sets.running_usd[channel].mean())


def _use_hours_per_day(case: Case, place: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Hours per day in which the k-th node of the hardware is in use, commitments of all kinds used first.

    Shape [nodes in use at the peak]; position k - 1 is the k-th node of this channel, those of other
    commitments of the hardware counted before it.
    """
    sets, hardware = case.sets, case.sets.channels[place].hardware
    others = sum(
        int(case.held_nodes[other].max(initial=0))
        for other in sets.channels_of(hardware)
        if other != place and is_commitment(sets, other)
    )
    used = case.used_nodes[hardware]
    rank = np.arange(others, max(others, int(used.max(initial=0)) + 1))
    hours = sets.timeline.weighted_hours
    return np.asarray((used[None, :] > rank[:, None]) @ hours / hours.sum() * HOURS_PER_DAY)


def _at(use: np.ndarray[tuple[int], np.dtype[np.float64]], place: int) -> float:
    return float(use[place]) if place < len(use) else 0.0


def _at_limit(case: Case, place: int) -> bool:
    channel = case.sets.channels[place]
    most, held = channel.maximum_nodes, int(case.held_nodes[place].max(initial=0))
    return most is not None and held + channel.increment_nodes > most


def _note(hours: float | None, last: float | None, following: float | None, at_limit: bool) -> str:
    if hours is None:
        return "hiring costs nothing"
    if hours > HOURS_PER_DAY:
        return "dearer than hiring around the clock"
    if last is not None and last < hours:
        return f"its last node is used for less: {last:.1f} h"
    if following is not None and following > hours:
        why = ", but none is to be had" if at_limit else ""
        return f"one more node would be used for longer: {following:.1f} h{why}"
    return ""
