"""Tables of a plan: the tidy rows behind every view, and the same as pandas frames."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from planner.plan.contents import PlanContents

Row = dict[str, Any]


def held(plan: PlanContents) -> dict[tuple[str, str], list[int]]:
    """Nodes held by (hardware, channel), a list over the periods."""
    nodes: dict[tuple[str, str], list[int]] = {}
    for holding in plan.holdings:
        series = nodes.setdefault((holding.hardware, holding.channel), [0] * len(plan.periods))
        for period in range(holding.first, holding.last + 1):
            series[period] += holding.nodes
    return nodes


def in_use(plan: PlanContents) -> dict[str, list[int]]:
    """Nodes that running units occupy, by hardware, a list over the periods."""
    nodes: dict[str, list[int]] = defaultdict(lambda: [0] * len(plan.periods))
    for unit in plan.units:
        series = nodes[unit.hardware]
        for period, count in enumerate(unit.on):
            series[period] += count * unit.nodes
    return dict(nodes)


def fleet_rows(plan: PlanContents) -> list[Row]:
    """One row per hardware and channel: peak and mean nodes, node-hours, cost."""
    cost: dict[tuple[str, str], float] = defaultdict(float)
    kinds: dict[tuple[str, str], tuple[str, str]] = {}
    for holding in plan.holdings:
        key = holding.hardware, holding.channel
        cost[key] += holding.cost
        kinds[key] = holding.kind, holding.term
    rows = []
    for key, series in held(plan).items():
        kind, term = kinds[key]
        rows.append(
            {
                "hardware": key[0],
                "channel": key[1],
                "kind": kind,
                "term": term,
                "nodes_peak": max(series),
                "nodes_mean": _weighted(plan, series) / sum(plan.period_weights),
                "node_hours": _weighted(plan, series) * plan.period_hours,
                "cost": cost[key],
            }
        )
    return rows


def hours_of(plan: PlanContents, first: int, last: int) -> float:
    """Hours of the periods `first`..`last` as often as they count in the cost: scenarios by their probability."""
    return round(plan.period_hours * sum(plan.period_weights[first : last + 1]), 6)


def _weighted(plan: PlanContents, series: list[int]) -> float:
    """Sum over the periods, each as often as it occurs in the cost."""
    return sum(value * weight for value, weight in zip(series, plan.period_weights, strict=True))


def unit_rows(plan: PlanContents) -> list[Row]:
    """One row per unit type and period with units on."""
    return [
        {
            "period": plan.periods[period],
            "unit": unit.unit,
            "hardware": unit.hardware,
            "role": unit.role,
            "gpus": unit.gpus,
            "on": count,
            "nodes": count * unit.nodes,
            "provenance": unit.provenance,
            "busy_limit": unit.busy_limit[period] if unit.busy_limit else 1.0,
        }
        for unit in plan.units
        for period, count in enumerate(unit.on)
        if count
    ]


def served_rows(plan: PlanContents) -> list[Row]:
    """One row per workload, phase, unit and period served."""
    return [
        {
            "period": plan.periods[period],
            "workload": entry.workload,
            "phase": entry.phase,
            "unit": entry.unit,
            "served_per_s": value,
        }
        for entry in plan.served
        for period, value in enumerate(entry.per_s)
        if value
    ]


def shed_rows(plan: PlanContents) -> list[Row]:
    """One row per workload, phase and period left unserved."""
    return [
        {
            "period": plan.periods[period],
            "workload": entry.workload,
            "phase": entry.phase,
            "shed_per_s": value,
        }
        for entry in plan.shed
        for period, value in enumerate(entry.per_s)
        if value
    ]


def backlog_rows(plan: PlanContents) -> list[Row]:
    """One row per workload, phase and period at the end of which some of it waits."""
    return [
        {"period": plan.periods[period], "workload": entry.workload, "phase": entry.phase, "waiting": value}
        for entry in plan.backlog
        for period, value in enumerate(entry.waiting)
        if value
    ]


def hour_rows(plan: PlanContents) -> list[Row]:
    """One row per period: nodes held and in use, and what is served and shed by work."""
    total_held = [sum(series) for series in zip(*held(plan).values(), strict=True)] or [0] * len(plan.periods)
    total_use = [sum(series) for series in zip(*in_use(plan).values(), strict=True)] or [0] * len(
        plan.periods
    )
    rows: list[Row] = []
    for period, label in enumerate(plan.periods):
        served: dict[str, float] = defaultdict(float)
        for entry in plan.served:
            served[f"{entry.workload}.{entry.phase}"] += entry.per_s[period]
        rows.append(
            {
                "period": label,
                "nodes_held": total_held[period],
                "nodes_in_use": total_use[period],
                "served_per_s": dict(served),
                "shed_per_s": {
                    f"{e.workload}.{e.phase}": e.per_s[period] for e in plan.shed if e.per_s[period]
                },
            }
        )
    return rows


def cost_rows(plan: PlanContents) -> list[Row]:
    """One row per cost term, with its share of the total; a total that is nothing or a credit has no shares."""
    return [
        {"term": term, "cost": cost, "share": share_of_cost(plan, cost)}
        for term, cost in plan.cost_terms.items()
    ]


def share_of_cost(plan: PlanContents, amount: float) -> float | None:
    """An amount as a share of the cost of a plan; None where that is nothing or a credit."""
    return amount / plan.cost if plan.cost > 0 else None


TABLES = {
    "fleet": fleet_rows,
    "units": unit_rows,
    "served": served_rows,
    "shed": shed_rows,
    "backlog": backlog_rows,
    "costs": cost_rows,
}


def frame(plan: PlanContents, name: str) -> pd.DataFrame:
    """A table as a pandas frame; KeyError names the tables there are."""
    import pandas as pd

    if name == "hours":
        flat = [_flat(row) for row in hour_rows(plan)]
        return pd.DataFrame(flat).fillna(0.0)
    if name not in TABLES:
        raise KeyError(f"no table {name!r}; there are {', '.join([*TABLES, 'hours'])}")
    return pd.DataFrame(TABLES[name](plan))


def _flat(row: Row) -> Row:
    flat = {key: value for key, value in row.items() if not isinstance(value, dict)}
    for kind in ("served_per_s", "shed_per_s"):
        flat |= {f"{kind.removesuffix('_per_s')}.{work}_per_s": value for work, value in row[kind].items()}
    return flat
