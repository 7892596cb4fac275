"""Rules on money by stage: what is paid and received there and the limits on it, and what each term costs there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.verify.audit.cash import ledger_of, stage_costs
from planner.verify.audit.rules_cost import HALF_A_CENT, differs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.costed import CostedFacts
    from planner.verify.audit.facts import Facts

SHARE = 1e-6


def cash(facts: Facts) -> Iterator[Broken]:
    """A plan with stages says of each what its records pay and receive, and how much is tied up at most."""
    names = list(facts.instance.stages)
    stated = [record.stage for record in facts.plan.cash]
    if stated != names:
        yield "cash", f"is told of the stages {stated}, there are {names}", 1.0
        return
    ledger = ledger_of(facts) if names else None
    for place, record in enumerate(facts.plan.cash):
        assert ledger is not None
        begin, end = float(facts.calendar.opens[place]), float(facts.calendar.closes[place])
        where = f"cash of {record.stage}"
        yield from differs(f"{where}, paid at starts", record.paid_at_start, ledger.paid_at_once(begin, end))
        yield from differs(f"{where}, paid over time", record.paid_over_time, ledger.paid_evenly(begin, end))
        yield from differs(f"{where}, received", record.received, ledger.received(begin, end))
        peak = ledger.peak(begin, end)
        yield from differs(f"{where}, peak funding", record.peak_funding, peak)


def costs_by_stage(facts: CostedFacts) -> Iterator[Broken]:
    """A plan with stages says what each term costs in each of them."""
    names = list(facts.instance.stages)
    computed = {(names[place], term): usd for (place, term), usd in _of_stages(facts).items()}
    stated: dict[tuple[str, str], float] = {}
    for record in facts.plan.stage_costs:
        if (record.stage, record.term) in stated:
            yield f"cost of {record.stage}, {record.term}", "is given twice", 1.0
        stated[record.stage, record.term] = record.cost
    for key in sorted({*computed, *stated}):
        yield from differs(f"cost of {', '.join(key)}", stated.get(key, 0.0), computed.get(key, 0.0))


def _of_stages(facts: CostedFacts) -> dict[tuple[int, str], float]:
    return stage_costs(facts) if facts.instance.stages else {}


def cash_limits(facts: Facts) -> Iterator[Broken]:
    """What is paid in a stage, and what is tied up at any time, stay within their limits."""
    limits, stages = facts.instance.limits, list(facts.instance.stages)
    if limits.cash_usd_per_stage is None and limits.peak_funding_usd is None:
        return
    if not stages:
        yield "cash", "is limited, and nothing has a date without stages", 1.0
        return
    ledger = ledger_of(facts)
    for place, stage in enumerate(stages):
        begin, end = float(facts.calendar.opens[place]), float(facts.calendar.closes[place])
        paid = ledger.paid_at_once(begin, end) + ledger.paid_evenly(begin, end)
        yield from _over(f"cash paid in {stage}", paid, limits.cash_usd_per_stage)
        tied_up = ledger.peak(begin, end)
        yield from _over(f"funding in {stage}", tied_up, limits.peak_funding_usd)


def _over(where: str, amount: float, most: float | None) -> Iterator[Broken]:
    if most is not None and amount > most + HALF_A_CENT + SHARE * abs(most):
        yield where, f"is {amount:,.2f}, at most {most:,.2f} is allowed", amount - most


cash_rules = (("cash", cash), ("cost by stage", costs_by_stage), ("cash limits", cash_limits))
