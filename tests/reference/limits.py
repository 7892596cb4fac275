"""Limits on the whole plan: money, power, providers, variety, change."""

from __future__ import annotations

import math
from typing import Any

from tests.reference.program import INFINITE, Terms
from tests.reference.question import Question, times, total
from tests.reference.timeline import TINY

HOURS_PER_MONTH = 730.0
MANY_NODES = 5_000.0


def add_limits(question: Question, used: dict[tuple[str, str, int], int]) -> None:
    """Every limit that the instance gives, but for those on the cost of scenarios."""
    limits = question.instance.get("limits") or {}
    _capital(question, limits)
    _hardware_types(question, limits)
    for site, limit in limits.get("sites", {}).items():
        _site(question, used, site, limit["power_kw"])
    for provider, limit in limits.get("providers", {}).items():
        _provider(question, provider, limit)
    if limits.get("change"):
        _change(question, limits["change"])


def _capital(question: Question, limits: dict[str, Any]) -> None:
    if limits.get("capex_usd") is not None:
        terms = [(column, amount) for column, _, amount in question.capital]
        question.program.row(terms, upper=limits["capex_usd"])
    if limits.get("capex_usd_per_year") is not None:
        by_year: dict[int, Terms] = {}
        for column, stage, amount in question.capital:
            year = math.floor(question.timeline.begins[stage] + TINY)
            by_year.setdefault(year, []).append((column, amount))
        for terms in by_year.values():
            question.program.row(terms, upper=limits["capex_usd_per_year"])


def _hardware_types(question: Question, limits: dict[str, Any]) -> None:
    if limits.get("hardware_types") is None:
        return
    kinds = {hardware: question.program.switch() for hardware in question.instance["fleet"]}
    question.program.row([(kind, 1.0) for kind in kinds.values()], upper=limits["hardware_types"])
    for (hardware, _, _), held in question.held.items():
        question.program.row([*held, (kinds[hardware], -MANY_NODES)], upper=0.0)


def _site(question: Question, used: dict[tuple[str, str, int], int], site: str, power_kw: float) -> None:
    """Power of the nodes in use there, and of those that stand idle."""
    for slot in question.slots:
        terms: Terms = []
        for hardware, name, channel in question.channels():
            if (channel.get("site") or question.instance["hardware"][hardware].get("site")) == site:
                busy, idle = used[hardware, name, slot.index], question.idle_kw(hardware)
                terms.append((busy, channel.get("power_kw") or question.power_kw(hardware) or 0.0))
                terms += times(idle, [*question.held[hardware, name, slot.index], (busy, -1.0)])
        question.program.row(terms, upper=power_kw)


def _provider(question: Question, provider: str, limit: dict[str, Any]) -> None:
    most = limit.get("max_nodes")
    for slot in question.slots:
        held = total(
            [
                question.held[hardware, name, slot.index]
                for hardware, name, channel in question.channels()
                if channel.get("provider") == provider
            ]
        )
        question.program.row(held, limit.get("min_nodes", 0), INFINITE if most is None else most)


def _change(question: Question, change: dict[str, Any]) -> None:
    """Nodes that join pools and that leave them in a slot, and pools that ever have another size than before.

    Pools of the earlier plan that no unit makes any more are given up: their nodes leave them.
    """
    program, pools = question.program, change.get("pools", {})
    most_moved, most_changed = (change.get(key, INFINITE) for key in ("max_nodes_moved", "max_pools_changed"))
    gone = [series for name, series in pools.items() if name not in {unit.pool for unit in question.units}]
    changed = [program.switch() for _ in question.units]
    for slot in question.slots:
        joins, leaves = [], []
        for place, unit in enumerate(question.units):
            earlier = pools.get(unit.pool, [0] * len(question.slots))[slot.index]
            join, leave = program.column(), program.column()
            size = [(question.on[place, slot.index], float(unit.nodes))]
            program.row([*size, (join, -1.0), (leave, 1.0)], earlier, earlier)
            program.row([(join, 1.0), (leave, 1.0), (changed[place], -MANY_NODES)], upper=0.0)
            joins.append((join, 1.0))
            leaves.append((leave, 1.0))
        program.row(joins, upper=most_moved)
        program.row(leaves, upper=most_moved - sum(series[slot.index] for series in gone))
    given_up = sum(any(series) for series in gone)
    program.row([(one, 1.0) for one in changed], upper=most_changed - given_up)


def limit_month(question: Question, expected: Terms) -> None:
    """The expected cost, scaled to a month."""
    limit = (question.instance.get("limits") or {}).get("usd_per_month")
    if limit is not None:
        share = HOURS_PER_MONTH / question.timeline.cost_hours
        question.program.row(times(share, expected), upper=limit)
