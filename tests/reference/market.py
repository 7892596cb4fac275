"""Vendors, takers of idle nodes, and commitments to spend."""

from __future__ import annotations

from typing import Any

from tests.reference.offers import fixed_spans, node_hour_price
from tests.reference.program import INFINITE, Terms
from tests.reference.question import Question, times
from tests.reference.serving import PER_MILLION, SECONDS_PER_HOUR
from tests.reference.timeline import TINY, Slot


def add_vendors(question: Question) -> None:
    """Shares of workloads that vendors take, at list prices less the discounts of the day."""
    for vendor in question.instance.get("vendors", {}).values():
        days: dict[tuple[int, int, int], list[tuple[int, float]]] = {}
        for slot in question.slots:
            spent = _take_share(question, vendor, slot)
            day = question.timeline.day(slot)
            days.setdefault((slot.stage, slot.scenario, day), []).extend(spent)
        for (stage, scenario, _), spent in days.items():
            _discount(question, vendor, spent, stage, scenario)


def _take_share(question: Question, vendor: dict[str, Any], slot: Slot) -> Terms:
    """What is spent in a slot at list prices, as an expression in the shares taken."""
    spent, rate = [], []
    for workload, given in question.instance["workloads"].items():
        allowed = vendor.get("workloads")
        if "requests_per_s" in given["demand"] or (allowed is not None and workload not in allowed):
            continue
        share = question.program.column(upper=1.0)
        money = _list_price_per_hour(question, vendor, workload, slot) * question.timeline.hours
        question.spend(share, money * slot.repeats, slot.stage, slot.scenario)
        question.sent_away.setdefault((workload, slot.index), []).append((share, 1.0))
        spent.append((share, money))
        rate.append((share, question.demand.tokens(workload, slot)))
    if vendor.get("max_tokens_per_s") is not None:
        question.program.row(rate, upper=vendor["max_tokens_per_s"])
    return spent


def _list_price_per_hour(question: Question, vendor: dict[str, Any], workload: str, slot: Slot) -> float:
    demand, prices = question.demand, dict(vendor["price_usd_per_million_tokens"])
    if vendor.get("off_peak"):
        window = vendor["off_peak"]
        share = question.timeline.share_in_window(slot, window["from_hour"], window["to_hour"])
        other = window["price_usd_per_million_tokens"]
        prices = {key: (1 - share) * prices[key] + share * other[key] for key in prices}
    cached = demand.series(workload, "cached_tokens_per_s", slot)
    per_s = (
        cached * prices["input_hit"]
        + (demand.series(workload, "input_tokens_per_s", slot) - cached) * prices["input_miss"]
        + demand.series(workload, "output_tokens_per_s", slot) * prices["output"]
    )
    return per_s * PER_MILLION * SECONDS_PER_HOUR


def _discount(question: Question, vendor: dict[str, Any], spent: Terms, stage: int, scenario: int) -> None:
    """Spending of a day filled up tier by tier: a dearer tier only when the one before is full."""
    tiers, program = vendor.get("tiers", ()), question.program
    if not tiers or not spent:
        return
    most = sum(money for _, money in spent) + 1.0
    edges = [*(tier["above_usd_per_day"] for tier in tiers), most]
    parts: Terms = []
    full = None
    below = edges[0]
    first = program.column(upper=below)
    parts.append((first, 1.0))
    for tier, begins, ends in zip(tiers, edges, [*edges[1:]], strict=False):
        width = max(0.0, ends - begins)
        part, full = program.column(upper=width), program.switch()
        program.row([(part, 1.0), (full, -width)], upper=0.0)
        program.row([(parts[-1][0], 1.0), (full, -below)], lower=0.0)
        question.spend(part, -tier["discount_share"] * question.timeline.paid(stage), stage, scenario)
        parts.append((part, 1.0))
        below = width
    program.row([*parts, *times(-1.0, spent)], 0.0, 0.0)


def add_lending(question: Question) -> None:
    """Nodes lent in blocks of hours inside a window of the day, changing no faster than a ramp."""
    timeline, program = question.timeline, question.program
    for lending in question.instance.get("lending", {}).values():
        lent: dict[int, Terms] = {slot.index: [] for slot in question.slots}
        length = timeline.whole_periods(lending.get("block_hours", 1.0))
        for slot in question.slots:
            if slot.period + length > timeline.periods or not _inside(question, lending, slot):
                continue
            column, size = program.column(whole=True), lending.get("block_nodes", 1)
            money = lending["price_usd_per_node_hour"] * size * length * timeline.hours * slot.repeats
            question.spend(column, -money, slot.stage, slot.scenario)
            question.earns.add(column)
            for covered in range(slot.index, slot.index + length):
                lent[covered].append((column, float(size)))
        for slot in question.slots:
            terms = lent[slot.index]
            program.row(terms, upper=lending["max_nodes"])
            question.lent.setdefault((lending["hardware"], slot.index), []).extend(terms)
            ramp = lending.get("ramp_nodes_per_hour")
            if ramp is not None:
                before = lent[slot.index - 1] if slot.period else []
                program.row([*terms, *times(-1.0, before)], -ramp * timeline.hours, ramp * timeline.hours)


def _inside(question: Question, lending: dict[str, Any], slot: Slot) -> bool:
    """Whether a block that begins in a slot ends inside the window of the day."""
    begins, ends = lending.get("from_hour", 0.0), lending.get("to_hour", 24.0)
    window = (ends - begins) % 24 or 24.0
    since = (slot.clock - begins) % 24
    return window == 24.0 or since + lending.get("block_hours", 1.0) <= window + TINY


def add_commitments(question: Question) -> None:
    """So much an hour, used or lost, that pays for the nodes which draw on it; signed before the scenario."""
    timeline, program = question.timeline, question.program
    for name, plan in question.instance.get("spend_commitments", {}).items():
        increment = plan.get("increment_usd_per_hour", 1.0)
        committed: dict[int, Terms] = {slot.index: [] for slot in question.slots}
        for stages, first, last, hours in _spans(question, plan):
            column = program.column(whole=True)
            for stage in stages:
                question.spend(column, increment * hours * timeline.paid(stage), stage)
                for scenario in range(len(timeline.probabilities)):
                    for period in range(first, last + 1):
                        committed[timeline.at(stage, scenario, period)].append((column, increment))
        for slot in question.slots:
            most = plan.get("max_usd_per_hour")
            program.row(committed[slot.index], upper=INFINITE if most is None else most)
            drawn = [
                (column, value * node_hour_price(channel, question.gpus(hardware)))
                for hardware, label, channel in question.channels()
                if channel["kind"] == "spend_commitment" and channel["plan"] == name
                for column, value in question.held[hardware, label, slot.index]
            ]
            program.row([*committed[slot.index], *times(-1.0, drawn)], lower=0.0)


def _spans(question: Question, plan: dict[str, Any]) -> list[tuple[list[int], int, int, float]]:
    """Stages, first and last period of every commitment on offer, and the hours of a horizon that it is paid for."""
    timeline = question.timeline
    stages = list(range(len(timeline.years)))
    if plan.get("hours") is None:
        return [(stages, 0, timeline.periods - 1, timeline.horizon_hours)]
    spans = fixed_spans(timeline, plan["hours"], plan.get("may_outlast_horizon", False))
    return [([stage], first, last, float(plan["hours"])) for stage in stages for first, last in spans]
