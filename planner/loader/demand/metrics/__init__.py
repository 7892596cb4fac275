"""Counters that servers and gateways expose to Prometheus, one tool a file of this folder; each is found by its file.

A file has `TOOL`, the name that people know it by, and `COUNTERS`: for each measure (`requests`, `input_tokens`,
`cached_tokens`, `output_tokens`) the metrics that count it, the best one first; and, where it has histograms of
lengths, `LENGTHS`: for prompts (`input_tokens`) and answers (`output_tokens`) their buckets, the best one first. Of
latencies `LATENCIES` has the buckets, in seconds, of what promises are of: `ttft_ms`, and `tpot_ms` where it is each
request's mean over its tokens after the first.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, cast

from planner.core.shipped_modules import modules_of

_OF_RAY = "ray_"


class Metrics(Protocol):
    """What a file of this folder holds."""

    TOOL: str
    COUNTERS: dict[str, tuple[str, ...]]


class KnownMetric(NamedTuple):
    """Tool, measure and rank among the metrics of that measure of a metric that is known."""

    tool: str
    measure: str
    rank: int


def tools() -> dict[str, Metrics]:
    """Every tool by the name of its file, sorted."""
    return {name: cast("Metrics", module) for name, module in modules_of(__name__).items()}


def buckets_of(tool: Metrics) -> dict[str, tuple[str, ...]]:
    """Its `LENGTHS`; empty where it has none."""
    return getattr(tool, "LENGTHS", {})


def latencies_of(metric: str) -> KnownMetric | None:
    """The promise (`ttft_ms`, `tpot_ms`) whose latency a metric counts in buckets; None where it is none known."""
    return _known(metric, {tool.TOOL: getattr(tool, "LATENCIES", {}) for tool in tools().values()})


def measure_of(metric: str) -> KnownMetric | None:
    """What a metric counts; None for one that is not known.

    Prometheus joins the `:` and `_` of a name as it likes to, and may leave out `_total`.
    """
    return _known(metric, {tool.TOOL: tool.COUNTERS for tool in tools().values()})


def lengths_of(metric: str) -> KnownMetric | None:
    """The measure whose lengths a metric counts in buckets; None where it is none that is known."""
    return _known(metric, {tool.TOOL: buckets_of(tool) for tool in tools().values()})


def _known(metric: str, by_tool: dict[str, dict[str, tuple[str, ...]]]) -> KnownMetric | None:
    meant = _plain(metric)
    return next(
        (
            KnownMetric(tool, measure, rank)
            for tool, measures in by_tool.items()
            for measure, names in measures.items()
            for rank, name in enumerate(names)
            if _plain(name) == meant
        ),
        None,
    )


def _plain(name: str) -> str:
    return name.replace(":", "_").removeprefix(_OF_RAY).removesuffix("_total").lower()
