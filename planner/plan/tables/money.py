"""Tables of money: cost by term, nodes lent and what they earn, spending committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.plan.quantities import lent, share_of_cost
from planner.plan.tables.declared import (
    MONEY,
    MONEY_PER_HOUR,
    NODES,
    SHARE,
    PlanTable,
    count,
    nowhere,
    number,
    period,
    texts,
)

if TYPE_CHECKING:
    from planner.plan.contents import PlanContents

    Row = dict[str, Any]


def _costs(plan: PlanContents) -> list[Row]:
    return [
        {"term": term, "cost": cost, "share": share_of_cost(plan, cost)}
        for term, cost in plan.cost_terms.items()
    ]


def _lent(plan: PlanContents) -> list[Row]:
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


def _lending(plan: PlanContents) -> list[Row]:
    rows = []
    for (lending, hardware), nodes in lent(plan).items():
        mine = [one for one in plan.lent if (one.lending, one.hardware) == (lending, hardware)]
        rows.append(
            {
                "lending": lending,
                "hardware": hardware,
                "blocks": len(mine),
                "nodes_peak": max(nodes),
                "node_periods": sum(nodes),
                "credit": sum(one.credit for one in mine),
            }
        )
    return rows


def _committed(plan: PlanContents) -> list[Row]:
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


def _cash(plan: PlanContents) -> list[Row]:
    rows, so_far = [], 0.0
    for entry in plan.cash:
        so_far += entry.paid_at_start + entry.paid_over_time - entry.received
        rows.append({**vars(entry), "paid_so_far": so_far})
    return rows


CASH = PlanTable(
    name="cash",
    title="Cash by stage",
    holds="one row per stage, in money of its day: what is paid at once and over time, what comes in, the sum "
    "so far, and the most that is paid and not received again until any time in it",
    columns=(
        *texts("stage"),
        *(number(name, MONEY) for name in ("paid_at_start", "paid_over_time", "received", "paid_so_far")),
        number("peak_funding", MONEY),
    ),
    rows=_cash,
)
STAGE_COSTS = PlanTable(
    name="stage_costs",
    title="Cost by stage",
    holds="one row per stage and cost term, in money of its day, commitments spread over the hours that they cover",
    columns=(*texts("stage", "term"), number("cost", MONEY)),
    rows=lambda plan: [dict(vars(entry)) for entry in plan.stage_costs],
    on_console=nowhere,
)
COSTS = PlanTable(
    name="costs",
    title="Cost",
    holds="one row per cost term, with its share of the total (none where that is nothing or a credit)",
    columns=(*texts("term"), number("cost", MONEY), number("share", SHARE, optional=True)),
    rows=_costs,
    on_console=nowhere,
    on_page=False,
    in_workbook=False,
)
LENDING = PlanTable(
    name="lending",
    title="Lent",
    holds="one row per taker and hardware: blocks of nodes lent, nodes at the peak, node-periods, credit",
    columns=(
        *texts("lending", "hardware"),
        count("blocks", "blocks"),
        count("nodes_peak", NODES),
        count("node_periods", "node-periods"),
        number("credit", MONEY),
    ),
    rows=_lending,
    in_workbook=False,
)
LENT = PlanTable(
    name="lent",
    title="Nodes lent",
    holds="one row per block of nodes lent: over which periods, the last one included, and what it earns",
    columns=(
        *texts("lending", "hardware"),
        period("from"),
        period("last_period"),
        count("nodes", NODES),
        number("credit", MONEY),
    ),
    rows=_lent,
    on_console=nowhere,
)
COMMITTED = PlanTable(
    name="committed",
    title="Spending committed",
    holds="one row per spending committed: over which periods, the last one included, per hour and in all",
    columns=(
        *texts("commitment"),
        period("from"),
        period("last_period"),
        number("per_hour", MONEY_PER_HOUR),
        number("cost", MONEY),
    ),
    rows=_committed,
)
