"""What every plan that keeps a pool standing has: linear in its units, so that a bound may rest on it.

Weights m[w] >= 0 make one capacity of several works: units that are up carry them only where

    sum_u v[u] (x[u] - L[u]) >= D,      v[u] = max_w m[w] rate[u,w],      D = sum_w m[w] demand[w]

(duality of linear programming). So P(sum_u v[u] L[u] <= sum_u v[u] x[u] - D) >= kept, and for every theta > 0

    mean        sum_u x[u] log E exp(theta v[u] up[u])  >=  theta D + log kept

as P(C >= D) <= E exp(theta (C - D)), the inequality of A. Markov. Kinds of units fall into groups g, and lose no less
than a y + b <= Q(y) of y[g] nodes (units of whole nodes) in each (`planner.model.standing_reserve`):

    reserve     sum_u (v[u] - a[g(u)] share[u]) x[u]  >=  D + b,      share[u] nodes of a unit, at most 1.

Losses that units of a node share, or that follow from spare nodes in repair, only add to those that are counted.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.core.lateness import never
from planner.model.standing_point import StandingFloor
from planner.model.standing_reserve import SHORT, ReserveGroups

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.core.lateness import Late
    from planner.model.standing_question import PoolQuestion

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]

BUCKET = 1.3
"""Demands of periods that share a line of reserve differ by less than this factor."""
REACHES = (1.15, 1.5, 3.0)
MOST_KINKS, MOST_GROUPS = 3, 5
THETAS = np.geomspace(0.01, 3.0, 24)
"""Thetas that are looked at, in units of 1 / v of a kind."""
SURE = 2e-9


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
        sources = ReserveGroups(low, high, loss, down, self.kept)
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
