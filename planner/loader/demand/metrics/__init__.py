"""Counters that servers and gateways expose to Prometheus, one tool a file of this folder; each is found by its file.

A file has `TOOL`, the name that people know it by, and `COUNTERS`: for each measure (`requests`, `input_tokens`,
`cached_tokens`, `output_tokens`) the metrics that count it, the best one first; and `LENGTHS`, for prompts
(`input_tokens`) and answers (`output_tokens`) the buckets of the histogram of their lengths, where it has one.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast


class Metrics(Protocol):
    """What a file of this folder holds."""

    TOOL: str
    COUNTERS: dict[str, tuple[str, ...]]
    LENGTHS: dict[str, str]


def tools() -> dict[str, Metrics]:
    """Every tool by the name of its file, sorted."""
    names = sorted(found.name for found in iter_modules(__path__))
    return {name: cast("Metrics", import_module(f"{__name__}.{name}")) for name in names}


def measure_of(metric: str) -> tuple[str, str, int] | None:
    """Tool, measure and rank among the counters of that measure; None for a metric that is not known.

    Prometheus joins the `:` and `_` of a name as it likes to, and may leave out `_total`.
    """
    for tool in tools().values():
        for measure, names in tool.COUNTERS.items():
            for rank, name in enumerate(names):
                if _plain(metric) == _plain(name):
                    return tool.TOOL, measure, rank
    return None


def lengths_of(metric: str) -> str | None:
    """The measure whose lengths a metric counts in buckets; None where it is none that is known."""
    for tool in tools().values():
        for measure, name in tool.LENGTHS.items():
            if _plain(metric) == _plain(name):
                return measure
    return None


def _plain(name: str) -> str:
    return name.replace(":", "_").removesuffix("_total").lower()
