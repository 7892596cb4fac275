"""What happened by channel and period: nodes held, in use and down, what they cost, and the work that they did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.loader.usage.bill_line import DOWN, USED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.loader.usage.bill_line import BillLine, NodeSample
    from planner.study.tracking.grid import PlanGrid
    from planner.study.tracking.planned import PlannedCourse

    Key = tuple[str, str]
    Series = NDArray[np.float64]
    Watched = dict[tuple[str, str], Series]


@dataclass(frozen=True)
class NodesInUse:
    """Nodes of a hardware in use and down, shape [period], beside what the plan says is in use, counted alike.

    Bills count what is hired as in use, monitoring what units run on. `is_told`: whether any file tells the use.
    """

    used: Series
    planned: Series
    down: Series
    is_told: bool


@dataclass(frozen=True)
class Outturn:
    """What happened in the periods `covered`, shape [period]: nodes and their cost by (hardware, channel), shape
    [period], their use by hardware, and what else bills say was paid, by line of the cost."""

    covered: NDArray[np.bool_]
    nodes: dict[Key, Series]
    cost: dict[Key, Series]
    use: dict[str, NodesInUse]
    terms: dict[str, float]
    notes: tuple[str, ...]


def outturn_of(
    grid: PlanGrid, planned: PlannedCourse, lines: Sequence[BillLine], samples: Sequence[NodeSample]
) -> Outturn:
    """What lines of bills and samples of nodes tell. Raises InstanceError where they are of another time."""
    covered = _covered(grid, [line for line in lines if line.node_hours > 0])
    by_key: dict[Key, list[BillLine]] = {key: [] for key in planned.nodes}
    by_term: dict[str, list[BillLine]] = {}
    for line in lines:
        if line.term:
            by_term.setdefault(line.term, []).append(line)
        else:
            by_key[line.hardware, line.channel].append(line)
    nodes = {
        key: _spread(grid, mine, lambda one: one.node_hours) / grid.hours for key, mine in by_key.items()
    }
    watched, notes = _watched(grid, samples, covered)
    empty = int((covered & (np.sum(list(nodes.values()), axis=0) <= 0)).sum())
    if empty:
        notes.append(f"bills have no line of nodes in {empty} periods: nothing was held there")
    hardware = dict.fromkeys(key[0] for key in by_key)
    return Outturn(
        covered=covered,
        nodes=nodes,
        cost={key: _spread(grid, mine, lambda one: one.cost) for key, mine in by_key.items()},
        use={name: _in_use(grid, planned, name, by_key, watched) for name in hardware},
        terms={
            term: float(_spread(grid, mine, lambda one: one.cost)[covered].sum())
            for term, mine in by_term.items()
        },
        notes=tuple(notes),
    )


def _covered(grid: PlanGrid, lines: Sequence[BillLine]) -> NDArray[np.bool_]:
    if not lines:
        raise InstanceError(
            [Fault("no line of the bills counts node-hours of a channel of the plan", "--usage")]
        )
    spans = [(line.begin_s, line.end_s) for line in lines]
    covered = grid.covered(spans)
    if not covered.any():
        begin, end = (
            np.datetime64(round(edge), "s") for edge in (min(spans)[0], max(end for _, end in spans))
        )
        first = np.datetime64(round(grid.begin_s), "s")
        last = np.datetime64(round(grid.begin_s + grid.periods * grid.period_s), "s")
        words = (
            f"bills are of {begin}Z to {end}Z, the plan of {first}Z to {last}Z: no period of it lies within"
        )
        raise InstanceError([Fault(words, "--usage")])
    return covered


def _spread(grid: PlanGrid, lines: Sequence[BillLine], amount: Callable[[BillLine], float]) -> Series:
    begins, ends, amounts = (
        np.array([value(line) for line in lines], dtype=np.float64)
        for value in (lambda one: one.begin_s, lambda one: one.end_s, amount)
    )
    return grid.spread(begins, ends, amounts)


def _in_use(
    grid: PlanGrid,
    planned: PlannedCourse,
    hardware: str,
    by_key: dict[Key, list[BillLine]],
    watched: Watched,
) -> NodesInUse:
    """Use of a hardware: by monitoring where there is any, else by the bills."""
    zeros = np.zeros(grid.periods)
    down = watched.get((hardware, DOWN), zeros)
    running = planned.running.get(hardware, zeros)
    if (hardware, USED) in watched:
        return NodesInUse(watched[hardware, USED], running, down, is_told=True)
    mine = [
        line for key, lines in by_key.items() if key[0] == hardware for line in lines if line.node_hours > 0
    ]
    used = _spread(grid, [line for line in mine if line.in_use], lambda one: one.node_hours) / grid.hours
    billed = np.sum([use for key, use in planned.billed_use.items() if key[0] == hardware], axis=0)
    told = all(line.in_use is not None for line in mine)
    return NodesInUse(np.maximum(used - down, 0.0), np.asarray(billed), down, told)


def _watched(
    grid: PlanGrid, samples: Sequence[NodeSample], covered: NDArray[np.bool_]
) -> tuple[Watched, list[str]]:
    """Nodes by (hardware, measure): means of each series over each period, the sum of series; and what is to be said.

    A measure that lacks samples in some period of those covered is left out.
    """
    of_series: dict[tuple[str, str, str], list[NodeSample]] = {}
    for sample in samples:
        of_series.setdefault((sample.hardware, sample.measure, sample.series), []).append(sample)
    watched: Watched = {}
    for (hardware, measure, _), mine in of_series.items():
        place = np.floor((np.array([one.second for one in mine]) - grid.begin_s) / grid.period_s).astype(
            np.int64
        )
        inside = (place >= 0) & (place < grid.periods)
        values = np.array([one.nodes for one in mine])
        sums, counts = (
            np.bincount(place[inside], weights=weights[inside], minlength=grid.periods)
            for weights in (values, np.ones(len(values)))
        )
        mean = np.divide(sums, counts, out=np.full(grid.periods, np.nan), where=counts > 0)
        before = watched.get((hardware, measure), np.full(grid.periods, np.nan))
        watched[hardware, measure] = np.where(np.isnan(before), mean, before + np.nan_to_num(mean))
    notes = []
    for key in [key for key, series in watched.items() if np.isnan(series[covered]).any()]:
        lacking = int(np.isnan(watched.pop(key)[covered]).sum())
        notes.append(f"{key[1]} of {key[0]} left out: no sample in {lacking} of the periods compared")
    return {key: np.nan_to_num(series) for key, series in watched.items()}, notes
