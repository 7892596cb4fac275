"""A plan's tables by name, as pandas frames: what CSV and Parquet write, one file each."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd

from planner.plan.tables import TABLES
from planner.study.assumptions import Assumption, assumptions
from planner.view.exports.text import csv_of

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan


def tables_of(plan: Plan, instance: Instance | None) -> dict[str, pd.DataFrame]:
    """Every table of a plan that has rows, and the assumptions of its instance where that is known."""
    tables = {name: frame for name in TABLES if len(frame := plan.frame(name))}
    if instance is not None:
        tables["assumptions"] = pd.DataFrame(assumptions(instance), columns=Assumption._fields)
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
