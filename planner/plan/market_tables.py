"""Tables of what a plan buys, lends and promises beyond nodes, and of what is taken when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.plan.purchases import committed

if TYPE_CHECKING:
    from planner.plan.contents import PlanContents

Row = dict[str, Any]


def outsourced_rows(plan: PlanContents) -> list[Row]:
    """One row per vendor, workload and period in which the vendor takes a share."""
    return [
        {"period": plan.periods[period], "vendor": entry.vendor, "workload": entry.workload, "share": share}
        for entry in plan.outsourced
        for period, share in enumerate(entry.share)
        if share
    ]


def lent_rows(plan: PlanContents) -> list[Row]:
    """One row per block of nodes lent."""
    return [
        {
            "lending": entry.lending,
            "hardware": entry.hardware,
            "from": plan.periods[entry.first],
            "last_period": plan.periods[entry.last],
            "nodes": entry.nodes,
            "credit": entry.credit,
        }
        for entry in plan.lent
    ]


def committed_rows(plan: PlanContents) -> list[Row]:
    """One row per spending committed."""
    return [
        {
            "commitment": entry.commitment,
            "from": plan.periods[entry.first],
            "last_period": plan.periods[entry.last],
            "per_hour": entry.per_hour,
            "cost": entry.cost,
        }
        for entry in plan.committed
    ]


def signing_rows(plan: PlanContents) -> list[Row]:
    """One row per holding that is paid for whether used or not: what to sign, from when, until when."""
    return [
        {
            "hardware": holding.hardware,
            "channel": holding.channel,
            "kind": holding.kind,
            "from": plan.periods[holding.first],
            "last_period": plan.periods[holding.last],
            "nodes": holding.nodes,
            "cost": holding.cost,
        }
        for holding in committed(plan)
    ]
