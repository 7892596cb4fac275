"""What the records of a plan pay and receive over time, in the audit's own arithmetic; expected over the scenarios.

Nodes signed once are paid as their seller says: a price on the day they stand and whenever a term or life ends while
they do, a yearly amount for as long as it is owed, what they fetch when a life ends. Everything else is paid evenly
over the stage in which it is used, at its cost without discount. Only plans with stages have dates.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_YEAR
from planner.verify.audit.costs import cost_of_commitment, cost_of_holding, record_terms
from planner.verify.audit.sellers import price_growth, seller_of
from planner.verify.audit.within import held_beside, records_within

if TYPE_CHECKING:
    from planner.plan.contents import Holding
    from planner.verify.audit.costed import CostedFacts
    from planner.verify.audit.facts import Facts
    from planner.verify.audit.payment import Payment

SLACK = 1e-9
NO_PAYMENT = ("shed",)
COMES_IN = ("lending",)


@dataclass
class Ledger:
    """Amounts at a moment and evenly between two, in years from the beginning; what comes in is below zero."""

    at_once: list[tuple[float, float]] = field(default_factory=list)
    evenly: list[tuple[float, float, float]] = field(default_factory=list)
    comes_in: list[tuple[float, float, float]] = field(default_factory=list)

    def paid_at_once(self, begin: float, end: float) -> float:
        """Prices paid from a moment on and before another."""
        return sum(sum_ for when, sum_ in self.at_once if sum_ > 0 and begin - SLACK <= when < end - SLACK)

    def paid_evenly(self, begin: float, end: float) -> float:
        """What falls due between two moments."""
        return sum(sum_ * _overlap(since, until, begin, end) for since, until, sum_ in self.evenly)

    def received(self, begin: float, end: float) -> float:
        """What comes in from a moment on and before another."""
        sold = sum(-sum_ for when, sum_ in self.at_once if sum_ < 0 and begin - SLACK <= when < end - SLACK)
        return sold - sum(sum_ * _overlap(since, until, begin, end) for since, until, sum_ in self.comes_in)

    def tied_up(self, moment: float, after: bool) -> float:
        """All that is paid and not received again by a moment, before or after what is paid at it."""
        until = moment + SLACK if after else moment - SLACK
        once = sum(sum_ for when, sum_ in self.at_once if when <= until)
        time = (*self.evenly, *self.comes_in)
        return once + sum(sum_ * _overlap(since, end, 0.0, moment) for since, end, sum_ in time)

    def peak(self, begin: float, end: float) -> float:
        """The most that is tied up at any time from `begin`, with what is paid then, to `end`, without."""
        times = {when for when, _ in self.at_once}
        for since, until, _ in (*self.evenly, *self.comes_in):
            times |= {since, until}
        inside = [time for time in times if begin + SLACK < time < end - SLACK]
        between = (self.tied_up(time, after) for time in inside for after in (False, True))
        return max(self.tied_up(begin, True), self.tied_up(end, False), *between)


def _overlap(since: float, until: float, begin: float, end: float) -> float:
    """Share of a time that lies between two moments."""
    return max(0.0, min(until, end) - max(since, begin)) / (until - since)


def ledger_of(facts: Facts) -> Ledger:
    """Everything that the records pay and receive."""
    ledger, calendar = Ledger(), facts.calendar
    for record in facts.plan.holdings:
        if facts.within(record.first, record.last):
            _signed(facts, ledger, record)
    for stage, (opens, closes) in enumerate(zip(calendar.opens, calendar.closes, strict=True)):
        for term, amount in _used(facts, stage).items():
            place = ledger.comes_in if term in COMES_IN else ledger.evenly
            place.append((float(opens), float(closes), amount))
    return ledger


def stage_costs(facts: CostedFacts) -> dict[tuple[int, str], float]:
    """What the records cost by stage and term, in its money; what lasts for several stages by its hours in each."""
    calendar, found = facts.calendar, dict[tuple[int, str], float]()
    lasting: list[tuple[str, int, int, float]] = []
    for held in facts.plan.holdings:
        if (held.hardware, held.channel) in facts.channels and _of_several(facts, held.first, held.last):
            term = seller_of(facts.channels[held.hardware, held.channel]).term
            lasting.append((term, held.first, held.last, cost_of_holding(facts, held) or 0.0))
    for one in facts.plan.committed:
        if one.commitment in facts.instance.spend_commitments and _of_several(facts, one.first, one.last):
            lasting.append(("spend_commitment", one.first, one.last, cost_of_commitment(facts, one) or 0.0))
    premium = facts.cost_terms.get("risk_premium", 0.0)
    for stage in range(len(calendar.stage_years)):
        here = calendar.stage == stage
        value, hours = float(calendar.value[here][0]), np.where(here, calendar.counted_hours, 0.0)
        alone = records_within(facts.plan, here)
        terms = record_terms(replace(facts, plan=alone, beside=held_beside(facts.plan, alone, here)))
        found |= {(stage, term): amount / value for term, amount in terms.items()}
        for term, first, last, cost in (*lasting, ("risk_premium", 0, facts.periods - 1, premium)):
            span = slice(first, last + 1)
            share = float(hours[span].sum() / calendar.cost_hours[span].sum())
            found[stage, term] = found.get((stage, term), 0.0) + cost * share
    return found


def _of_several(facts: Facts, first: int, last: int) -> bool:
    """Whether a span of periods lies in more than one stage."""
    return facts.within(first, last) and bool(facts.calendar.stage[first] != facts.calendar.stage[last])


def _signed(facts: Facts, ledger: Ledger, record: Holding) -> None:
    """Nodes that a seller says when they are paid."""
    paid, calendar = _paid(facts, record), facts.calendar
    if paid is None:
        return
    channel = facts.channels[record.hardware, record.channel]
    begins = float(calendar.opens[calendar.stage[record.first]])
    stands = float(calendar.closes[calendar.stage[record.last]])
    alone = calendar.block[record.first] == calendar.block[record.last]
    chance = calendar.probabilities[int(calendar.scenario[record.first])] if alone else 1.0
    factor = record.nodes * price_growth(channel, calendar, begins)
    nodes = factor * chance
    ends = [begins + paid.years] if paid.years is not None else [stands]
    while ends[-1] < stands - SLACK:
        ends.append(ends[-1] + (paid.years or 0.0))
    for begin in (begins, *ends[:-1]):
        ledger.at_once.append((begin, paid.at_start * nodes))
    ledger.at_once += [(end, -paid.fetched * nodes) for end in ends if paid.fetched]
    if paid.owed:
        until = max(stands, ends[-1])
        ledger.evenly.append((begins, until, paid.per_year * (until - begins) * nodes))
    else:
        years = float(calendar.counted_hours[record.first : record.last + 1].sum()) / HOURS_PER_YEAR
        ledger.evenly.append((begins, stands, paid.per_year * years * factor))


def _used(facts: Facts, stage: int) -> dict[str, float]:
    """What is paid in a stage as it is used, by term, without discount."""
    calendar = facts.calendar
    here = calendar.stage == stage
    value = float(calendar.value[here][0])
    terms: dict[str, float] = defaultdict(float)
    for term, amount in record_terms(_in_stage(facts, stage)).items():
        if term not in NO_PAYMENT:
            terms[term] += amount / value
    for promise in facts.plan.committed:
        commitment = facts.instance.spend_commitments.get(promise.commitment)
        if commitment is not None and commitment.hours is None:
            terms["spend_commitment"] += promise.per_hour * float(calendar.counted_hours[here].sum())
    return terms


def _in_stage(facts: Facts, stage: int) -> Facts:
    """The facts of what is used in one stage alone: nodes that sellers say when they are paid are left out."""
    plan = facts.plan
    used = [one for one in plan.holdings if _paid(facts, one) is None]
    lasting = [name for name, one in facts.instance.spend_commitments.items() if one.hours is None]
    starts = [one for one in plan.committed if one.commitment not in lasting]
    alone = replace(plan, holdings=tuple(used), committed=tuple(starts))
    inside = facts.calendar.stage == stage
    within = records_within(alone, inside)
    return replace(facts, plan=within, beside=held_beside(plan, within, inside))


def _paid(facts: Facts, record: Holding) -> Payment | None:
    """When a node of a holding is paid, where its seller says so."""
    channel = facts.channels.get((record.hardware, record.channel))
    return None if channel is None else seller_of(channel).paid(channel, facts.nodes[record.hardware])
