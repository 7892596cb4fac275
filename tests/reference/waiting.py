"""Work that may wait: first come first served, done by its deadline, no answer before its prompt."""

from __future__ import annotations

import itertools
import math

from tests.reference.program import Terms
from tests.reference.question import Question, times
from tests.reference.timeline import TINY, Slot

Done = dict[tuple[str, int], tuple[Terms, float]]


def add_waiting(question: Question, workload: str) -> Done | None:
    """Work per second that is done of each phase in each slot; None where nothing may wait."""
    waits = may_wait(question, workload)
    if not waits:
        return None
    phases = question.demand.phases(workload)
    done: Done = {(phase, slot.index): ([], 0.0) for phase in phases for slot in question.slots}
    prompts: list[tuple[Slot, list[int]]] = []
    for slot in question.slots:
        parts = {phase: _parts(question, workload, phase, slot, waits, done) for phase in phases}
        if len(phases) == 2 and question.demand.work(workload, "prefill", slot) > 0:
            _answer_after_prompt(question, parts["prefill"], parts["decode"])
            prompts.append((slot, parts["prefill"]))
    _first_come_first_served(question, workload, prompts)
    return done


def may_wait(question: Question, workload: str) -> int:
    """Slots that work may wait beyond the one it arrives in."""
    deferral = question.instance["workloads"][workload].get("deferral")
    return 0 if deferral is None else math.floor(deferral["deadline_hours"] / question.timeline.hours + TINY)


def _parts(question: Question, workload: str, phase: str, slot: Slot, waits: int, done: Done) -> list[int]:
    """Columns: shares of what arrives in a slot that are done so many periods later."""
    work = question.demand.work(workload, phase, slot)
    parts = []
    for later in _later(question, slot, waits):
        parts.append(question.program.column())
        done[phase, later][0].append((parts[-1], work))
    away = question.sent_away[workload, slot.index]
    question.program.row([*((part, 1.0) for part in parts), *away], 1.0, 1.0)
    return parts


def _later(question: Question, slot: Slot, waits: int) -> list[int]:
    """Slots in which work of a slot may be done, in order; a horizon that repeats goes on with its first.

    To wait longer than one round for the prompt and one more for the answer helps nobody.
    """
    periods = question.timeline.periods
    last = slot.period + min(waits, 2 * periods - 2)
    if not question.timeline.cyclic:
        last = min(last, periods - 1)
    return [
        question.timeline.at(slot.stage, slot.scenario, period % periods)
        for period in range(slot.period, last + 1)
    ]


def _answer_after_prompt(question: Question, prompts: list[int], answers: list[int]) -> None:
    """At no time is a larger share of the answers written than of the prompts read."""
    for count in range(1, len(prompts)):
        read = [(part, 1.0) for part in prompts[:count]]
        written = [(part, 1.0) for part in answers[:count]]
        question.program.row([*read, *times(-1.0, written)], lower=0.0)


def _first_come_first_served(
    question: Question, workload: str, prompts: list[tuple[Slot, list[int]]]
) -> None:
    """No later prompt is read before all those that came before it are read or sent away."""
    periods = question.timeline.periods
    for (before, early), (after, late) in itertools.permutations(prompts, 2):
        apart = (after.period - before.period) % periods
        together = (before.stage, before.scenario) == (after.stage, after.scenario)
        if not together or (after.period < before.period and not question.timeline.cyclic):
            continue
        away = question.sent_away[workload, before.index]
        for count in range(1, min(len(late), len(early) - apart - 1) + 1):
            over = question.program.switch()
            first = [(part, 1.0) for part in early[: count + apart]]
            question.program.row([*first, *away, (over, -1.0)], lower=0.0)
            question.program.row([*((part, -1.0) for part in late[:count]), (over, 1.0)], lower=0.0)
