"""Rates after headroom for waits: what dominance compares, and which points of a frontier are worth rating so.

A point is a pass and a batch of a unit (`planner.rates.passes`). Of the batches below the largest those are kept that
serve some work in some period with fewer units than any other point of the unit,

    needed[w, t] = sum over phases of  demand[w, phase, t] / (rate[w, phase] share[t])

units, both phases done by the same units, as a batch is of a unit that does both.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Role
from planner.instance.demand_series import demand_of
from planner.rates.headroom import asks_for_headroom, headroom_for_waits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates.options import Option
    from planner.rates.rates import Rates

    Array = NDArray[np.float64]

ALIKE = 1.0 + 1e-9
"""Rates that lie no further apart are the same: a batch without a limit is found by halving."""


def effective_rates(instance: Instance, rated: Rates, options: list[Option], able: list[int]) -> Array:
    """Rates of some units after headroom for waits, shape [unit, work and period].

    Shape [unit, work] where nothing asks for headroom. Batches, and passes of each, are gone through from the largest
    down, for each unit until a batch serves nothing with fewer units. A point that is beaten by a larger one of the
    same unit in every period, or is a batch not worth keeping, stays 0.
    """
    rate = rated.rate[able]
    if not any(asks_for_headroom(workload) for workload in instance.workloads.values()):
        return rate
    works = len(rated.works)
    demand = np.array([demand_of(instance, work.workload, work.phase) for work in rated.works])
    effective = np.zeros((len(able), works, instance.periods))
    needed = np.full((len(able), len(instance.workloads), instance.periods), np.inf)
    names = [options[index].unit.name for index in able]
    batches = [options[index].batch for index in able]
    best: dict[str, tuple[Array, Array]] = {}
    won: dict[str, int] = {}
    sizes = {
        name: [batches[place] or math.inf for place, one in enumerate(names) if one == name] for name in names
    }
    ranks = {name: sorted(set(found), reverse=True).index for name, found in sizes.items()}
    points = [
        (ranks[name](batch or math.inf), -(options[index].pass_tokens or 0))
        for name, batch, index in zip(names, batches, able, strict=True)
    ]
    for point in sorted(set(points)):
        asked = [
            place
            for place in range(len(able))
            if points[place] == point
            and point[0] <= won.get(names[place], point[0]) + 1
            and _may_be_best(rated, demand, rate[place], batches[place], best.get(names[place]))
        ]
        some = _only(rated, [able[place] for place in asked])
        effective[asked] = some.rate[:, :, None] * headroom_for_waits(instance, some)[:, None, :]
        for place in asked:
            needed[place] = _needed(rated, demand, effective[place])
            served, least = best.get(names[place], (np.zeros(1), np.full(1, np.inf)))
            if np.any(ALIKE * needed[place] < least):
                won[names[place]] = point[0]
            best[names[place]] = np.maximum(served, effective[place]), np.minimum(least, needed[place])
    _drop_batches(effective, needed, names, batches)
    if not instance.links or not any(rated.units[index].role is Role.PREFILL for index in able):
        _drop_halves(effective, needed, names, batches)
    return effective.reshape(len(able), works * instance.periods)


def _may_be_best(
    rated: Rates, demand: Array, rate: Array, batch: int | None, best: tuple[Array, Array] | None
) -> bool:
    """Whether a point, were its units busy all the time, does better than larger ones do after headroom."""
    if best is None:
        return True
    served, least = best
    if batch is None:
        return bool(np.any(rate[:, None] > ALIKE * served))
    return bool(np.any(ALIKE * _needed(rated, demand, rate[:, None]) < least))


def _needed(rated: Rates, demand: Array, effective: Array) -> Array:
    """Units that the demand of each workload takes, [workload, period]; inf where they cannot do all of its phases.

    `effective` has the shape [work, period], or [work, 1].
    """
    names = list(dict.fromkeys(work.workload for work in rated.works))
    place = [names.index(work.workload) for work in rated.works]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(demand > 0.0, demand / effective, 0.0)
    found = np.zeros((len(names), demand.shape[1]))
    np.add.at(found, place, share)
    return found


def _drop_batches(effective: Array, needed: Array, names: list[str], batches: list[int | None]) -> None:
    """Set to 0 what batches below the largest do that serve nothing with fewer units than every other point."""
    for name in dict.fromkeys(names):
        mine = np.array([place for place, other in enumerate(names) if other == name])
        limited = np.array([batches[place] is not None for place in mine.tolist()], dtype=bool)
        if not limited.any():
            continue
        plain = needed[mine[~limited]].min(axis=0, initial=np.inf)
        tried = needed[mine[limited]]
        wins = (tried <= tried.min(axis=0)) & (ALIKE * tried < plain)
        worth = wins.reshape(len(tried), -1).any(axis=1)
        effective[mine[limited][~worth]] = 0.0


def _drop_halves(effective: Array, needed: Array, names: list[str], batches: list[int | None]) -> None:
    """Set to 0 what units do at a batch beside which they can read nothing, where a smaller one serves whole requests.

    Units that read and write keep the caches of what they read: without a link over which units read for them, they
    would have nothing to answer.
    """
    whole = np.array([bool(np.isfinite(one).any()) for one in needed], dtype=bool)
    for name in dict.fromkeys(names):
        mine = np.array([place for place, other in enumerate(names) if other == name])
        if any(whole[place] and batches[place] is not None for place in mine.tolist()):
            effective[mine[~whole[mine]]] = 0.0


def _only(rated: Rates, indices: list[int]) -> Rates:
    """The rates of some of the units."""
    return replace(
        rated,
        units=tuple(rated.units[index] for index in indices),
        rate=rated.rate[indices],
        details=tuple(rated.details[index] for index in indices),
    )
