"""Windows of a schedule: some consecutive periods arranged otherwise, then improved together.

A long schedule is improved run by run. The runs of a round have no period in common that may change, so they are
searched side by side where there are worker processes, with the same result.
"""

from __future__ import annotations

from concurrent.futures import wait
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.core.executors.local import WorkerLost
from planner.optimize.decomposition.bound.chains import chains_of
from planner.optimize.decomposition.heuristic.schedule import improved_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from planner.core.executors.protocol import Executor
    from planner.optimize.decomposition.heuristic.schedule import ScheduleCosts
    from planner.optimize.decomposition.parameters import HeuristicParameters
    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.decomposition.problem.unit_moves import Moves


@dataclass(frozen=True, eq=False)
class Run:
    """One stretch of time: its stage, units on[unit, period], the same as other fleets would have them, the moves
    to try, and whether its first and last period must stay as they are; so many windows of it are rearranged.
    """

    stage: ScheduleCosts
    on: NDArray[np.int64]
    others: tuple[NDArray[np.int64], ...]
    moves: Moves
    held: tuple[bool, bool]
    seed: int = 0
    tries: int = 0

    def over(self, periods: NDArray[np.int64], held: tuple[bool, bool]) -> Run:
        """The same for consecutive periods alone."""
        others = tuple(other[:, periods] for other in self.others)
        return replace(self, stage=self.stage.run(periods), on=self.on[:, periods], others=others, held=held)

    def part(self, first: int, last: int) -> Run:
        """Periods from `first` to `last`, both included."""
        end = self.on.shape[1] - 1
        held = (self.held[0] or first > 0, self.held[1] or last < end)
        return self.over(np.arange(first, last + 1), held)


def window_of(
    count: int, random: np.random.Generator, parameters: HeuristicParameters
) -> tuple[int, int] | None:
    """First period and length of a window in a stretch of `count` periods, None where that is too short."""
    length = min(count, int(random.integers(parameters.shortest_window, parameters.longest_window + 1)))
    return None if length <= 2 else (int(random.integers(count - length + 1)), length)


def rearranged(
    window: Run, random: np.random.Generator, stop: Callable[[], bool]
) -> NDArray[np.int64] | None:
    """Some periods of a window as another fleet has them, then all improved together; None where that is dearer."""
    length = window.on.shape[1]
    begin = int(random.integers(1, length - 1))
    inside = slice(begin, begin + int(random.integers(1, length - begin)))
    on = window.on.copy()
    on[:, inside] = window.others[int(random.integers(len(window.others)))][:, inside]
    on = improved_within(window.stage, on, window.moves, window.held, stop)
    return (
        on
        if window.stage.cost(on) < window.stage.cost(window.on) - window.stage.parameters.least_gain
        else None
    )


def improved_run(run: Run) -> NDArray[np.int64]:
    """Units of a run improved together, then window by window. A function of its argument alone."""
    on = improved_within(run.stage, run.on, run.moves, run.held, _never)
    random = np.random.default_rng(run.seed)
    for _ in range(run.tries):
        window = window_of(on.shape[1], random, run.stage.parameters)
        if window is not None and run.others:
            first, length = window
            part = replace(run, on=on).part(first, first + length - 1)
            found = rearranged(part, random, _never)
            if found is not None:
                on[:, first : first + length] = found
    return on


def _never() -> bool:
    return False


def runs_of(
    structure: Structure, turn: int, run: int
) -> Iterator[tuple[NDArray[np.int64], tuple[bool, bool]]]:
    """Runs of `run` periods that cover all of them and share at most their ends, which are held.

    Every other turn they are moved by half their length.
    """
    for chain, ring in chains_of(structure):
        order, count = np.array(chain), len(chain)
        offset = min(run, count) // 2 if turn % 2 else 0
        if ring:
            edges = [*range(offset, count, run), offset + count]
        else:
            edges = [0, *range(offset or run, count - 1, run), count - 1]
        for first, last in pairwise(edges):
            held = (ring or first > 0, ring or last < count - 1)
            yield order[np.arange(first, last + 1) % count], held


def improved_by_runs(
    whole: Run, turn: int, stop: Callable[[], bool], executor: Executor | None = None
) -> NDArray[np.int64]:
    """One round over the runs of a whole schedule; never dearer, and the same on any number of processes."""
    on = whole.on.copy()
    places: list[NDArray[np.int64]] = []
    runs: list[Run] = []
    for periods, held in runs_of(whole.stage.structure, turn, whole.stage.parameters.run_periods):
        seed = whole.seed + turn * len(on[0]) + len(runs)
        places.append(periods)
        runs.append(replace(whole.over(periods, held), seed=seed))
    for place, units in _searched(runs, stop, executor, whole.stage.parameters.poll_seconds):
        on[:, places[place]] = units
    return on


def _searched(
    runs: list[Run], stop: Callable[[], bool], executor: Executor | None, poll_seconds: float
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Runs improved, as they come, until it is time to stop."""
    if executor is None:
        for place, run in enumerate(runs):
            if stop():
                return
            yield place, improved_run(run)
        return
    futures = {executor.submit(improved_run, run): place for place, run in enumerate(runs)}
    left = set(futures)
    try:
        while left and not stop():
            done, left = wait(left, poll_seconds, "FIRST_COMPLETED")
            for future in done:
                with suppress(WorkerLost):  # its run stays as it was
                    yield futures[future], future.result()
    finally:
        for future in left:
            future.cancel()
