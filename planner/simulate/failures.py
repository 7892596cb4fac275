"""Failures of units over time: when each is down, drawn from its nodes' failure rate and repair time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernels.queueing import node_unavailability

if TYPE_CHECKING:
    import numpy as np

    from planner.simulate.fifo import Window

HOURS_PER_YEAR = 8760.0

Interval = tuple[float, float]


def down_times(
    rng: np.random.Generator, nodes: int, failures_per_node_year: float, repair_hours: float, hours: float
) -> list[Interval]:
    """Hours from and until which a unit of `nodes` nodes is down, in order, not overlapping.

    Each node serves and is repaired for exponential times and starts in its long-run state; the unit is
    down while any of its nodes is.
    """
    if failures_per_node_year <= 0.0 or repair_hours <= 0.0:
        return []
    down: list[Interval] = []
    initially_down = float(node_unavailability(failures_per_node_year, repair_hours))
    for _ in range(nodes):
        moment = (
            0.0 if rng.random() < initially_down else rng.exponential(HOURS_PER_YEAR / failures_per_node_year)
        )
        while moment < hours:
            repaired = moment + rng.exponential(repair_hours)
            down.append((moment, repaired))
            moment = repaired + rng.exponential(HOURS_PER_YEAR / failures_per_node_year)
    return _union(sorted(down))


def _union(intervals: list[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for begin, end in intervals:
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return joined


def cut(windows: list[Window], down: list[Interval]) -> list[Window]:
    """Windows with the down times taken out; a window that a failure ends says so."""
    left: list[Window] = []
    for begin, end, fails in windows:
        start = begin
        for failed, repaired in down:
            if repaired <= start or failed >= end:
                continue
            if failed > start:
                left.append((start, failed, True))
            start = max(start, repaired)
        if start < end:
            left.append((start, end, fails))
    return left
