"""Rules on what a plan states about itself: its question, its periods, its units, its channels and its figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import InstanceError
from planner.core.solution import Method
from planner.loader import from_dict
from planner.plan.margins import is_margin
from planner.verify.audit.facts import TOLERANCE
from planner.verify.audit.figures import figures
from planner.verify.audit.margins import margins
from planner.verify.audit.sellers import SELLERS, seller_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.plan.contents import UnitSchedule
    from planner.rates import Unit
    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts

METHODS = (str(Method.DIRECT), str(Method.DECOMPOSE), str(Method.MATHEURISTIC), "alternative")
EXACT = 1e-9
MOST_LISTED = 10


def question(facts: Facts) -> Iterator[Broken]:
    """The plan carries the question that it answers, and that is this instance."""
    carried = facts.plan.question
    if not carried:
        yield "question", "the plan does not carry its question", 1.0
        return
    asked = facts.instance.model_dump(mode="json", exclude_unset=True)
    if json.dumps(carried, sort_keys=True) == json.dumps(asked, sort_keys=True):
        return
    try:
        same = from_dict(carried)  # amounts are in the currency that their keys say
    except InstanceError as error:
        yield "question", f"what the plan carries is no instance ({len(error.faults)} faults)", 1.0
        return
    here, there = same.model_dump(mode="json"), facts.instance.model_dump(mode="json")
    paths = list(_differences(here, there, ""))
    for path, message in paths[:MOST_LISTED]:
        yield f"question.{path}", message, 1.0
    if len(paths) > MOST_LISTED:
        yield "question", f"and {len(paths) - MOST_LISTED} more differences", float(len(paths))


def _differences(one: Any, other: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where plain data differ: path, and what either says."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            place = f"{path}.{key}" if path else str(key)
            yield from _differences(one.get(key), other.get(key), place)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from _differences(first, second, f"{path}[{number}]")
    elif one != other or isinstance(one, bool) != isinstance(other, bool):
        yield path, f"the plan answers {_short(one)}, the instance says {_short(other)}"


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def labels(facts: Facts) -> Iterator[Broken]:
    """Name, currency, method, and the length and weight of every period."""
    plan, instance = facts.plan, facts.instance
    for name, stated, right in (
        ("instance", plan.instance, instance.name),
        ("currency", plan.currency, instance.currency),
        ("period_hours", plan.period_hours, instance.horizon.period_hours),
    ):
        if stated != right:
            yield name, f"is {stated!r}, the instance says {right!r}", 1.0
    if plan.method not in METHODS:
        yield "method", f"is {plan.method!r}, none of {', '.join(METHODS)}", 1.0
    weights = np.asarray(plan.period_weights)
    if weights.shape != facts.calendar.weight.shape:
        yield "period_weights", f"{weights.size} weights, the instance has {facts.periods} periods", 1.0
        return
    for period in np.flatnonzero(~np.isclose(weights, facts.calendar.weight, rtol=EXACT, atol=0.0)):
        message = f"is {weights[period]:g}, the instance says {facts.calendar.weight[period]:g}"
        yield (
            f"period_weights[{period}]",
            message,
            float(abs(weights[period] - facts.calendar.weight[period])),
        )


def units(facts: Facts) -> Iterator[Broken]:
    """Every unit is as the rates have it: role, GPUs, where its rate is from, how busy it may be."""
    place = {unit.name: index for index, unit in enumerate(facts.rates.units)}
    for schedule in facts.plan.units:
        if schedule.unit not in place:
            continue
        unit = facts.rates.units[place[schedule.unit]]
        for name, stated, right in _sayings(schedule, unit):
            if stated != right:
                yield f"{schedule.unit} {name}", f"is {stated!r}, the rates say {right!r}", 1.0
        yield from _busy_limit(facts, schedule, place[schedule.unit])


def _sayings(schedule: UnitSchedule, unit: Unit) -> Iterator[tuple[str, Any, Any]]:
    yield "role", schedule.role, str(unit.role)
    yield "gpus", schedule.gpus, unit.gpus
    yield "provenance", schedule.provenance, unit.provenance
    for name in ("band_low", "band_high"):
        stated, right = getattr(schedule, name), getattr(unit, name)
        near = stated is not None and right is not None and abs(stated - right) <= EXACT * abs(right)
        yield name, right if near else stated, right


def _busy_limit(facts: Facts, schedule: UnitSchedule, place: int) -> Iterator[Broken]:
    where, limits = f"{schedule.unit} busy_limit", facts.busy_limits
    if limits is None:
        if schedule.busy_limit:
            yield where, "limits how busy it may be, though nothing is promised", 1.0
        return
    stated = np.asarray(schedule.busy_limit, dtype=np.float64)
    if stated.shape != (facts.periods,):
        yield where, f"has {stated.size} values, the instance has {facts.periods} periods", 1.0
        return
    right = limits[place]
    for period in np.flatnonzero(np.abs(stated - right) > TOLERANCE * np.maximum(right, EXACT)):
        message = f"is {stated[period]:.6g}, what is promised allows {right[period]:.6g}"
        yield f"{where}[{period}]", message, float(abs(stated[period] - right[period]))


def kinds(facts: Facts) -> Iterator[Broken]:
    """Every holding names the kind of its channel and the cost term that this goes to."""
    for record in facts.plan.holdings:
        channel = facts.channels.get((record.hardware, record.channel))
        if channel is None:
            continue
        where = f"{record.hardware}.{record.channel} periods {record.first}-{record.last}"
        if record.kind != channel.kind:
            yield where, f"says it is {record.kind!r}, the channel is {channel.kind!r}", 1.0
        if channel.kind not in SELLERS:
            yield where, f"the audit has no prices of its own for channels of kind {channel.kind!r}", 1.0
        elif record.term != (term := seller_of(channel).term):
            yield where, f"says its term is {record.term!r}, it is {term!r}", 1.0


def summary(facts: Facts) -> Iterator[Broken]:
    """The figures of the summary, where the plan has one, are those of the records."""
    plan = facts.plan
    if not plan.summary:
        return
    right = figures(facts)
    if any(map(is_margin, plan.summary)):
        right |= margins(facts)
    for name in dict.fromkeys((*right, *plan.summary)):
        stated, computed = plan.summary.get(name), right.get(name)
        least = 1.0 if name == "margin_on_cost" else 0.0  # a difference of two: exact to the size of both
        if name == "margin_on_cost" and plan.cost <= 0:
            continue
        if stated is None or computed is None:
            yield f"summary.{name}", "is missing" if stated is None else "is no figure of this plan", 1.0
        elif not abs(stated - computed) <= EXACT * max(abs(stated), abs(computed), least):
            yield f"summary.{name}", f"is {stated:g}, the records say {computed:g}", abs(stated - computed)


statement_rules = (
    ("question", question),
    ("labels", labels),
    ("units", units),
    ("kinds", kinds),
    ("summary", summary),
)
