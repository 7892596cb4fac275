"""The tables of a comparison: one row a thing compared, one column a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.core.plain import finite
from planner.loader.provenance import provenance
from planner.plan.tables import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.instance import Instance
    from planner.plan.plan import Plan

PlanLabels = tuple[str, ...]


def verdict(labels: PlanLabels, plans: Sequence[Plan]) -> pd.DataFrame:
    """figure, and its value in every plan."""
    columns = [
        {
            "status": str(plan.status),
            "currency": plan.currency,
            "cost": finite(plan.cost),
            "bound": finite(plan.bound),
            "gap": finite(plan.gap),
            **plan.summary,
        }
        for plan in plans
    ]
    return _side_by_side(labels, columns, "figure", missing=None)


def inputs(labels: PlanLabels, instances: Sequence[Instance | None]) -> pd.DataFrame:
    """path, and its value in every instance, where they differ; empty where the instance of a plan is not known."""
    if any(instance is None for instance in instances):
        return pd.DataFrame(columns=["path", *labels])
    columns = [
        {row.path: row.value for row in provenance(instance)}
        for instance in instances
        if instance is not None
    ]
    table = _side_by_side(labels, columns, "path", missing="")
    differs = table[list(labels)].nunique(axis=1) > 1
    return table[differs].reset_index(drop=True)


def fleet(labels: PlanLabels, plans: Sequence[Plan]) -> pd.DataFrame:
    """hardware, channel, figure (nodes at the peak, node-hours), and its value in every plan."""
    columns = [
        {
            (row["hardware"], row["channel"], figure): row[key]
            for row in rows_of(plan, "fleet")
            for figure, key in (("nodes at the peak", "nodes_peak"), ("node-hours", "node_hours"))
        }
        for plan in plans
    ]
    table = _side_by_side(labels, columns, "key", missing=0)
    keys = pd.DataFrame(table.pop("key").tolist(), columns=["hardware", "channel", "figure"])
    return pd.concat([keys, table], axis=1)


def units(labels: PlanLabels, plans: Sequence[Plan]) -> pd.DataFrame:
    """unit, and how many run at its peak in every plan."""
    columns = [{unit.unit: max(unit.on) for unit in plan.units} for plan in plans]
    return _side_by_side(labels, columns, "unit", missing=0)


def costs(labels: PlanLabels, plans: Sequence[Plan]) -> pd.DataFrame:
    """term, and its cost in every plan; the total last."""
    columns = [{**plan.cost_terms, "total": plan.cost} if plan.usable else {} for plan in plans]
    table = _side_by_side(labels, columns, "term", missing=0.0)
    last = table["term"] == "total"
    return pd.concat([table[~last], table[last]], ignore_index=True)


def hours(labels: PlanLabels, plans: Sequence[Plan]) -> pd.DataFrame:
    """period, and by plan `held LABEL`, `in use LABEL`, where plans differ."""
    frames = []
    for label, plan in zip(labels, plans, strict=True):
        rows = rows_of(plan, "hours") if plan.usable else []
        records = [(row["period"], row["nodes_held"], row["nodes_in_use"]) for row in rows]
        frames.append(
            pd.DataFrame(records, columns=["period", f"held {label}", f"in use {label}"]).set_index("period")
        )
    table = pd.concat(frames, axis=1, join="inner")
    differ = [
        table[[f"{what} {label}" for label in labels]].nunique(axis=1) > 1 for what in ("held", "in use")
    ]
    return table[differ[0] | differ[1]].reset_index()


def _side_by_side(
    labels: PlanLabels, columns: Sequence[dict[Any, Any]], name: str, missing: Any
) -> pd.DataFrame:
    """A table of the union of the columns' keys, in their order of appearance."""
    keys = list(dict.fromkeys(key for column in columns for key in column))
    table: dict[str, list[Any]] = {name: keys}
    for label, column in zip(labels, columns, strict=True):
        table[label] = [column.get(key, missing) for key in keys]
    return pd.DataFrame(table)
