"""Files of what happened, told apart by what is in them: bills, nodes over time, and demand for its own reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.loader.demand.files_by_workload import workload_of
from planner.loader.demand.head import head_of
from planner.loader.usage.focus_bill import RECOGNISED, Bill, read_bills
from planner.loader.usage.latencies import LatencySeries, read_latencies, tells_demand_too, tells_latencies
from planner.loader.usage.node_samples import read_nodes, tells_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.instance import Instance
    from planner.loader.usage.bill_line import NodeSample
    from planner.loader.usage.channel_rules import ChannelRule

OPTION = "--usage"


@dataclass(frozen=True)
class Usage:
    """What the files tell: bills, samples of nodes, files of demand, unread, and latencies, both by workload."""

    bill: Bill
    samples: tuple[NodeSample, ...]
    demand: dict[str, list[Path]]
    latencies: dict[str, list[LatencySeries]]


def read_usage(files: Sequence[tuple[Path, str]], instance: Instance, rules: Sequence[ChannelRule]) -> Usage:
    """Read bills and samples of nodes; files of demand are only told apart. Raises InstanceError with all faults."""
    bills: list[Path] = []
    samples: list[NodeSample] = []
    demand: dict[str, list[Path]] = {}
    latencies: dict[str, list[LatencySeries]] = {}
    faults: list[Fault] = []
    for path, name in files:
        try:
            head = head_of(path)
            if head.kind == "csv" and head.names >= RECOGNISED:
                bills.append(path)
            elif tells_nodes(head):
                samples += read_nodes(head, instance)
            else:
                workload = workload_of(path, name, instance, OPTION)
                slow = tells_latencies(head)
                if slow:
                    latencies.setdefault(workload, []).extend(read_latencies(head))
                if not slow or tells_demand_too(head):
                    demand.setdefault(workload, []).append(path)
        except InstanceError as error:
            faults += error.faults
    bill = Bill()
    try:
        bill = read_bills(bills, instance, rules)
    except InstanceError as error:
        faults += error.faults
    if not faults and not bill.lines:
        faults.append(_no_bill(bills, bill))
    if faults:
        raise InstanceError(faults)
    return Usage(bill, tuple(samples), demand, latencies)


def _no_bill(bills: Sequence[Path], bill: Bill) -> Fault:
    if not bills:
        words = (
            "no file is a bill (CSV of FOCUS: ChargePeriodStart, EffectiveCost ...): cost is in bills alone"
        )
        return Fault(words, OPTION)
    services = ", ".join(list(bill.others)[:8])
    words = f"no line of the bills is of a channel of the plan; they are of {services}: name its lines"
    return Fault(f"{words}, --channel h100.rent=SkuId:p5.48xlarge", OPTION)
