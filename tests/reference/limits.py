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
    """Power of the nodes in use there."""
    for slot in question.slots:
        terms = [
            (used[hardware, name, slot.index], channel.get("power_kw") or question.power_kw(hardware) or 0.0)
            for hardware, name, channel in question.channels()
            if channel.get("site") == site
        ]
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
    """Nodes that join pools and that leave them, and pools of another size, against the earlier plan.

    Pools of the earlier plan that no unit makes any more are given up: their nodes leave them.
    """
    program, moved, pools = question.program, change.get("max_nodes_moved"), change.get("pools", {})
    gone = [series for name, series in pools.items() if name not in {unit.pool for unit in question.units}]
    for slot in question.slots:
        joins, leaves, others = [], [], []
        for place, unit in enumerate(question.units):
            earlier = pools.get(unit.pool, [0] * len(question.slots))[slot.index]
            join, leave, other = program.column(), program.column(), program.switch()
            size = [(question.on[place, slot.index], float(unit.nodes))]
            program.row([*size, (join, -1.0), (leave, 1.0)], earlier, earlier)
            program.row([(join, 1.0), (leave, 1.0), (other, -MANY_NODES)], upper=0.0)
            joins.append((join, 1.0))
            leaves.append((leave, 1.0))
            others.append((other, 1.0))
        left = sum(series[slot.index] for series in gone)
        changed = sum(series[slot.index] > 0 for series in gone)
        if moved is not None:
            program.row(joins, upper=moved)
            program.row(leaves, upper=moved - left)
        if change.get("max_pools_changed") is not None:
            program.row(others, upper=change["max_pools_changed"] - changed)


def limit_month(question: Question, expected: Terms) -> None:
    """The expected cost, scaled to a month."""
    limit = (question.instance.get("limits") or {}).get("usd_per_month")
    if limit is not None:
        share = HOURS_PER_MONTH / question.timeline.cost_hours
        question.program.row(times(share, expected), upper=limit)
