"""Units that read prompts and answer them: what they do of both demands at once, in hours of any proportion.

A co-located unit does the same share s of both demands of its workload, in the time that it has:

    s = busy_limit / (d[0] / rate[0] + d[1] / rate[1]),    able[r] = s d[r]

tokens/s, so able[0] = busy_limit / (1 / rate[0] + (d[1] / d[0]) / rate[1]): it rests on the proportion of the hour
alone. Where one of the two is not asked for, nothing ties them, and able[r] = busy_limit rate[r] is no less than any
plan has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.families.colocation import together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets

BOTH = 2
"""Role of a unit that does both demands of one workload."""


def tied_units(sets: Sets) -> tuple[NDArray[np.int64], tuple[int, int]] | None:
    """Units that do both works of the only workload, alike, and these two works; None where that is not all there is.

    So it is where all other units do one of the two works, and nothing but demand and headroom says how much.
    """
    groups = together(sets)
    if len(groups) != 1 or sets.standing is not None or sets.sites is not None:
        return None
    pair, units = (groups[0].prefill, groups[0].decode), np.array(groups[0].units, dtype=np.int64)
    asked = set(np.flatnonzero(sets.demand.max(axis=1, initial=0.0) > 0).tolist())
    able = sets.rate[:, list(pair)] > 0
    both = np.asarray(able.all(axis=1))
    if asked != set(pair) or not both[units].all() or np.count_nonzero(both) != len(units):
        return None
    return units, pair


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
