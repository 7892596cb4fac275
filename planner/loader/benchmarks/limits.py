"""Limits on latencies at a statistic, and which of the statistics of a sweep answers for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.csv_table import finite_number
from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean
from planner.instance.workload import KEEP_TPOT
from planner.loader.benchmarks.point import STATISTICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.instance import Workload
    from planner.loader.benchmarks.point import BenchmarkPoint

METRICS = {"ttft": "time to first token", "tpot": "time per output token"}
_OF_QUANTILE = {0.5: "p50", 0.9: "p90", 0.95: "p95", 0.99: "p99", 0.999: "p999"}


@dataclass(frozen=True)
class LatencyLimit:
    """Upper limit in ms on a statistic of `ttft` or `tpot`.

    `else_mean`: whether the mean answers where no percentile is given, though it is looser.
    """

    metric: str
    statistic: str
    most_ms: float
    else_mean: bool = False

    def __str__(self) -> str:
        return f"{self.metric.upper()} {self.statistic} <= {self.most_ms:g} ms"


def limit_of(metric: str, text: str) -> LatencyLimit:
    """A limit as it is written on a command line: `p95=2000`, or `50`, which is of the mean. Raises InstanceError."""
    statistic, value = text.split("=", 1) if "=" in text else ("mean", text)
    number = finite_number(value.strip())
    where = f"--{metric}-ms"
    if statistic not in STATISTICS:
        message = f"'{statistic}' is no statistic{did_you_mean(statistic, STATISTICS)}"
        raise InstanceError([Fault(message, where)])
    if number is None or number <= 0.0:
        raise InstanceError([Fault(f"'{value}' is no number of milliseconds above 0", where)])
    return LatencyLimit(metric, statistic, number)


def limits_of(workload: Workload) -> list[LatencyLimit]:
    """What a workload promises: its time per output token, as units are planned for it, is that of the mean request, or
    with `queueing` that which the share `KEEP_TPOT` of requests keep.
    """
    first, each = workload.sla.ttft_ms, workload.sla.tpot_ms
    promised = first.limits() if first is not None else {}
    found = [LatencyLimit("ttft", _OF_QUANTILE[quantile], most) for quantile, most in promised.items()]
    if each is None:
        return found
    slowest = workload.queueing is not None
    statistic = _OF_QUANTILE[KEEP_TPOT] if slowest else "mean"
    return [*found, LatencyLimit("tpot", statistic, each, else_mean=slowest)]


def answering(limit: LatencyLimit, points: Sequence[BenchmarkPoint]) -> str | None:
    """The statistic that every point has and that is no looser than the one limited; None where there is none.

    A mean answers for itself, and where the limit says so for percentiles that nobody gives; of these a higher one may.
    """
    higher = () if limit.statistic == "mean" else STATISTICS[STATISTICS.index(limit.statistic) :]
    names = [*higher, *(["mean"] if limit.statistic == "mean" or limit.else_mean else [])]
    given = [point.ttft_ms if limit.metric == "ttft" else point.tpot_ms for point in points]
    return next((name for name in names if all(name in one for one in given)), None)
