"""Payback: after how many years a bought node has earned its price back, at the use that a plan makes of it.

    saved per year = 8760 * (use share * (rent + rent running - own running) - own idle) - maintenance - colocation
    payback        = price / saved per year

compared with hiring a node by the period whenever it is used; money costs nothing here (simple payback).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_YEAR
from planner.plan.purchases import split_use
from planner.plan.quantities import held
from planner.rates.nodes import node_of
from planner.rates.site_energy import offers_of
from planner.study.economics.break_even import break_even_loads

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class Payback:
    """One purchase of a plan: nodes, the share of their time in use, and years to pay back (None: never)."""

    hardware: str
    channel: str
    instead_of: str
    nodes: int
    use_share: float
    saved_usd_per_node_year: float
    payback_years: float | None


def paybacks(instance: Instance, plan: Plan) -> tuple[Payback, ...]:
    """Every purchase of a plan whose hardware can also be hired by the period."""
    use, nodes = split_use(plan), held(plan)
    hours = instance.timeline.weighted_hours
    rows: list[Payback] = []
    for entry in break_even_loads(instance):
        channel = instance.fleet[entry.hardware][entry.commitment]
        key = entry.hardware, entry.commitment
        node = node_of(instance, entry.hardware)
        payments = channel.payments(node)
        if payments is None or payments.life_years is None or key not in nodes:
            continue
        share = float(np.asarray(use[key]) @ hours) / float(np.asarray(nodes[key]) @ hours)
        offers = offers_of(instance, *key)
        running = float(offers.running_usd_per_node_hour @ hours / hours.sum())
        drawn = offers.idle_usd_per_node_hour
        idle = 0.0 if drawn is None else float(drawn @ hours / hours.sum())
        saved = HOURS_PER_YEAR * (share * (entry.hourly_usd_per_node_hour - running) - idle)
        taxed = 1.0 + channel.tax_share
        saved -= payments.per_year * taxed
        years = payments.at_start * taxed / saved if saved > 0 else None
        rows.append(Payback(*key, entry.instead_of, int(max(nodes[key])), share, saved, years))
    return tuple(rows)
