"""Units that read prompts and answer them: what they do of both demands at once, in hours of any proportion.

A co-located unit does the same share s of both demands of its workload, in the time that it has:

    s = busy_limit / (d[0] / rate[0] + d[1] / rate[1]),    able[r] = s d[r]

tokens/s, so able[0] = busy_limit / (1 / rate[0] + (d[1] / d[0]) / rate[1]): it rests on the proportion of the hour
alone. Where one of the two is not asked for, nothing ties them, and able[r] = busy_limit rate[r] is no less than any
plan has.

Where no other units do either work there is one demand alone, of which each unit does able[0] + able[1]: sums of shares
that reach 1 are what demand asks for, and a promise of availability asks for them in the same form, as every line of a
work w has  sum_u keep[w,u] rate[u,w] busy[u,w] = d[w] sum_u keep[w,u] s[u].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.families.colocation import Together, together
from planner.optimize.decomposition.problem.required import hourly_floors, required_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets

BOTH = 2
"""Role of a unit that does both demands of one workload."""


def tied_units(sets: Sets) -> tuple[NDArray[np.int64], tuple[int, int]] | None:
    """Units that do both works of the only workload, alike, and these two works; None where that is not all there is.

    So it is where all other units do one of the two works, and nothing but demand and headroom says how much.
    """
    group = None if sets.standing is not None else _only_group(sets)
    return None if group is None else (np.array(group.units, dtype=np.int64), (group.prefill, group.decode))


def alone_in_both(sets: Sets) -> tuple[NDArray[np.int64], tuple[int, int]] | None:
    """The same of units beside which no others do either work, whatever is promised."""
    group = _only_group(sets)
    if group is None or np.count_nonzero(sets.rate[:, [group.prefill, group.decode]].any(axis=1)) > len(
        group.units
    ):
        return None
    return np.array(group.units, dtype=np.int64), (group.prefill, group.decode)


def _only_group(sets: Sets) -> Together | None:
    groups = together(sets)
    if len(groups) != 1 or sets.sites is not None or sets.deferral is not None:
        return None
    group = groups[0]
    pair, units = [group.prefill, group.decode], list(group.units)
    asked = set(np.flatnonzero(sets.demand.max(axis=1, initial=0.0) > 0).tolist())
    both = np.asarray((sets.rate[:, pair] > 0).all(axis=1))
    if asked != set(pair) or not both[units].all() or np.count_nonzero(both) != len(units):
        return None
    return group


def row_of_both(
    sets: Sets, units: NDArray[np.int64], pair: tuple[int, int], sufficient: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows able[unit, period] and asked[period] of units that are alone, tokens/s of both works together.

    A `sufficient` one follows from no row of either work and implies both; others are the one that asks for most nodes.
    """
    demand = sets.demand[list(pair)]
    share, tokens = share_of_both(sets, units, pair), np.maximum(demand.sum(axis=0), 1.0)
    rows = [_row(sets, units, work, share, sufficient) for work in pair]
    if sufficient:
        able = np.min([row[0] for row in rows], axis=0)
        return tokens * able, tokens * np.max([row[1] for row in rows], axis=0)
    able, asked = (np.array(part) for part in zip(*rows, strict=True))
    nodes = asked / (able / sets.nodes[units][:, None]).max(axis=1)
    most, period = nodes.argmax(axis=0), np.arange(sets.periods)
    able, asked, nodes = able[most, :, period].T, asked[most, period], nodes.max(axis=0)
    for point in () if sets.standing is None else sets.standing.points:
        place = [point.pool.units.index(unit) for unit in units.tolist()]
        for floor in hourly_floors(sets, point):
            weight = np.array(floor.weight)[place]
            needed = floor.level / float((weight / sets.nodes[units]).max())
            if needed > nodes[point.period]:
                able[:, point.period], asked[point.period], nodes[point.period] = weight, floor.level, needed
    return tokens * able, tokens * asked


def _row(
    sets: Sets, units: NDArray[np.int64], work: int, share: NDArray[np.float64], sufficient: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What is asked of one work, as shares of its demand."""
    able, asked = required_of(sets, work, sufficient)
    full, demand = (sets.rate[:, work, None] * sets.busy_limit)[units], sets.demand[work]
    keep = np.divide(able[units], full, out=np.ones_like(full), where=full > 0)
    return share * keep, np.divide(asked, demand, out=np.zeros(sets.periods), where=demand > 0)


def share_of_both(sets: Sets, units: NDArray[np.int64], pair: tuple[int, int]) -> NDArray[np.float64]:
    """Share of all demand that each of the units does at most, shape [unit, period]."""
    demand, peak = sets.demand[list(pair)], sets.demand[list(pair)].max(axis=1)
    some = np.where(demand.any(axis=0), demand, peak[:, None])
    time = sum(some[role] / sets.rate[units, work][:, None] for role, work in enumerate(pair))
    return np.asarray(sets.busy_limit[units] / time)


def able_in_both(sets: Sets, units: NDArray[np.int64], pair: tuple[int, int]) -> NDArray[np.float64]:
    """Tokens/s of both demands that each of the units does at most, shape [role, unit, period]."""
    rate, demand = sets.rate[units][:, list(pair)].T, sets.demand[list(pair)]
    time = np.zeros((len(units), sets.periods))
    for role in (0, 1):
        time += demand[role] / rate[role][:, None]
    alone = rate[:, :, None] * np.ones(sets.periods)
    tied = (demand > 0).all(axis=0)
    share = 1.0 / np.where(tied, time, 1.0)
    return np.where(tied, share * demand[:, None, :], alone) * sets.busy_limit[units]
