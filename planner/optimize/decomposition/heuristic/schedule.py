"""Units over time with a fixed fleet where starts cost, by dynamic programming.

Around a schedule every period gets candidates: the units of the periods beside it, and all of them with a
unit more, a unit less, or one exchanged for another of the same role. The cheapest path through them,
hire and starts together, is the next schedule; it is never dearer, and it ends when it stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.chains import chains_of
from planner.optimize.decomposition.tolerances import UNSERVED_SHARE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.optimize.decomposition.parameters import HeuristicParameters
    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.decomposition.problem.unit_moves import Moves

    Candidates = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class ScheduleCosts:
    """What a schedule is judged by.

    Nodes in use cost node_usd[hardware][profile, nodes] USD in a weighted hour, inf beyond supply; profile[period].
    """

    structure: Structure
    start_usd: NDArray[np.float64]
    profile: NDArray[np.int64]
    node_usd: tuple[NDArray[np.float64], ...]
    parameters: HeuristicParameters

    def run(self, periods: NDArray[np.int64]) -> ScheduleCosts:
        """The same for consecutive periods alone."""
        return replace(self, structure=self.structure.run(periods), profile=self.profile[periods])

    def running(self, on: NDArray[np.int64], periods: NDArray[np.int64]) -> NDArray[np.float64]:
        """USD of on[candidate, unit], each in a period of its own; infinite where demand is not met."""
        usd = np.zeros(len(on))
        structure = self.structure
        nodes = on @ structure.unit_nodes_by_hardware
        for hardware, table in enumerate(self.node_usd):
            at = np.minimum(nodes[:, hardware], table.shape[1] - 1)
            usd += table[self.profile[periods], at]
        usd *= structure.weighted_hours[periods]
        short = on @ structure.unit_rate_by_role < structure.demand[:, periods].T * (1 - UNSERVED_SHARE)
        usd[short.any(axis=1)] = np.inf
        return usd

    def moved(self, centres: NDArray[np.int64], period: int, moves: Moves) -> NDArray[np.float64]:
        """USD of each move from centres[centre, unit] in a period, starts left out, shape [centre, move]; infinite
        where demand is not met or there is no unit to lose.
        """
        structure = self.structure
        nodes = (centres @ structure.unit_nodes_by_hardware)[:, None] + moves.nodes
        usd = np.zeros(nodes.shape[:2])
        for hardware, table in enumerate(self.node_usd):
            line = table[self.profile[period]]
            usd += line[np.minimum(nodes[:, :, hardware], len(line) - 1)]
        usd *= structure.weighted_hours[period]
        rate = (centres @ structure.unit_rate_by_role)[:, None] + moves.rate
        usd[(rate < structure.demand[:, period] * (1 - UNSERVED_SHARE)).any(axis=2)] = np.inf
        usd[np.hstack([centres, np.ones((len(centres), 1), dtype=np.int64)])[:, moves.lost] < 1] = np.inf
        return usd

    def starts(self, before: NDArray[np.int64], after: NDArray[np.int64], period: int) -> NDArray[np.float64]:
        """USD of switching from before[i, unit] to after[j, unit] in a period, shape [i, j].

        With whole numbers max(0, a - b) = sum over levels k of (b < k)(k <= a), a product of two matrices.
        """
        price = self.start_usd * self.structure.weight[period]
        low = before.min(axis=0)
        levels = np.where(price > 0, np.maximum(after.max(axis=0) - low, 0), 0)
        unit = np.repeat(np.arange(len(price)), levels)
        level = low[unit] + 1 + np.arange(len(unit)) - np.repeat(np.cumsum(levels) - levels, levels)
        off = np.where(before[:, unit] < level, price[unit], 0.0)
        return np.asarray(off @ (after[:, unit] >= level).astype(np.float64).T)

    def cost(self, on: NDArray[np.int64]) -> float:
        """USD of a whole schedule on[unit, period], holding left out."""
        previous = self.structure.previous
        before = np.where(previous >= 0, on[:, previous], 0)
        starts = (np.maximum(on - before, 0) * self.start_usd[:, None] * self.structure.weight).sum()
        return float(starts) + float(self.running(on.T, np.arange(self.structure.periods)).sum())


def improved(
    stage: ScheduleCosts, on: NDArray[np.int64], moves: Moves, stop: Callable[[], bool]
) -> NDArray[np.int64]:
    """The best schedule that passes of dynamic programming find from on[unit, period], until none is
    better.
    """

    def passed(on: NDArray[np.int64]) -> NDArray[np.int64]:
        for chain, ring in chains_of(stage.structure):
            on = _passed(stage, on, moves, chain, ring)
        return on

    return _repeated(stage, on, passed, stop)


def improved_within(
    stage: ScheduleCosts,
    on: NDArray[np.int64],
    moves: Moves,
    held: tuple[bool, bool],
    stop: Callable[[], bool],
) -> NDArray[np.int64]:
    """The same over a stage that is one run of consecutive periods; its first and its last stay as they are where
    they are `held`.
    """
    order = list(range(stage.structure.periods))
    return _repeated(stage, on, lambda on: _passed(stage, on, moves, order, held=held), stop)


def _repeated(
    stage: ScheduleCosts,
    on: NDArray[np.int64],
    passed: Callable[[NDArray[np.int64]], NDArray[np.int64]],
    stop: Callable[[], bool],
) -> NDArray[np.int64]:
    """Pass after pass, as long as each is cheaper."""
    cost = stage.cost(on)
    while not stop():
        after = passed(on)
        now = stage.cost(after)
        if now >= cost - stage.parameters.least_gain:
            return on
        on, cost = after, now
    return on


def _passed(
    stage: ScheduleCosts,
    on: NDArray[np.int64],
    moves: Moves,
    order: list[int],
    ring: bool = False,
    held: tuple[bool, bool] = (False, False),
) -> NDArray[np.int64]:
    """One pass over periods in order.

    `ring`: the first follows the last, and stays as it is; `held`: the first does, the last does.
    """
    result = on.copy()
    candidates = [_candidates(stage, on, period, moves) for period in order]
    if ring or held[0]:
        candidates[0] = _as_it_is(stage, on, order[0])
    if held[1]:
        candidates[-1] = _as_it_is(stage, on, order[-1])
    for period, choice in zip(order, _cheapest_path(stage, order, candidates, ring), strict=True):
        result[:, period] = choice
    return result


def _as_it_is(stage: ScheduleCosts, on: NDArray[np.int64], period: int) -> Candidates:
    units = on[:, period][None]
    return units, stage.running(units, np.array([period]))


def _candidates(stage: ScheduleCosts, on: NDArray[np.int64], period: int, moves: Moves) -> Candidates:
    """Sets of units to consider in a period, the ones at present first, and their USD without starts."""
    periods = stage.structure.periods
    reach = stage.parameters.near_periods
    near = on[:, (period + np.arange(-reach, reach + 1)) % periods].T
    centres = np.array(list({units.tobytes(): units for units in near}.values()))
    usd = stage.moved(centres, period, moves)
    served = np.isfinite(usd[:, 0])  # the first move does nothing
    score = usd + _moved_starts(stage, on, period, centres, moves)
    best = np.argsort(score, axis=None, kind="stable")[: stage.parameters.candidates]
    centre, move = np.unravel_index(best[np.isfinite(score.ravel()[best])], score.shape)
    units, now = _as_it_is(stage, on, period)
    return (
        np.vstack([units, centres[served], centres[centre] + moves.step[move]]),
        np.concatenate([now, usd[served, 0], usd[centre, move]]),
    )


def _moved_starts(
    stage: ScheduleCosts, on: NDArray[np.int64], period: int, centres: NDArray[np.int64], moves: Moves
) -> NDArray[np.float64]:
    """USD of starts between the periods beside and each move from centres[centre, unit], shape [centre, move].

    A move changes one unit or two, and each adds what it adds by itself.
    """
    periods = stage.structure.periods
    following = (period + 1) % periods
    before, after = on[:, (period - 1) % periods], on[:, following]
    now, then = stage.start_usd * stage.structure.weight[[period, following]][:, None]

    def usd(units: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(now * np.maximum(units - before, 0) + then * np.maximum(after - units, 0))

    here, nothing = usd(centres), np.zeros((len(centres), 1))
    more = np.hstack([usd(centres + 1) - here, nothing])[:, moves.gained]
    less = np.hstack([usd(centres - 1) - here, nothing])[:, moves.lost]
    return np.asarray(here.sum(axis=1)[:, None] + more + less)


def _cheapest_path(
    stage: ScheduleCosts, order: list[int], candidates: list[Candidates], ring: bool
) -> list[NDArray[np.int64]]:
    units = [some for some, _ in candidates]
    nothing = np.zeros((1, units[0].shape[1]), dtype=np.int64)
    reach = candidates[0][1]
    if not ring:
        reach = reach + stage.starts(nothing, units[0], order[0])[0]
    back: list[NDArray[np.int64]] = []
    for at in range(1, len(order)):
        total = reach[:, None] + stage.starts(units[at - 1], units[at], order[at])
        back.append(total.argmin(axis=0))
        reach = total.min(axis=0) + candidates[at][1]
    if ring:
        reach = reach + stage.starts(units[-1], units[0], order[0])[:, 0]
    choice = int(reach.argmin())
    path = [units[-1][choice]]
    for at in range(len(order) - 1, 0, -1):
        choice = int(back[at - 1][choice])
        path.append(units[at - 1][choice])
    return path[::-1]
