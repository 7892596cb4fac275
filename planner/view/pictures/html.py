"""What a notebook shows of an instance, of rates, of a plan: short, escaped HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from planner.plan.ending import unproven
from planner.view.pictures.frames import demand_frame

if TYPE_CHECKING:
    import pandas as pd

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates

MOST_ROWS = 40


def plan_html(plan: Plan) -> str:
    """Verdict, fleet, units at their peak and cost by term."""
    head = f"<b>{escape(plan.instance)}</b>: {escape(str(plan.status))}"
    if not plan.usable:
        reasons = "".join(f"<li>{escape(reason)}</li>" for reason in plan.reasons)
        return f"<div>{head}<ul>{reasons}</ul></div>"
    if not plan.recommended:
        head = f"<b>{escape(plan.instance)}</b>: {escape(unproven(plan))}"
    head += f", {plan.cost:,.2f} {escape(plan.currency)}, proven no lower than {plan.bound:,.2f} (gap {plan.gap:.3%})"
    tables = {"Fleet": plan.frame("fleet"), "Units at their peak": _units(plan), "Cost": plan.frame("costs")}
    parts = [_table(title, table) for title, table in tables.items() if len(table)]
    warnings = "".join(f"<div>! {escape(warning)}</div>" for warning in plan.warnings)
    return f"<div>{head}{''.join(parts)}{warnings}</div>"


def _units(plan: Plan) -> pd.DataFrame:
    """Units at their peak; empty where none ever runs."""
    units = plan.frame("units")
    if units.empty:
        return units
    peak = units.groupby(["unit", "hardware", "role", "gpus"], sort=False)[["on", "nodes"]].max()
    return peak.reset_index()


def instance_html(instance: Instance) -> str:
    """Horizon, demand by workload and channels by hardware."""
    horizon = instance.horizon
    head = (
        f"<b>{escape(instance.name)}</b>: {escape(instance.description)}<br>"
        f"{horizon.periods} periods of {horizon.period_hours:g} h from {horizon.start.isoformat()}"
    )
    demand = (
        demand_frame(instance)
        .groupby(["workload", "series"], sort=False)["per_s"]
        .agg(["min", "mean", "max"])
    )
    return (
        f"<div>{head}{_table('Demand', demand.reset_index())}{_table('Channels', _channels(instance))}</div>"
    )


def rates_html(rates: Rates) -> str:
    """The table of rates, and how many options were left out."""
    shown = [
        "unit",
        "workload",
        "phase",
        "rate_per_s",
        "rate_per_s_per_node",
        "binding",
        "tpot_ms",
        "provenance",
    ]
    frame = rates.frame()
    left_out = (
        f"<div>{len(rates.rejected)} options left out: see rejected_frame()</div>" if rates.rejected else ""
    )
    return f"<div>{_table('Rates', frame[shown] if len(frame) else frame)}{left_out}</div>"


def _channels(instance: Instance) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (hardware, name, channel.kind, limit.nodes if (limit := channel.limit()) is not None else None)
        for hardware, channels in instance.fleet.items()
        for name, channel in channels.items()
    ]
    return pd.DataFrame(rows, columns=["hardware", "channel", "kind", "max_nodes"])


def _table(title: str, frame: pd.DataFrame) -> str:
    body = frame.head(MOST_ROWS).to_html(index=False, na_rep="", float_format=lambda value: f"{value:,.4g}")
    more = f"<div>... {len(frame) - MOST_ROWS} more rows</div>" if len(frame) > MOST_ROWS else ""
    return f"<h4>{escape(title)}</h4>{body}{more}"
