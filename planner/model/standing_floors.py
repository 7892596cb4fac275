"""What every plan that keeps a pool standing has: linear in its units, so that a bound may rest on it.

Weights m[w] >= 0 make one capacity of several works: units that are up carry them only where

    sum_u v[u] (x[u] - L[u]) >= D,      v[u] = max_w m[w] rate[u,w],      D = sum_w m[w] demand[w]

(duality of linear programming). So P(sum_u v[u] L[u] <= sum_u v[u] x[u] - D) >= kept, and for every theta > 0

    mean        sum_u x[u] log E exp(theta v[u] up[u])  >=  theta D + log kept

as P(C >= D) <= E exp(theta (C - D)), the inequality of A. Markov. Kinds of units fall into groups g. Of y[g] nodes
(units of whole nodes) in a group each loses, by itself and with no less than a chance q[g], no less than c[g]; with
Q(n) the quantile `kept` of sum_g c[g] Binomial(n[g], q[g]), which never falls in n, and any a, b with a y + b <= Q(y),

    reserve     sum_u (v[u] - a[g(u)] share[u]) x[u]  >=  D + b,      share[u] nodes of a unit, at most 1.

a and b are those of a linear program over boxes of n, of which each has Q at its least corner and a n + b at its
largest. They are asked of n that hold no more than `reach` D; all others have it by a[g] <= (1 - (D + b) / (reach D))
times the least capacity of a node. Losses that units of a node share, or that follow from spare nodes in repair, only
add to those that are counted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing.standing import binomial
from planner.model.loss_cases import cases_of, most_losses
from planner.model.standing_point import StandingFloor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from planner.model.standing_question import PoolQuestion

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Late = Callable[[], bool]

BUCKET = 1.3
"""Demands of periods that share a line of reserve differ by less than this factor."""
REACHES = (1.15, 1.5, 3.0)
MOST_KINKS, MOST_GROUPS = 3, 5
LEFT_OUT = 0.03
ROUNDS, FIRST_BOXES, MOST_SPLIT, NEAR = 60, 400, 250, 0.02
LOOK_BACK, WORTH_IT = 4, 0.01
"""How often boxes are halved: all of them at first, then those that keep the line down, or nearly."""
MOST_ADDED, MOST_ROUNDS = 200, 20
THETAS = np.geomspace(0.01, 3.0, 24)
"""Thetas that are looked at, in units of 1 / v of a kind."""
SHORT = 1e-6
"""Share of what is asked that a row leaves out, beyond what any tolerance of demands and chances does."""
SURE = 2e-9
NEGLIGIBLE = 1e-9


def never() -> bool:
    """No limit of time."""
    return False


def late_after(seconds: float | None) -> Late:
    """What says whether so many seconds are over, counted from now; None: never."""
    if seconds is None:
        return never
    until = time.monotonic() + seconds
    return lambda: time.monotonic() > until


def floors_of(questions: Sequence[PoolQuestion], late: Late = never) -> list[tuple[StandingFloor, ...]]:
    """Floors of every question, in their order; none at sites, where a route may leave a place without work.

    No more lines of reserve are looked for once it is `late`.
    """
    found: list[list[StandingFloor]] = [[] for _ in questions]
    order = sorted(range(len(questions)), key=lambda at: (questions[at].pool.works, questions[at].works))
    for _, alike in groupby(order, key=lambda at: (questions[at].pool, questions[at].works)):
        places = list(alike)
        for place, floor in _floors(places, [questions[at] for at in places], late):
            found[place].append(floor)
    return [tuple(floors) for floors in found]


def _floors(
    places: list[int], questions: list[PoolQuestion], late: Late
) -> Iterator[tuple[int, StandingFloor]]:
    """Floors of one pool with the same works over several periods."""
    due = [place for place, goes in enumerate(questions[0].elsewhere) if not goes]
    if not due or questions[0].sited:
        return
    rate = np.array([question.rate[:, due] for question in questions])
    demand = np.array([question.demand[due] for question in questions])
    kinds = _Kinds(questions[0])
    for weights in _weights(rate.mean(axis=0), demand.mean(axis=0)):
        value, asked = (rate * weights).max(axis=2), demand @ weights
        bucket = np.floor(np.log(asked / asked.min()) / np.log(BUCKET)).astype(np.int64)
        for one in np.unique(bucket).tolist():
            mine = np.flatnonzero(bucket == one)
            for at in mine.tolist():
                yield places[at], kinds.mean(value[at], float(asked[at]))
            lost, beside = kinds.reserve(value[mine], asked[mine], late)
            for at in mine.tolist() if beside or lost.any() else ():
                yield places[at], _floor(value[at] - lost, float(asked[at]) + beside, float(asked[at]))


def _weights(rate: Array, demand: Array) -> Iterator[Array]:
    """Weights of works: each alone, and those at which units that do several are worth the same for either."""
    works = len(demand)
    part = rate / demand
    yield from np.eye(works) / demand
    if works == 2:
        both = part[(part > 0).all(axis=1)]
        kinks = np.unique(both[:, 1] / both.sum(axis=1)) if len(both) else np.array([0.5])
        chosen = np.unique(np.rint(np.linspace(0, len(kinks) - 1, MOST_KINKS)).astype(np.int64))
        yield from np.array([[kinks[at], 1.0 - kinks[at]] for at in chosen.tolist()]) / demand
    elif works > 2:
        yield 1.0 / works / demand


def _floor(weight: Array, level: float, asked: float) -> StandingFloor:
    """A floor in multiples of what is asked."""
    return StandingFloor(tuple((np.maximum(weight, 0.0) / asked).tolist()), level / asked - SHORT)


class _Kinds:
    """Units of a pool as sources of losses."""

    def __init__(self, question: PoolQuestion) -> None:
        laws = question.laws
        self.kept = question.pool.kept - SURE
        self.share = np.array([1.0 / law.beside for law in laws])
        down = [law.down if law.restarting is None else law.restarting for law in laws]
        nodes = np.array([law.nodes for law in laws])
        self.down = 1.0 - (1.0 - np.array(down)) ** nodes
        self.hardware = question.hardware

    def mean(self, value: Array, asked: float) -> StandingFloor:
        """The floor on means, at the theta that asks for most of kinds alone."""
        able = np.flatnonzero(value > 0)
        theta = np.unique(np.outer(1.0 / value[able], THETAS).ravel())
        each = value[able, None] / self.share[able, None] * theta
        grown = each + np.log1p(self.down[able, None] * np.expm1(-each))
        weight, level = grown * self.share[able, None] / theta, asked + np.log(self.kept) / theta
        best = int(np.argmax((level / weight * value[able, None]).sum(axis=0)))
        weights = np.zeros(len(value))
        weights[able] = weight[:, best]
        return _floor(weights, float(level[best]), asked)

    def reserve(self, value: Array, asked: Array, late: Late) -> tuple[Array, float]:
        """What a unit gives less than `value`, shape [unit], and what is asked beyond `asked`: the line of reserve.

        For all of some periods: `value` has the shape [period, unit], `asked` [period].
        """
        able = value.max(axis=0) > 0
        groups = self._groups(value.min(axis=0), able)
        if not groups or late():
            return np.zeros(value.shape[1]), 0.0
        capacity = value / self.share
        low = np.array([capacity[:, group].min() for group in groups])
        high = np.array([capacity[:, group].max() for group in groups])
        loss = np.array([value[:, group].min() for group in groups])
        down = np.array([self.down[group].min() for group in groups])
        sources = _Groups(low, high, loss, down, self.kept)
        a, b = np.zeros(len(groups)), 0.0
        for reach in REACHES:
            line = sources.line(float(asked.min()), float(asked.max()), reach, late)
            if line is not None and line[0] > 0:
                _, a, b = line
                break
        lost = np.zeros(value.shape[1])
        for group, each in zip(groups, a.tolist(), strict=True):
            lost[group] = each * self.share[group]
        return lost, b

    def _groups(self, value: Array, able: NDArray[np.bool_]) -> list[Counts]:
        """Kinds of like size, few groups; those that share nodes of one hardware stay together."""
        alone = [[unit] for unit in np.flatnonzero(able & (self.share == 1.0)).tolist()]
        shared = np.flatnonzero(able & (self.share < 1.0))
        atoms = [np.array(one) for one in alone]
        atoms += [shared[self.hardware[shared] == name] for name in np.unique(self.hardware[shared])]
        atoms = [atom for atom in atoms if value[atom].min() > 0]
        if sum(len(atom) for atom in atoms) < np.count_nonzero(able):
            return []
        atoms.sort(key=lambda atom: float(value[atom].min()))
        size = np.log([value[atom].min() for atom in atoms])
        cuts = np.sort(np.argsort(-np.diff(size), kind="stable")[: MOST_GROUPS - 1]) + 1
        ends = [0, *cuts.tolist(), len(atoms)]
        return [np.concatenate(atoms[first:last]) for first, last in pairwise(ends)]


@dataclass(frozen=True)
class _Groups:
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
        corner = np.floor(
            (cap + self.low.sum()) / self.low + NEGLIGIBLE
        )  # a part of a node is in the box of the whole
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

    def quantiles(self, counts: Counts) -> Array:
        """Least value that the sum of losses does not exceed with the chance `kept`, shape [count]; never too large."""
        cases = cases_of(len(self.down), self._losses_counted(counts))
        size = cases @ self.loss
        order = np.argsort(size, kind="stable")
        chance = np.ones((len(counts), len(order)))
        for group, q in enumerate(self.down.tolist()):
            numbers, at = np.unique(counts[:, group], return_inverse=True)
            table = np.array([_lost(number, q, int(cases.max())) for number in numbers.tolist()])
            chance *= table[:, cases[order, group]][at.ravel()]
        reached = np.cumsum(chance, axis=1)
        left_out = 1.0 - reached[:, -1:]
        first = (reached + left_out >= self.kept).argmax(axis=1)
        return np.asarray(size[order][first])

    def _losses_counted(self, counts: Counts) -> int:
        """Losses of all groups together beyond which a case, rarer than matters, counts as one without a loss."""
        return most_losses(float((counts @ self.down).max()), LEFT_OUT * (1.0 - self.kept))


class _Boxes:
    """Boxes of counts that hold all of a capacity between `least` and `cap`: corners [box, group], `quantile` [box]."""

    def __init__(self, groups: _Groups, least: float, cap: float, corner: Counts, late: Late) -> None:
        self.groups, self.least, self.cap = groups, least, cap
        self.lower, self.upper = np.zeros((1, len(corner)), dtype=np.int64), corner[None, :]
        self.quantile = groups.quantiles(self.lower)
        while len(self.lower) < FIRST_BOXES and not late():
            if not self._halve(np.arange(len(self.lower))):
                break

    def split(self, line: Array) -> bool:
        """Halve the boxes that keep a line down; whether there was one."""
        over = self.upper @ line[:-1] + line[-1] - self.quantile
        tight = np.argsort(-over)[:MOST_SPLIT]
        return self._halve(tight[over[tight] > -NEAR * self.quantile.max()])

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
        new = self.groups.quantiles(lower) if len(lower) else np.zeros(0)
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


def _lost(count: int, down: float, most: int) -> Array:
    """P(so many of `count` are lost), shape [lost], up to `most`."""
    chance = np.zeros(most + 1)
    full = binomial(count, down)[: most + 1]
    chance[: len(full)] = full
    return chance
