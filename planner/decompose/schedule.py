"""Schedule: units over time with a fixed fleet where starts cost, by dynamic programming.

Around a schedule every period gets candidates: the units of the periods beside it, and all of them with a
unit more, a unit less, or one exchanged for another of the same role. The cheapest path through them,
hire and starts together, is the next schedule; it is never dearer, and it ends when it stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.decompose.chains import chains_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.decompose.structure import Structure

REACH = 3
KEPT = 90
SAME = 1e-9
LEAST_GAIN = 1e-6


@dataclass(frozen=True, eq=False)
class Stage:
    """What a schedule is judged by.

    node_usd[hardware][profile, nodes] USD of nodes in use in a weighted hour, inf beyond supply; profile[period].
    """

    structure: Structure
    start_usd: NDArray[np.float64]
    profile: NDArray[np.int64]
    node_usd: tuple[NDArray[np.float64], ...]

    def run(self, periods: NDArray[np.int64]) -> Stage:
        """The same for consecutive periods alone."""
        return replace(self, structure=self.structure.run(periods), profile=self.profile[periods])

    def running(self, on: NDArray[np.int64], periods: NDArray[np.int64]) -> NDArray[np.float64]:
        """USD of on[candidate, unit], each in a period of its own; infinite where demand is not met."""
        usd = np.zeros(len(on))
        structure = self.structure
        for hardware, table in enumerate(self.node_usd):
            nodes = on @ np.where(structure.unit_hardware == hardware, structure.unit_nodes, 0)
            usd += table[self.profile[periods], np.minimum(nodes, table.shape[1] - 1)]
        usd *= structure.weighted_hours[periods]
        for role in (0, 1):
            rate = np.where(structure.unit_role == role, structure.unit_rate, 0.0)
            usd[on @ rate < structure.demand[role, periods] * (1 - SAME)] = np.inf
        return usd

    def starts(self, before: NDArray[np.int64], after: NDArray[np.int64], period: int) -> NDArray[np.float64]:
        """USD of switching from before[i, unit] to after[j, unit] in a period, shape [i, j]."""
        usd = np.zeros((len(before), len(after)))
        price = self.start_usd * self.structure.weight[period]
        for unit in np.flatnonzero(price * np.maximum(np.ptp(before, axis=0), after.max(axis=0, initial=0))):
            step = after[None, :, unit] - before[:, None, unit]
            usd += price[unit] * np.maximum(step, 0)
        return usd

    def cost(self, on: NDArray[np.int64]) -> float:
        """USD of a whole schedule on[unit, period], holding left out."""
        previous = self.structure.previous
        before = np.where(previous >= 0, on[:, previous], 0)
        starts = (np.maximum(on - before, 0) * self.start_usd[:, None] * self.structure.weight).sum()
        return float(starts) + float(self.running(on.T, np.arange(self.structure.periods)).sum())


def moves_of(structure: Structure, useful: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Nothing; a unit more or less; a unit for another of its role. Shape [move, unit]."""
    count = len(structure.unit_rate)
    units = np.flatnonzero(useful)
    identity = np.eye(count, dtype=np.int64)
    swaps = [
        identity[gained] - identity[lost]
        for gained in units.tolist()
        for lost in units.tolist()
        if gained != lost and structure.unit_role[gained] == structure.unit_role[lost]
    ]
    steps = [np.zeros(count, dtype=np.int64), *identity[units], *-identity[units], *swaps]
    return np.array(steps)


def improved(
    stage: Stage, on: NDArray[np.int64], moves: NDArray[np.int64], stop: Callable[[], bool]
) -> NDArray[np.int64]:
    """The best schedule that passes of dynamic programming find from on[unit, period], until none is
    better.
    """
    cost = stage.cost(on)
    while not stop():
        after = on.copy()
        for chain, ring in chains_of(stage.structure):
            after = _passed(stage, after, moves, chain, ring)
        now = stage.cost(after)
        if now >= cost - LEAST_GAIN:
            return on
        on, cost = after, now
    return on


def improved_within(
    stage: Stage,
    on: NDArray[np.int64],
    moves: NDArray[np.int64],
    held: tuple[bool, bool],
    stop: Callable[[], bool],
) -> NDArray[np.int64]:
    """The same over a stage that is one run of consecutive periods; its first and its last stay as they are where
    they are `held`.
    """
    cost = stage.cost(on)
    order = list(range(stage.structure.periods))
    while not stop():
        after = _passed(stage, on, moves, order, held=held)
        now = stage.cost(after)
        if now >= cost - LEAST_GAIN:
            return on
        on, cost = after, now
    return on


def _passed(
    stage: Stage,
    on: NDArray[np.int64],
    moves: NDArray[np.int64],
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
        candidates[0] = on[:, order[0]][None]
    if held[1]:
        candidates[-1] = on[:, order[-1]][None]
    for period, choice in zip(order, _cheapest_path(stage, order, candidates, ring), strict=True):
        result[:, period] = choice
    return result


def _candidates(
    stage: Stage, on: NDArray[np.int64], period: int, moves: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Units to consider in a period, the ones at present first, shape [candidate, unit]."""
    periods = stage.structure.periods
    near = [on[:, (period + lag) % periods] for lag in range(-REACH, REACH + 1)]
    centres = np.unique(np.array([on[:, period], *near]), axis=0)
    options = (centres[:, None, :] + moves[None, :, :]).reshape(-1, on.shape[0])
    options = options[(options >= 0).all(axis=1)]
    usd = stage.running(options, np.full(len(options), period))
    good = np.isfinite(usd)
    options, usd = options[good], usd[good]
    before, after = on[:, (period - 1) % periods][None], on[:, (period + 1) % periods][None]
    following = (period + 1) % periods
    score = usd + stage.starts(before, options, period)[0] + stage.starts(options, after, following)[:, 0]
    kept = options[np.argsort(score, kind="stable")[:KEPT]]
    served = np.isfinite(stage.running(centres, np.full(len(centres), period)))
    return np.vstack([on[:, period][None], centres[served], kept])


def _cheapest_path(
    stage: Stage, order: list[int], candidates: list[NDArray[np.int64]], ring: bool
) -> list[NDArray[np.int64]]:
    nothing = np.zeros((1, candidates[0].shape[1]), dtype=np.int64)
    usd = stage.running(np.vstack(candidates), np.repeat(order, [len(some) for some in candidates]))
    running = np.split(usd, np.cumsum([len(some) for some in candidates])[:-1])
    reach = running[0]
    if not ring:
        reach = reach + stage.starts(nothing, candidates[0], order[0])[0]
    back: list[NDArray[np.int64]] = []
    for at in range(1, len(order)):
        total = reach[:, None] + stage.starts(candidates[at - 1], candidates[at], order[at])
        back.append(total.argmin(axis=0))
        reach = total.min(axis=0) + running[at]
    if ring:
        reach = reach + stage.starts(candidates[-1], candidates[0], order[0])[:, 0]
    choice = int(reach.argmin())
    path = [candidates[-1][choice]]
    for at in range(len(order) - 1, 0, -1):
        choice = int(back[at - 1][choice])
        path.append(candidates[at - 1][choice])
    return path[::-1]
