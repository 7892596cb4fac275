"""The line of reserve of a pool: what groups of nodes lose with a given chance, from below by a line.

Of y[g] nodes in a group each loses, by itself and with no less than a chance q[g], no less than c[g]. With Q(n) the
quantile `kept` of sum_g c[g] Binomial(n[g], q[g]) (`planner.model.loss_quantiles`), which never falls in n, lines are

    a y + b <= Q(y)

a and b are those of a linear program over boxes of n, of which each has Q at its least corner and a n + b at its
largest. They are asked of n that hold no more than `reach` times the demand D; all others have
sum_u v[u] x[u] - a y >= D + b by a[g] <= (1 - (D + b) / (reach D)) times the least capacity of a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.model.loss_quantiles import GroupLosses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.lateness import Late

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]

ROUNDS, FIRST_BOXES, MOST_SPLIT, NEAR = 60, 400, 250, 0.02
LOOK_BACK, WORTH_IT = 4, 0.01
"""How often boxes are halved: all of them at first, then those that keep the line down, or nearly."""
MOST_ADDED, MOST_ROUNDS = 200, 20
SHORT = 1e-6
"""Share of what is asked that a row leaves out, beyond what any tolerance of demands and chances does."""
ROUNDING = 1e-9


@dataclass(frozen=True)
class ReserveGroups:
    """Nodes of like units: least and largest capacity of one, the least that its loss takes, its chance to be lost."""

    low: Array
    high: Array
    loss: Array
    down: Array
    kept: float

    def line(self, least: float, most: float, reach: float, late: Late) -> tuple[float, Array, float] | None:
        """How much a line of reserve asks for, its slopes a[group] and its constant b; None where there is none.

        Boxes are halved until it is late.
        """
        cap = reach * most
        # a part of a node is in the box of the whole
        corner = np.floor((cap + self.low.sum()) / self.low + ROUNDING)
        boxes = _Boxes(self, least, cap + float(self.low.sum()), corner.astype(np.int64), late)
        beyond = np.column_stack([np.diag(1.0 / self.low), np.full(len(self.low), 1.0 / cap)])
        limit, worth = 1.0 - most / cap, np.append(most / self.low, len(self.low))
        values: list[float] = []
        while True:
            line = _steepest(boxes.upper, boxes.quantile, beyond, limit - SHORT, worth)
            if line is None:
                return None
            values.append(float(worth @ line))
            slow = len(values) > LOOK_BACK and values[-1] - values[-1 - LOOK_BACK] < WORTH_IT * values[-1]
            if slow or late() or len(values) > ROUNDS or not boxes.split(line):
                break
        slopes = np.maximum(line[:-1], 0.0)
        # what a tolerance of the solver left over is taken off
        constant = float((boxes.quantile - boxes.upper @ slopes).min())
        if (beyond @ np.append(slopes, constant) > limit).any():
            return None
        return float(worth @ np.append(slopes, constant)), slopes, constant


class _Boxes:
    """Boxes of counts that hold all of a capacity between `least` and `cap`: corners [box, group], `quantile` [box]."""

    def __init__(self, groups: ReserveGroups, least: float, cap: float, corner: Counts, late: Late) -> None:
        self.groups, self.least, self.cap = groups, least, cap
        self.lower, self.upper = np.zeros((1, len(corner)), dtype=np.int64), corner[None, :]
        self.quantile = self._quantile(self.lower)
        while len(self.lower) < FIRST_BOXES and not late():
            if not self._halve(np.arange(len(self.lower))):
                break

    def split(self, line: Array) -> bool:
        """Halve the boxes that keep a line down; whether there was one."""
        over = self.upper @ line[:-1] + line[-1] - self.quantile
        tight = np.argsort(-over)[:MOST_SPLIT]
        return self._halve(tight[over[tight] > -NEAR * self.quantile.max()])

    def _quantile(self, lower: Counts) -> Array:
        losses = GroupLosses(self.groups.loss, self.groups.down)
        return losses.quantiles(lower, np.array([1.0 - self.groups.kept]))[:, 0]

    def _halve(self, chosen: Counts) -> bool:
        wide = (self.upper[chosen] - self.lower[chosen]) * self.groups.low
        side = wide.argmax(axis=1)
        chosen, side = chosen[wide.max(axis=1) > 0], side[wide.max(axis=1) > 0]
        if not len(chosen):
            return False
        row = np.arange(len(chosen))
        middle = (self.lower[chosen, side] + self.upper[chosen, side]) // 2
        first, second = self.upper[chosen].copy(), self.lower[chosen].copy()
        first[row, side], second[row, side] = middle, middle + 1
        lower, upper = np.vstack([self.lower[chosen], second]), np.vstack([first, self.upper[chosen]])
        there = (lower @ self.groups.low <= self.cap) & (upper @ self.groups.high >= self.least)
        lower, upper = lower[there], upper[there]
        left = np.delete(np.arange(len(self.lower)), chosen)
        new = self._quantile(lower)
        self.quantile = np.append(self.quantile[left], new)
        self.lower, self.upper = np.vstack([self.lower[left], lower]), np.vstack([self.upper[left], upper])
        return True


def _steepest(upper: Counts, quantile: Array, beyond: Array, limit: float, worth: Array) -> Array | None:
    """Slopes and constant, worth most, of lines that are below `quantile` at `upper`; rows enter as they are broken."""
    from scipy.optimize import linprog

    if not len(upper):
        return None
    chosen = np.unique(np.linspace(0, len(upper) - 1, MOST_ADDED).astype(np.int64))
    for _ in range(MOST_ROUNDS):
        found = linprog(
            -worth,
            np.vstack([np.column_stack([upper[chosen], np.ones(len(chosen))]), beyond]),
            np.append(quantile[chosen], np.full(len(beyond), limit)),
            bounds=[*[(0.0, None)] * (len(worth) - 1), (None, None)],
        )
        if found.status != 0:
            return None
        line = np.array(found.x, dtype=np.float64)
        over = upper @ line[:-1] + line[-1] - quantile
        broken = np.argsort(-over)[:MOST_ADDED]
        broken = np.setdiff1d(broken[over[broken] > SHORT * quantile.max()], chosen)
        if not len(broken):  # rows that are there already are broken by the tolerance of the solver
            break
        chosen = np.concatenate([chosen, broken])
    return line
