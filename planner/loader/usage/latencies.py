"""Latencies out of range queries of Prometheus: how many requests took no longer than a bound, over time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import MS_PER_SECOND
from planner.loader.demand.amounts import increases
from planner.loader.demand.metrics import latencies_of, lengths_of, measure_of
from planner.loader.demand.prometheus_answer import entries_of, is_range_query, metric_named
from planner.loader.demand.prometheus_series import number_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.loader.demand.head import Head

BOUND = "le"


@dataclass(frozen=True)
class LatencySeries:
    """Requests of a promise (`ttft_ms`, `tpot_ms`) that took no longer than a bound, which may be infinite.

    `requests` are those that ended between two samples, `seconds` since 1970 the later one of them, both of shape
    [sample - 1]. `of` tells replicas apart: all buckets of one have the same.
    """

    promise: str
    bound_ms: float
    of: str
    seconds: NDArray[np.float64]
    requests: NDArray[np.float64]


def tells_latencies(head: Head) -> bool:
    """Whether a file has buckets of latencies that promises are of."""
    return is_range_query(head) and any(_promise(head, entry) is not None for entry in entries_of(head))


def tells_demand_too(head: Head) -> bool:
    """Whether a file of latencies also has series that count demand."""
    named = [metric_named(head, _labels(entry)) for entry in entries_of(head)]
    return any(measure_of(name) is not None or lengths_of(name) is not None for name in named)


def read_latencies(head: Head) -> list[LatencySeries]:
    """The buckets of a file. Raises InstanceError with every fault of it."""
    found: list[LatencySeries] = []
    faults: list[Fault] = []
    for place, entry in enumerate(entries_of(head)):
        promise, labels = _promise(head, entry), _labels(entry)
        if promise is None:
            continue
        bound = _bound(labels.get(BOUND))
        samples = [_sample(one) for one in entry.get("values") or ()]
        if bound is None or any(one is None for one in samples):
            words = (
                "has no bound (le) of its bucket"
                if bound is None
                else "has samples that are no time and count"
            )
            faults.append(Fault(words, f"data.result.{place}", str(head.path)))
            continue
        seconds, values = np.array([one for one in samples if one is not None]).reshape(-1, 2).T
        others = sorted(f"{name}={value}" for name, value in labels.items() if name != BOUND)
        grown = increases(values) if len(values) > 1 else np.zeros(0)
        found.append(LatencySeries(promise, bound * MS_PER_SECOND, ",".join(others), seconds[1:], grown))
    unbounded = {(one.promise, one.of) for one in found if math.isinf(one.bound_ms)}
    if any((one.promise, one.of) not in unbounded for one in found):
        words = "has latencies without the bucket of all requests (le='+Inf'): query all of them"
        faults.append(Fault(words, file=str(head.path)))
    if faults:
        raise InstanceError(faults)
    return found


def _promise(head: Head, entry: Any) -> str | None:
    known = latencies_of(metric_named(head, _labels(entry)))
    return None if known is None else known.measure


def _labels(entry: Any) -> dict[str, Any]:
    labels = entry.get("metric") if isinstance(entry, dict) else None
    return labels if isinstance(labels, dict) else {}


def _bound(text: Any) -> float | None:
    return math.inf if str(text) in ("+Inf", "Inf", "inf") else number_of(text)


def _sample(one: Any) -> tuple[float, float] | None:
    pair = tuple(map(number_of, one)) if isinstance(one, list) and len(one) == 2 else (None, None)
    return None if pair[0] is None or pair[1] is None else (pair[0], pair[1])
