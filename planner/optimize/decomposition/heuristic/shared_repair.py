"""Units of periods taken one by one, so that works that share them are each served, by small moves.

Rows of works weighed together (`shared_time`) stand for them: whoever keeps all such rows serves every work. They are
found as they are needed, as cuts of Benders are, and those of one period are tried in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.heuristic.shared_time import merged_works, served_share
from planner.optimize.decomposition.tolerances import NO_MONEY, NOTHING, SAME_WEIGHT, UNSERVED_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.optimize.decomposition.heuristic.schedule import ScheduleCosts
    from planner.optimize.decomposition.problem.unit_moves import Moves


class WorkWeights:
    """Weights of works that were found to limit a period: a pool of rows, tried in every period."""

    def __init__(self, sets: Sets, role: NDArray[np.int64], roles: int) -> None:
        self.sets, self.role, self.works = sets, role, merged_works(sets, role, roles)
        self.weight = np.zeros((0, len(sets.works)))
        self.able = np.zeros((0, len(sets.units)))

    def add(self, weight: NDArray[np.float64]) -> None:
        """Take in weight[work, period], the works of each role by themselves."""
        for place, works in enumerate(self.works):
            mine = np.where(works[:, None], weight, 0.0)
            largest = mine.max(axis=0)
            scaled = (
                np.round((mine / np.where(largest > 0, largest, 1.0) / SAME_WEIGHT)[:, largest > 0])
                * SAME_WEIGHT
            )
            fresh = [
                each for each in np.unique(scaled, axis=1).T if not (self.weight == each).all(axis=1).any()
            ]
            if fresh:
                self.weight = np.vstack([self.weight, *fresh])
                able = (np.array(fresh)[:, None, :] * self.sets.rate).max(axis=2)
                self.able = np.vstack([self.able, np.where(self.role == place, able, 0.0)])

    def rows(self, period: int) -> NDArray[np.float64]:
        """Rows able[row, unit] of a period, divided by what they ask for."""
        asked = self.weight @ self.sets.demand[:, period]
        some = asked > 0
        return self.able[some] * self.sets.busy_limit[:, period] / asked[some, None]


@dataclass(frozen=True, eq=False)
class Period:
    """One period: able[row, unit] must reach one in each row; n nodes of a hardware cost usd[hardware][n].

    A move that closes what is missing counts for a share of the cost beside its own: few are better than many.
    """

    able: NDArray[np.float64]
    usd: tuple[NDArray[np.float64], ...]
    move_share: float

    def cost(self, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Of nodes[candidate, hardware]; infinite beyond supply."""
        each = (line[np.minimum(nodes[:, place], len(line) - 1)] for place, line in enumerate(self.usd))
        return np.asarray(sum(each))


def works_served(
    sets: Sets, stage: ScheduleCosts, moves: Moves, on: NDArray[np.int64], rounds: int, cheaper: bool
) -> NDArray[np.int64]:
    """Units on[unit, period] that serve each work, as far as moves and so many rounds find them; `cheaper`: what
    serves already is made cheaper too, as if nothing tied periods together.
    """
    structure, on = stage.structure, on.copy()
    roles, weights = len(structure.demand), None
    for turn in range(rounds):
        served = served_share(sets, structure.unit_role, on, roles)
        short = (served.share < 1.0 - UNSERVED_SHARE).any(axis=0)
        weights = weights or WorkWeights(sets, structure.unit_role, roles)
        weights.add(served.weight)
        if not short.any() and (turn or not cheaper):
            break
        for period in range(sets.periods) if cheaper and not turn else np.flatnonzero(short).tolist():
            units = on[:, period]
            nodes = units @ structure.unit_nodes_by_hardware
            on[:, period] = _moved(_period(stage, weights, period), units, nodes, moves, cheaper)
    return on


def _period(stage: ScheduleCosts, weights: WorkWeights, period: int) -> Period:
    """Rows of merged works by their weights, of others as the hourly problem has them."""
    structure = stage.structure
    alone = [
        place
        for place, works in enumerate(weights.works)
        if not works.any() and structure.demand[place, period] > 0
    ]
    rate = np.where(
        structure.unit_role == np.array(alone, dtype=np.int64)[:, None],
        structure.rates.most[:, structure.rates.of[period]],
        0.0,
    )
    usd = tuple(table[stage.profile[period]] * structure.weighted_hours[period] for table in stage.node_usd)
    own = rate / structure.demand[alone, period][:, None]
    return Period(np.vstack([weights.rows(period), own]), usd, stage.parameters.move_share)


def _moved(
    period: Period, units: NDArray[np.int64], nodes: NDArray[np.int64], moves: Moves, cheaper: bool
) -> NDArray[np.int64]:
    """Moves until every row is kept, each the cheapest for what it closes, then ones that are `cheaper`; the units as
    they are where no move closes anything.
    """
    change, before = period.able @ moves.step.T, units
    slack = period.able @ units - 1.0
    cost = float(period.cost(nodes[None])[0])
    while True:
        there = np.append(units, 1)[moves.lost] >= 1
        after = period.cost(nodes + moves.nodes)
        slack_after = slack[:, None] + change
        if (slack < -UNSERVED_SHARE).any():
            closed = np.minimum(slack_after, 0.0).sum(axis=0) - np.minimum(slack, 0.0).sum()
            able = there & (closed > NOTHING) & np.isfinite(after)
            price = np.maximum(after - cost, 0.0) + period.move_share * cost + NO_MONEY
            score = np.divide(price, closed, out=np.full(len(closed), np.inf), where=able)
        else:
            kept = (slack_after >= -UNSERVED_SHARE).all(axis=0)
            score = np.where(there & kept, after, np.inf)
            if not cheaper or not score.min() < cost - NO_MONEY:
                return units
        best = int(score.argmin())
        if not np.isfinite(score[best]):
            return before
        units, nodes = units + moves.step[best], nodes + moves.nodes[best]
        slack, cost = slack + change[:, best], float(after[best])
