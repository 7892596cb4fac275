"""Quotas: what a plan holds of each channel at its peak, as flavors of one Kueue queue."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.rates.nodes import node_of
from planner.view.exports.kubernetes.calendar import ROW
from planner.view.exports.kubernetes.devices import resource_of
from planner.view.exports.kubernetes.dns_names import dns_labels
from planner.view.exports.kubernetes.workloads import HARDWARE, QUEUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan

API = "kueue.x-k8s.io/v1beta2"
CHANNEL = "planner/channel"


def queues(
    plan: Plan,
    instance: Instance,
    span: range,
    vendors: Mapping[str, str],
    hardware_labels: Mapping[str, str],
) -> list[dict[str, Any]]:
    """A flavor for each channel that holds nodes within a span of periods, a cluster queue with its peak of GPUs as
    quota, and the local queue that units name.

    Nodes of a pool carry the labels of their flavor. The quota of a flavor is the most that is held at once.
    """
    peaks = _peaks(plan, span)
    labels = dns_labels(f"{hardware}.{channel}" for hardware, channel in peaks)
    objects: list[dict[str, Any]] = []
    quotas: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (hardware, channel), (nodes, rows) in peaks.items():
        name = labels[f"{hardware}.{channel}"]
        held = f"holdings[{spans(rows)}]"
        objects.append(
            _object("ResourceFlavor", name, {ROW: held})
            | {"spec": {"nodeLabels": {HARDWARE: hardware_labels[hardware], CHANNEL: name}}}
        )
        resource = resource_of(vendors.get(hardware, ""))
        gpus = round(nodes * node_of(instance, hardware).gpus)
        quotas[resource].append({"name": name, "resources": [{"name": resource, "nominalQuota": gpus}]})
    groups = [{"coveredResources": [resource], "flavors": flavors} for resource, flavors in quotas.items()]
    cluster = _object("ClusterQueue", QUEUE, {ROW: "holdings"})
    local = _object("LocalQueue", QUEUE, {ROW: "holdings"}) | {"spec": {"clusterQueue": QUEUE}}
    everything = cluster | {"spec": {"namespaceSelector": {}, "resourceGroups": groups}}
    return [*objects, everything, local] if peaks else []


def spans(rows: list[int]) -> str:
    """Ascending numbers with runs of them as their ends: `0-3,7`."""
    cuts = [place for place in range(1, len(rows)) if rows[place] != rows[place - 1] + 1]
    runs = [rows[first:last] for first, last in pairwise([0, *cuts, len(rows)])]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _object(kind: str, name: str, annotations: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name, "annotations": annotations}}


def _peaks(plan: Plan, span: range) -> dict[tuple[str, str], tuple[float, list[int]]]:
    """Most nodes held at once by hardware and channel within a span of periods, and the rows that hold them."""
    held: dict[tuple[str, str], np.ndarray[Any, np.dtype[np.float64]]] = {}
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, holding in enumerate(plan.holdings):
        first, last = max(holding.first, span.start), min(holding.last, span.stop - 1)
        if first > last:
            continue
        key = (holding.hardware, holding.channel)
        by_period = held.setdefault(key, np.zeros(len(span)))
        by_period[first - span.start : last + 1 - span.start] += holding.nodes
        rows[key].append(row)
    return {key: (float(by_period.max()), rows[key]) for key, by_period in held.items()}
