"""Formats of benchmark results, one a file of this folder; each is found by its file.

A file has `TITLE`, the name that people know the format by; `recognises(record)`, whether a record is of it; and
`points(record)`, the points in it. Figures are taken by `Record`, which notes what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from planner.core.shipped_modules import modules_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.loader.benchmarks.point import BenchmarkPoint
    from planner.loader.benchmarks.record import Record


class BenchmarkFormat(Protocol):
    """What a file of this folder holds."""

    TITLE: str

    def recognises(self, record: Record) -> bool:
        """Whether a record is of this format; no two formats recognise one record."""

    def points(self, record: Record) -> Iterable[BenchmarkPoint]:
        """The points of a record, faults noted in it."""


def formats() -> dict[str, BenchmarkFormat]:
    """Every format by the name of its file, sorted."""
    return {name: cast("BenchmarkFormat", module) for name, module in modules_of(__name__).items()}
