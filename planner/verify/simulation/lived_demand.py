"""Demand that came, from a CSV file: the series that it names take the place of those of the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.csv_table import finite_number, read_csv_table
from planner.core.errors import Fault, InstanceError
from planner.instance.workload import TOKEN_SERIES

if TYPE_CHECKING:
    from pathlib import Path

    from planner.instance import Instance

SERIES = (*TOKEN_SERIES, "requests_per_s")


def read_demand(planned: Instance, path: Path) -> Instance:
    """The instance with the demand of a file: one row a period of its horizon, a column a series.

    Columns are called as the series of `demand` are, where there are several workloads `WORKLOAD.series`; others are
    left alone. Raises InstanceError with every fault found.
    """
    table = read_csv_table(path)
    names = tuple(planned.workloads)
    known = {f"{name}.{one}": (name, one) for name in names for one in SERIES}
    if len(names) == 1:
        known |= {one: (names[0], one) for one in SERIES}
    columns = {column: known[column] for column in table.header if column in known}
    if not columns:
        expected = ", ".join(list(known)[:4])
        raise InstanceError([Fault(f"names no series of a workload, such as {expected}", file=str(path))])
    if len(table.rows) != planned.horizon.periods:
        message = f"has {len(table.rows)} rows; the horizon has {planned.horizon.periods} periods"
        raise InstanceError([Fault(message, file=str(path))])
    faults, series = [], {}
    for column, (workload, name) in columns.items():
        place = table.header.index(column)
        values = []
        for row in table.rows:
            value = finite_number(row.cells[place])
            if value is None or value < 0.0:
                faults.append(table.fault(f"holds '{row.cells[place]}': expected a number >= 0", row, column))
            values.append(value)
        series[f"workloads.{workload}.demand.{name}"] = values
    if faults:
        raise InstanceError(faults)
    scales = {f"workloads.{name}.demand.scale": 1.0 for name, _ in columns.values()}
    kept = {
        f"workloads.{name}.demand.{one}": _scaled(planned, name, one)
        for name, _ in columns.values()
        for one in SERIES
        if getattr(planned.workloads[name].demand, one) is not None
    }
    return planned.override({**kept, **series, **scales})


def _scaled(planned: Instance, workload: str, name: str) -> float | list[float]:
    """A series that the file says nothing of, its scale in it."""
    demand = planned.workloads[workload].demand
    value = getattr(demand, name)
    return value * demand.scale if isinstance(value, float | int) else [one * demand.scale for one in value]
