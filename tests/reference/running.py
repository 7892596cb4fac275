"""Units that run, what their starts cost, and how long they stay on."""

from __future__ import annotations

from tests.reference.program import Terms
from tests.reference.question import Question
from tests.reference.timeline import Slot


def add_running(question: Question) -> None:
    """Whole units in every slot; where starts matter, whole starts too."""
    start_up = question.instance.get("start_up", {})
    slow = start_up.get("hours", 0.0) > 0 or start_up.get("minimum_up_hours", 0.0) > 0
    for place, unit in enumerate(question.units):
        for slot in question.slots:
            question.on[place, slot.index] = question.program.column(whole=True)
        starts = _starts(question, place) if slow or unit.start_price > 0 else {}
        for slot in question.slots:
            lost = _starting(question, starts, slot, start_up.get("hours", 0.0)) if starts else []
            question.serving[place, slot.index] = [(question.on[place, slot.index], 1.0), *lost]
        if starts:
            on_for = max(start_up.get("minimum_up_hours", 0.0), start_up.get("hours", 0.0))
            _stay_on(question, place, starts, on_for)


def _starts(question: Question, place: int) -> dict[int, int]:
    """Columns of the units that are switched on at the beginning of each slot, at a price each."""
    program, starts = question.program, {}
    for slot in question.slots:
        start = starts[slot.index] = program.column(whole=True)
        question.spend(start, question.units[place].start_price * slot.repeats, slot.stage, slot.scenario)
        before = question.timeline.back(slot, 1)
        ran = [] if before is None else [(question.on[place, before], 1.0)]
        program.row([(start, 1.0), (question.on[place, slot.index], -1.0), *ran], lower=0.0)
    return starts


def _starting(question: Question, starts: dict[int, int], slot: Slot, start_hours: float) -> Terms:
    """Minus the units that are still starting, each for the share of the slot that it takes of it."""
    timeline, lost = question.timeline, []
    for steps in range(timeline.whole_periods(start_hours)):
        started = timeline.back(slot, steps)
        share = min(1.0, start_hours / timeline.hours - steps)
        if started is not None:
            lost.append((starts[started], -share))
    return lost


def _stay_on(question: Question, place: int, starts: dict[int, int], minimum_hours: float) -> None:
    """All units switched on within this time still run; around a horizon that repeats, more than once."""
    timeline = question.timeline
    for slot in question.slots:
        recent = [timeline.back(slot, steps) for steps in range(timeline.whole_periods(minimum_hours))]
        young = [(starts[started], -1.0) for started in recent if started is not None]
        question.program.row([(question.on[place, slot.index], 1.0), *young], lower=0.0)
