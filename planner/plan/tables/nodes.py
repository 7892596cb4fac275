"""Tables of nodes and units: what is held, what runs on it, what is switched on when."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from planner.plan.purchases import signed
from planner.plan.quantities import held, in_use, started, weighted_sum
from planner.plan.tables.by_period import by_period
from planner.plan.tables.declared import (
    MONEY,
    NODES,
    PER_SECOND,
    SHARE,
    UNITS,
    PlanTable,
    by_work,
    count,
    nowhere,
    number,
    period,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planner.plan.contents import Holding, PlanContents

    Row = dict[str, Any]


def _fleet(plan: PlanContents) -> list[Row]:
    cost: dict[tuple[str, str], float] = defaultdict(float)
    kinds: dict[tuple[str, str], tuple[str, str]] = {}
    for holding in plan.holdings:
        key = holding.hardware, holding.channel
        cost[key] += holding.cost
        kinds[key] = holding.kind, holding.term
    return [
        {
            "hardware": key[0],
            "channel": key[1],
            "kind": kinds[key][0],
            "term": kinds[key][1],
            "nodes_peak": max(series),
            "nodes_mean": weighted_sum(plan, series) / sum(plan.period_weights),
            "node_hours": weighted_sum(plan, series) * plan.period_hours,
            "cost": cost[key],
        }
        for key, series in held(plan).items()
    ]


def _spans(plan: PlanContents, holdings: Iterable[Holding]) -> list[Row]:
    return [
        {
            "hardware": holding.hardware,
            "channel": holding.channel,
            "kind": holding.kind,
            "term": holding.term,
            "from": plan.periods[holding.first],
            "last_period": plan.periods[holding.last],
            "nodes": holding.nodes,
            "cost": holding.cost,
        }
        for holding in holdings
    ]


def _use(plan: PlanContents) -> list[Row]:
    return by_period(
        plan,
        plan.use,
        lambda record: record.nodes,
        lambda record, _, nodes: {"hardware": record.hardware, "channel": record.channel, "nodes": nodes},
    )


def _units(plan: PlanContents) -> list[Row]:
    return by_period(
        plan,
        plan.units,
        lambda unit: unit.on,
        lambda unit, place, running: {
            "unit": unit.unit,
            "hardware": unit.hardware,
            "role": unit.role,
            "gpus": unit.gpus,
            "on": running,
            "nodes": running * unit.nodes,
            "provenance": unit.provenance,
            "busy_limit": unit.busy_limit[place] if unit.busy_limit else 1.0,
        },
    )


def _placement(plan: PlanContents) -> list[Row]:
    return [
        {
            "unit": one.unit,
            "number": one.number,
            "hardware": one.hardware,
            "on_nodes": " ".join(one.nodes),
            "from": plan.periods[one.first],
            "last_period": plan.periods[one.last],
        }
        for one in plan.placed
    ]


def _starts(plan: PlanContents) -> list[Row]:
    return by_period(
        plan,
        plan.units,
        lambda unit: started(plan, unit),
        lambda unit, _, starts: {
            "unit": unit.unit,
            "hardware": unit.hardware,
            "started": starts,
            "nodes": None if starts is None else starts * unit.nodes,
        },
    )


def _hours(plan: PlanContents) -> list[Row]:
    nothing = [0] * len(plan.periods)
    total_held = [sum(series) for series in zip(*held(plan).values(), strict=True)] or nothing
    total_use = [sum(series) for series in zip(*in_use(plan).values(), strict=True)] or nothing
    rows: list[Row] = []
    for place, label in enumerate(plan.periods):
        served: dict[str, float] = defaultdict(float)
        for entry in plan.served:
            served[f"{entry.workload}.{entry.phase}"] += entry.per_s[place]
        shed = {f"{one.workload}.{one.phase}": one.per_s[place] for one in plan.shed if one.per_s[place]}
        rows.append(
            {
                "period": label,
                "nodes_held": total_held[place],
                "nodes_in_use": total_use[place],
                "served_per_s": dict(served),
                "shed_per_s": shed,
            }
        )
    return rows


def _several_spans(rows: Sequence[Row]) -> bool:
    return len({(row["from"], row["last_period"]) for row in rows}) > 1


_CHANNEL = texts("hardware", "channel", "kind", "term")
_SPAN = (period("from"), period("last_period"), number("nodes", NODES), number("cost", MONEY))

FLEET = PlanTable(
    name="fleet",
    title="Fleet",
    holds="one row per hardware and channel: nodes at the peak and on average, node-hours, cost",
    columns=(
        *_CHANNEL,
        number("nodes_peak", NODES),
        number("nodes_mean", NODES),
        number("node_hours", "node-hours"),
        number("cost", MONEY),
    ),
    rows=_fleet,
    in_file=True,
    on_console=nowhere,
    on_page=False,
    in_workbook=False,
)
HOLDINGS = PlanTable(
    name="holdings",
    title="Nodes taken",
    holds="one row per offer taken: nodes of a channel over periods, the last one included, and their cost",
    columns=(*_CHANNEL, *_SPAN),
    rows=lambda plan: _spans(plan, plan.holdings),
    on_console=nowhere,
    on_page=False,
)
SIGNED = PlanTable(
    name="signed",
    title="What to sign when",
    holds="one row per holding that is signed for and paid whether used or not, in the order of their start",
    columns=(*_CHANNEL, *_SPAN),
    rows=lambda plan: _spans(plan, signed(plan)),
    on_console=_several_spans,
    on_page=False,
    in_workbook=False,
)
USE = PlanTable(
    name="use",
    title="Nodes in use by channel",
    holds="one row per channel and period in which nodes are in use, of hardware where use costs extra",
    columns=(period(), *texts("hardware", "channel"), number("nodes", NODES)),
    rows=_use,
    on_console=nowhere,
    on_page=False,
)
RUNNING = PlanTable(
    name="units",
    title="Units",
    holds="one row per unit type and period in which some are on",
    columns=(
        period(),
        *texts("unit", "hardware", "role"),
        count("gpus", "GPUs per unit"),
        count("on", UNITS),
        number("nodes", NODES),
        *texts("provenance"),
        number("busy_limit", SHARE),
    ),
    rows=_units,
    on_console=nowhere,
    on_page=False,
    in_workbook=False,
)
PLACEMENT = PlanTable(
    name="placement",
    title="Where units lie",
    holds="one row per unit and run of periods on the same nodes, the last one included, where units share nodes or "
    "lie in domains that are sold as a whole: n5 is a node, d2n5 one of the second domain, gpus:NAME a node of the "
    "seller where that channel sells GPUs",
    columns=(
        *texts("unit"),
        count("number", "of its type"),
        *texts("hardware", "on_nodes"),
        period("from"),
        period("last_period"),
    ),
    rows=_placement,
    on_console=nowhere,
    on_page=False,
)
STARTS = PlanTable(
    name="starts",
    title="Units started",
    holds="one row per unit type and period at whose beginning some are switched on; their number is missing "
    "where only the instance says what ran before and the plan does not carry it",
    columns=(
        period(),
        *texts("unit", "hardware"),
        count("started", UNITS, optional=True),
        number("nodes", NODES, optional=True),
    ),
    rows=_starts,
    on_console=nowhere,
    on_page=False,
)
HOURS = PlanTable(
    name="hours",
    title="Hours",
    holds="one row per period: nodes held and in use, what is served and shed of each workload and phase",
    columns=(
        period(),
        number("nodes_held", NODES),
        number("nodes_in_use", NODES),
        by_work("served_per_s", PER_SECOND),
        by_work("shed_per_s", PER_SECOND),
    ),
    rows=_hours,
    in_file=True,
    on_console=nowhere,
    on_page=False,
    in_workbook=False,
)
