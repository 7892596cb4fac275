"""A plan's tables by name, as pandas frames: what CSV and Parquet write, one file each."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd

from planner.plan.tables import TABLES
from planner.study.assumptions import Assumption, assumptions
from planner.study.baselines import baselines
from planner.study.economics.investment import present_value
from planner.view.exports.text import csv_of

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan

BASELINE_COLUMNS = ("baseline", "cost", "saving", "npv", "internal_rates", "payback_years", "note")
INVESTMENT_COLUMNS = ("baseline", "from_year", "to_year", "received", "is_payment", "present_value")


def tables_of(plan: Plan, instance: Instance | None) -> dict[str, pd.DataFrame]:
    """Every table of a plan that has rows; assumptions and baselines of its instance where that is known."""
    tables = {name: frame for name in TABLES if len(frame := plan.frame(name))}
    if instance is not None:
        tables["assumptions"] = pd.DataFrame(assumptions(instance), columns=Assumption._fields)
        tables |= _against(plan, instance)
    return tables


def _against(plan: Plan, instance: Instance) -> dict[str, pd.DataFrame]:
    """Baselines, and by payment what the plan is worth instead of each: present values sum to its net present value."""
    rows, flows = [], []
    for one in baselines(plan, instance):
        judged = one.investment
        rates = "" if judged is None else " ".join(f"{rate:.10g}" for rate in judged.internal_rates)
        worth = (None, rates, None) if judged is None else (judged.npv, rates, judged.payback_years)
        rows.append((one.name, one.cost, one.saving, *worth, one.note))
        if judged is not None:
            for flow, paid in [*((f, True) for f in judged.flows), *((f, False) for f in judged.rest)]:
                value = present_value([flow], judged.rate_per_year)
                flows.append((one.name, flow.begin, flow.end, flow.usd, paid, value))
    tables = {"baselines": pd.DataFrame(rows, columns=list(BASELINE_COLUMNS))}
    if flows:
        tables["investments"] = pd.DataFrame(flows, columns=list(INVESTMENT_COLUMNS))
    return tables


def csv_files(plan: Plan, instance: Instance | None) -> dict[str, bytes]:
    """One CSV file a table."""
    return {f"{name}.csv": csv_of(frame).encode() for name, frame in tables_of(plan, instance).items()}


def parquet_files(plan: Plan, instance: Instance | None) -> dict[str, bytes]:
    """One Parquet file a table, by pyarrow."""
    files = {}
    for name, frame in tables_of(plan, instance).items():
        stream = io.BytesIO()
        frame.to_parquet(stream, index=False, engine="pyarrow")
        files[f"{name}.parquet"] = stream.getvalue()
    return files
