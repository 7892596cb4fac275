"""Nodes in use and nodes down over time: range queries of Prometheus, or CSV.

Series of Prometheus are called `planner_nodes_used` and `planner_nodes_down`, by recording rules of one's own, and
have the label `hardware`; series of one hardware add up. A CSV file has the columns `time` (with its offset from UTC),
`hardware`, and `nodes_used`, `nodes_down`, or one of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from planner.core.csv_table import finite_number
from planner.core.errors import Fault, InstanceError, shortened
from planner.core.suggest import did_you_mean
from planner.loader.catalog.table import LineReader, parse_lines, read_table
from planner.loader.demand.prometheus_answer import entries_of, is_range_query
from planner.loader.usage.bill_line import DOWN, USED, NodeSample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.instance import Instance
    from planner.loader.catalog.table import Line
    from planner.loader.demand.head import Head

MEASURES = (USED, DOWN)
PREFIX = "planner_"


def tells_nodes(head: Head) -> bool:
    """Whether a file is of nodes, and not of demand."""
    if head.kind == "csv":
        return {"time", "hardware"} <= head.names and bool(head.names.intersection(MEASURES))
    return is_range_query(head) and any(_measure(entry) is not None for entry in entries_of(head))


def read_nodes(head: Head, instance: Instance) -> list[NodeSample]:
    """The samples of a file. Raises InstanceError with every fault of it."""
    if head.kind == "csv":
        table = read_table(head.path)
        found = parse_lines(table, lambda line: list(_of_line(line, instance)))
        return [sample for samples in found for sample in samples]
    faults: list[Fault] = []
    samples = [
        sample
        for place, entry in enumerate(entries_of(head))
        if _measure(entry) is not None
        for sample in _of_series(entry, f"data.result.{place}", head.path, instance, faults)
    ]
    if faults:
        raise InstanceError(faults)
    return samples


def _measure(entry: Any) -> str | None:
    """What a series tells of nodes; None for other series."""
    labels = entry.get("metric") if isinstance(entry, dict) else None
    name = labels.get("__name__") if isinstance(labels, dict) else None
    return next((one for one in MEASURES if name == f"{PREFIX}{one}"), None)


def _of_series(
    entry: dict[str, Any], path: str, file: Path, instance: Instance, faults: list[Fault]
) -> Iterator[NodeSample]:
    measure, labels = _measure(entry) or "", entry["metric"]
    hardware = labels.get("hardware")
    if hardware not in instance.fleet:
        message = f"the label hardware is '{shortened(str(hardware or ''))}'{_known(str(hardware), instance)}"
        faults.append(Fault(message, path, str(file)))
        return
    for one in entry.get("values") or ():
        pair = one if isinstance(one, list) and len(one) == 2 else (None, None)
        second, nodes = (finite_number(str(cell)) for cell in pair)
        if second is None or nodes is None or nodes < 0:
            faults.append(Fault(f"{shortened(str(one))} is no sample of a time and nodes", path, str(file)))
            return
        yield NodeSample(second, str(hardware), measure, nodes, f"{file}:{path}")


def _of_line(line: Line, instance: Instance) -> Iterator[NodeSample]:
    hardware, reader = line.cells["hardware"], LineReader()
    try:
        moment = datetime.fromisoformat(line.cells["time"])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        words = "is no date and time with its offset from UTC, such as 2026-01-31T00:00+00:00"
        reader.refuse(f"time: '{shortened(line.cells['time'])}' {words}")
    if hardware not in instance.fleet:
        reader.refuse(f"hardware: '{shortened(hardware)}'{_known(hardware, instance)}")
    told = {one: reader.number(line, one) for one in MEASURES if line.cells.get(one)}
    for measure, nodes in told.items():
        if nodes < 0:
            reader.refuse(f"{measure}: {nodes:g} is negative")
    reader.close()
    assert moment is not None
    for measure, nodes in told.items():
        yield NodeSample(moment.timestamp(), hardware, measure, nodes)


def _known(hardware: str, instance: Instance) -> str:
    return f", which the plan does not have{did_you_mean(hardware, instance.fleet)}"
