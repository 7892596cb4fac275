"""An excerpt of a plan: its periods around the busiest one, for a picture of single hours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.plan.quantities import in_use

if TYPE_CHECKING:
    from planner.plan.plan import Plan

HOURS = 72.0


def busiest(plan: Plan) -> Plan:
    """The plan's records cut to three days around its busiest period; costs are those of the whole."""
    count = min(len(plan.periods), max(1, round(HOURS / plan.period_hours)))
    total = np.sum(list(in_use(plan).values()), axis=0) if plan.units else np.zeros(len(plan.periods))
    first = int(np.clip(int(np.argmax(total)) - count // 2, 0, len(plan.periods) - count))
    return excerpt(plan, first, first + count - 1)


def excerpt(plan: Plan, first: int, last: int) -> Plan:
    """Records of the periods `first`..`last`, both included."""
    cut = slice(first, last + 1)
    return replace(
        plan,
        periods=plan.periods[cut],
        units=tuple(replace(one, on=one.on[cut], busy_limit=one.busy_limit[cut]) for one in plan.units),
        holdings=tuple(
            replace(one, first=max(one.first, first) - first, last=min(one.last, last) - first)
            for one in plan.holdings
            if one.first <= last and one.last >= first
        ),
        placed=tuple(
            replace(one, first=max(one.first, first) - first, last=min(one.last, last) - first)
            for one in plan.placed
            if one.first <= last and one.last >= first
        ),
        served=tuple(replace(one, per_s=one.per_s[cut]) for one in plan.served),
        shed=tuple(replace(one, per_s=one.per_s[cut]) for one in plan.shed),
        use=tuple(replace(one, nodes=one.nodes[cut]) for one in plan.use),
        outsourced=tuple(replace(one, share=one.share[cut]) for one in plan.outsourced),
        backlog=tuple(replace(one, waiting=one.waiting[cut]) for one in plan.backlog),
        routed=tuple(replace(one, share=one.share[cut]) for one in plan.routed),
    )
