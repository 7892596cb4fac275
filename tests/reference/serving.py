"""Demand met: served by units, shed, or sold on; at once or, where it may wait, by its deadline."""

from __future__ import annotations

import math

from tests.reference.program import Terms
from tests.reference.question import Question, times
from tests.reference.timeline import TINY, Slot

SECONDS_PER_HOUR = 3600.0
PER_MILLION = 1e-6


def add_serving(question: Question) -> None:
    """All work is done by somebody, and no unit does more than it can."""
    load: dict[tuple[int, int], Terms] = {}
    for workload in question.instance["workloads"]:
        _send_away(question, workload)
        for phase in question.demand.phases(workload):
            _serve(question, workload, phase, load)
    for key, terms in load.items():
        question.program.row([*question.serving[key], *times(-1.0, terms)], lower=0.0)


def _send_away(question: Question, workload: str) -> None:
    """Whole requests are shed, so prompt and answer in the same share."""
    given = question.instance["workloads"][workload]
    in_requests = question.demand.phases(workload) == ("request",)
    price = given.get("shed_usd_per_million_requests" if in_requests else "shed_usd_per_million_tokens")
    for slot in question.slots:
        question.sent_away.setdefault((workload, slot.index), [])
        if price is None:
            continue
        phases = question.demand.phases(workload)
        per_s = sum(question.demand.work(workload, phase, slot) for phase in phases)
        share = question.program.column(upper=1.0)
        money = price * PER_MILLION * per_s * SECONDS_PER_HOUR * question.timeline.hours * slot.repeats
        question.program.cost(share, money, slot.scenario)
        question.sent_away[workload, slot.index].append((share, 1.0))


def _serve(question: Question, workload: str, phase: str, load: dict[tuple[int, int], Terms]) -> None:
    able = [place for place, unit in enumerate(question.units) if (workload, phase) in unit.rates]
    work = {slot.index: question.demand.work(workload, phase, slot) for slot in question.slots}
    arriving = _done_in(question, workload, work)
    chosen = _chosen(question, workload, able)
    for slot in question.slots:
        served = {place: question.program.column() for place in able}
        for place, column in served.items():
            load.setdefault((place, slot.index), []).append((column, 1 / question.units[place].rates[workload, phase]))
            if chosen:
                most = sum(work.values()) + 1.0
                question.program.row([(column, 1.0), (chosen[place], -most)], upper=0.0)
        done = [(column, 1.0) for column in served.values()]
        terms, amount = arriving[slot.index]
        question.program.row([*done, *times(-1.0, terms)], amount, amount)


def _done_in(question: Question, workload: str, work: dict[int, float]) -> dict[int, tuple[Terms, float]]:
    """Work per second that is done in each slot, as an expression and a number."""
    deferral = question.instance["workloads"][workload].get("deferral")
    waits = 0 if deferral is None else math.floor(deferral["deadline_hours"] / question.timeline.hours + TINY)
    if not waits:
        return {
            index: (times(-amount, question.sent_away[workload, index]), amount) for index, amount in work.items()
        }
    done: dict[int, tuple[Terms, float]] = {index: ([], 0.0) for index in work}
    for slot in question.slots:
        parts = []
        for later in _later(question, slot, waits):
            part = question.program.column()
            parts.append((part, 1.0))
            done[later][0].append((part, 1.0))
        away = times(work[slot.index], question.sent_away[workload, slot.index])
        question.program.row([*parts, *away], work[slot.index], work[slot.index])
    return done


def _later(question: Question, slot: Slot, waits: int) -> set[int]:
    """Slots in which work of a slot may be done; a horizon that repeats goes on with its first period."""
    periods = question.timeline.periods
    last = slot.period + waits
    within = range(slot.period, last + 1 if question.timeline.cyclic else min(last, periods - 1) + 1)
    return {question.timeline.at(slot.stage, slot.scenario, period % periods) for period in within}


def _chosen(question: Question, workload: str, able: list[int]) -> dict[int, int]:
    """Where all goes to one kind of unit: which."""
    if not question.instance["workloads"][workload].get("single_pool", False):
        return {}
    chosen = {place: question.program.switch() for place in able}
    question.program.row([(column, 1.0) for column in chosen.values()], upper=1.0)
    return chosen
