"""Failures of units over time: when each is down, drawn from its nodes' failure rate and repair time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from kernels.queueing import node_unavailability
from planner.core.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    import numpy as np

    from planner.verify.simulation.fifo import Window


Interval = tuple[float, float]


@dataclass(frozen=True)
class Failing:
    """How nodes of a unit fail: times a year, hours in repair, hours until a spare is in (None: never)."""

    per_node_year: float
    repair_hours: float
    swap_hours: float | None = None


def down_times(
    rng: np.random.Generator, copies: int, nodes: int, failing: Failing, hours: float
) -> list[list[Interval]]:
    """Hours from and until which each of `copies` units of `nodes` nodes is down, in order, not overlapping.

    Each node serves and is repaired for exponential times and starts in its long-run state. A unit is down
    while any of its nodes is; where spare nodes are swapped in, it is down for the swap, and the nodes in
    repair are missing from the last copies, as many whole units as they make up.
    """
    repairs = [[_node(rng, failing, hours) for _ in range(nodes)] for _ in range(copies)]
    broken = [sorted(interval for node in copy for interval in node) for copy in repairs]
    if failing.swap_hours is None:
        return [union(copy) for copy in broken]
    swap = failing.swap_hours
    restarts = [[(a, min(b, a + swap)) for a, b in copy if a > 0.0] for copy in broken]
    missing = _missing([interval for copy in broken for interval in copy], copies, nodes)
    return [union(sorted(own + gone)) for own, gone in zip(restarts, missing, strict=True)]


def _node(rng: np.random.Generator, failing: Failing, hours: float) -> list[Interval]:
    """Repairs of one node."""
    if failing.per_node_year <= 0.0 or failing.repair_hours <= 0.0:
        return []
    serving = HOURS_PER_YEAR / failing.per_node_year
    initially_down = rng.random() < _share_down(failing.per_node_year, failing.repair_hours)
    moment = 0.0 if initially_down else float(rng.exponential(serving))
    repairs = []
    while moment < hours:
        repaired = moment + float(rng.exponential(failing.repair_hours))
        repairs.append((moment, repaired))
        moment = repaired + float(rng.exponential(serving))
    return repairs


@lru_cache(maxsize=64)
def _share_down(failures_per_node_year: float, repair_hours: float) -> float:
    """Long-run share of time a node is down: asked for every node of every draw."""
    return float(node_unavailability(failures_per_node_year, repair_hours))


def _missing(repairs: list[Interval], copies: int, nodes: int) -> list[list[Interval]]:
    """When the nodes in repair leave too few for each copy: the last copy goes with the first of them."""
    steps = sorted([(begin, 1) for begin, _ in repairs] + [(end, -1) for _, end in repairs])
    gone: list[list[Interval]] = [[] for _ in range(copies)]
    since = [0.0] * copies
    in_repair = 0
    for moment, step in steps:
        short_before, in_repair = -(-in_repair // nodes), in_repair + step
        short = -(-in_repair // nodes)
        if short > short_before and short <= copies:
            since[copies - short] = moment
        elif short < short_before <= copies:
            gone[copies - short_before].append((since[copies - short_before], moment))
    return gone


def union(intervals: list[Interval]) -> list[Interval]:
    """Intervals in order, those that touch joined."""
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
