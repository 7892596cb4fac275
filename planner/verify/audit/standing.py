"""The chance that the units of a pool which are up carry its works, in the audit's own arithmetic.

Failures take units away in groups that are independent of each other: a unit with the nodes under it, or all units
that lie on one node. What is lost is convolved group by group. What is left carries two works where it does when
units go to the first work in order of what they do better, as far as it needs them, and all others to the second;
whether it carries three or more is asked of a linear program. A chance that matters to no digit of the verdict is
left out, and counts neither way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

WHOLE = 1e-9
CUTS = (1e-7, 1e-9, 1e-11, 1e-13, 1e-16)
"""Chances that are left out, ever smaller until the verdict is clear."""


@dataclass(frozen=True)
class LossGroup:
    """So many independent groups of units of several kinds; of each all are lost with one chance.

    `takes[kind]` is how many units of each kind one group has. `lost`: P(so many groups are lost), shape [groups + 1].
    """

    takes: tuple[int, ...]
    lost: tuple[float, ...]


@cache
def _binomial(groups: int, down: float) -> tuple[float, ...]:
    """P(so many of the groups are lost); periods ask for few that differ."""
    from scipy.stats import binom  # half a second to import: loaded where something is promised

    return tuple(binom.pmf(np.arange(groups + 1), groups, down).tolist())


def alike(takes: tuple[int, ...], groups: int, down: float) -> LossGroup:
    """Groups that are lost each by itself with the same chance."""
    return LossGroup(takes, _binomial(groups, down))


@cache
def swapped(takes: tuple[int, ...], groups: int, nodes: int, down: float, restarting: float) -> LossGroup:
    """Groups of so many nodes, where a spare node is swapped in for one that is down.

    A node is down for a share of the time, and a share `restarting` since so short a time that its group restarts. The
    nodes in repair are missing at the end of the row: as many groups there as they make up have none.
    """
    restarts = 1.0 - (1.0 - restarting) ** nodes
    from scipy.stats import binom, hypergeom

    number = np.arange(nodes + 1)
    any_state = binom.pmf(number, nodes, down)
    calm = (1.0 - restarts) * binom.pmf(number, nodes, (down - restarting) / max(1.0 - restarting, 1e-300))
    lost = np.zeros(groups + 1)
    repaired_with = np.maximum(any_state - calm, 0.0)
    for many in range(groups + 1):
        chance = binom.pmf(many, groups, restarts)
        if chance < CUTS[-1]:
            continue
        in_repair = np.convolve(
            _of_many(repaired_with / max(restarts, 1e-300), many),
            _of_many(calm / max(1.0 - restarts, 1e-300), groups - many),
        )
        for broken in np.flatnonzero(in_repair > CUTS[-1]).tolist():
            gone = min(groups, math.ceil(broken / nodes))
            left = groups - gone
            among = np.arange(min(many, left) + 1)
            shares = hypergeom.pmf(among, groups, many, left)
            lost[gone + among] += chance * in_repair[broken] * shares
    return LossGroup(takes, tuple(lost.tolist()))


def _of_many(one: Floats, many: int) -> Floats:
    """Distribution of the sum of so many, each as one."""
    total, factor = np.ones(1), one
    while many:
        if many & 1:
            total = np.convolve(total, factor)
        factor, many = np.convolve(factor, factor), many >> 1
        total, factor = (part[: int(np.flatnonzero(part > 1e-18)[-1]) + 1] for part in (total, factor))
    return np.asarray(total)


def share_standing(
    there: Counts, groups: list[LossGroup], rate: Floats, asked: Floats, promised: float
) -> float:
    """Share of the time in which what is up carries all that is asked, no less than it and right at the promise.

    `there` units of each kind run, rate[kind, work] is what one of them does, asked[work] > 0.
    """
    carried = 0.0
    for cut in CUTS:
        lost, chance = _convolved(len(there), groups, cut)
        rest = max(0.0, 1.0 - float(chance.sum()))
        good = _carried(np.maximum(there - lost, 0), chance, rate, asked, promised)
        carried = float(chance[good].sum())
        if carried >= promised or carried + rest < promised:
            break
    return carried


def _convolved(kinds: int, groups: list[LossGroup], cut: float) -> tuple[Counts, Floats]:
    """Units lost of each kind, shape [case, kind], with the chance of each case."""
    lost: Counts = np.zeros((1, kinds), dtype=np.int64)
    chance: Floats = np.ones(1)
    for group in groups:
        shares = np.array(group.lost)
        number = np.flatnonzero(shares > cut)
        lost = (lost[:, None, :] + number[None, :, None] * np.array(group.takes)).reshape(-1, kinds)
        chance = (chance[:, None] * shares[number]).ravel()
        kept = chance > cut
        lost, chance = lost[kept], chance[kept]
        if np.count_nonzero(group.takes) > 1 or len(groups) > kinds:
            lost, same = np.unique(lost, axis=0, return_inverse=True)
            chance = np.asarray(np.bincount(same.ravel(), weights=chance), dtype=np.float64)
    return lost, chance


def _carried(up: Counts, chance: Floats, rate: Floats, asked: Floats, promised: float) -> NDArray[np.bool_]:
    """Cases in which what is up carries the works, each of which needs 1 in all of `rate / asked`."""
    part = rate / asked
    if part.shape[1] == 1:
        return np.asarray(up @ part[:, 0] >= 1.0 - WHOLE)
    if part.shape[1] == 2:
        return _two_works(up, part)
    good = np.zeros(len(up), dtype=bool)
    broken: list[Counts] = []
    order = np.argsort(-chance)
    carried, missed = 0.0, 0.0
    for case in order.tolist():
        if not any((up[case] <= other).all() for other in broken):
            good[case] = _divides(up[case], part)
        if good[case]:
            carried += chance[case]
        else:
            broken.append(up[case])
            missed += chance[case]
        if carried >= promised or missed > 1.0 - promised:
            break
    return good


def _two_works(up: Counts, part: Floats) -> NDArray[np.bool_]:
    """The best division by comparative advantage: the first work takes units from those that favour it most."""
    order = np.argsort(
        -np.divide(part[:, 0], part[:, 1], out=np.full(len(part), np.inf), where=part[:, 1] > 0)
    )
    need, second = np.ones(len(up)), np.zeros(len(up))
    for kind in order.tolist():
        first = up[:, kind] * part[kind, 0]
        used = np.divide(np.minimum(first, need), first, out=np.zeros(len(up)), where=first > 0)
        need -= used * first
        second += (1.0 - used) * up[:, kind] * part[kind, 1]
    return np.asarray((need <= WHOLE) & (second >= 1.0 - WHOLE))


def _divides(up: Counts, part: Floats) -> bool:
    """Whether time[kind, work] >= 0 exists that adds up to no more than what is up, and carries every work."""
    from scipy.optimize import linprog

    kinds, works = part.shape
    time = np.kron(np.eye(kinds), np.ones(works))
    work = -np.hstack([np.diag(part[kind]) for kind in range(kinds)])
    limits = np.concatenate([up, np.full(works, -1.0 + WHOLE)])
    return bool(linprog(np.zeros(kinds * works), np.vstack([time, work]), limits).status == 0)
