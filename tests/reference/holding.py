"""Nodes held: whole multiples of an increment of each offer, within the limits of its channel."""

from __future__ import annotations

import math
from typing import Any

from tests.reference.cash import DATED
from tests.reference.offers import Offer, increment_of, offers_of
from tests.reference.program import INFINITE, Terms
from tests.reference.question import Question

HOURS_PER_WEEK = 168.0


def add_holding(question: Question) -> None:
    """Columns of what is taken of every offer, and the limits of every channel."""
    for hardware, name, channel in question.channels():
        offers = offers_of(channel, question.gpus(hardware), question.power_kw(hardware), question.timeline)
        lot = question.lot(hardware) / question.gpus(hardware)
        increment = increment_of(channel, lot, question.domain(hardware)[0])
        taken = [_take(question, hardware, channel, offer, increment) for offer in offers]
        _hold(question, hardware, name, channel, increment, list(zip(offers, taken, strict=True)))
        _take_by_week(question, channel, increment, list(zip(offers, taken, strict=True)))


def _take(question: Question, hardware: str, channel: dict[str, Any], offer: Offer, increment: float) -> int:
    """How many increments of an offer are taken."""
    program = question.program
    most = min(channel.get("max_new_nodes", INFINITE), channel.get("nodes", INFINITE))
    column = program.column(
        upper=most if most == INFINITE else math.floor(most / increment + 1e-9), whole=True
    )
    question.taken.append((hardware, channel, offer, column, increment))
    if channel["kind"] in DATED:
        program.cost(column, offer.price * increment, offer.scenario)
    else:
        question.spend(column, offer.price * increment, offer.stage, offer.scenario)
    if offer.capital:
        question.capital.append((column, offer.stage, offer.capital * increment))
    return column


def _hold(
    question: Question,
    hardware: str,
    name: str,
    channel: dict[str, Any],
    increment: float,
    taken: list[tuple[Offer, int]],
) -> None:
    held: dict[int, Terms] = {slot.index: [] for slot in question.slots}
    for offer, column in taken:
        for slot in offer.covers:
            held[slot].append((column, increment))
    for slot, terms in held.items():
        question.held[hardware, name, slot] = terms
        question.program.row(terms, channel.get("min_nodes", 0), channel.get("max_nodes", INFINITE))


def _take_by_week(
    question: Question, channel: dict[str, Any], increment: float, taken: list[tuple[Offer, int]]
) -> None:
    """Weeks are counted from the start of a block; a stage holds many of the weeks that its horizon tells."""
    if channel.get("max_new_nodes_per_week") is None:
        return
    timeline = question.timeline
    weeks: dict[tuple[int, int | None, int], Terms] = {}
    for offer, column in taken:
        week = int(offer.period * timeline.hours / HOURS_PER_WEEK + 1e-9)
        weeks.setdefault((offer.stage, offer.scenario, week), []).append((column, increment))
    for (stage, _, _), terms in weeks.items():
        told = max(1.0, timeline.repeats(stage) * timeline.horizon_hours / HOURS_PER_WEEK)
        question.program.row(terms, upper=channel["max_new_nodes_per_week"] * told)
