"""Rates after headroom for waits: what dominance compares, and which points of a frontier are worth rating so.

A point is a pass and a batch of a unit (`planner.rates.passes`). Of those with batches the points are kept that serve
some work in some period with fewer units than any other point of the unit,

    needed[w, t] = sum over phases of  demand[w, phase, t] / (rate[w, phase] share[t])

units, both phases done by the same units, as a batch is of a unit that does both. Where units need not answer what they
read (over links, or of work that may wait), the largest batch is kept as well, which writes fastest.

A larger batch has the higher rate, and leaves requests less of their time per token for the prompts that come meanwhile
(`planner.rates.token_times`): the best lies between. How busy pools beyond any size may be is found for all points at
once; they are asked in the order of what they would need then, and those that need more even so are not asked at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase, Role
from planner.instance.demand_series import demand_of
from planner.rates.headroom import asks_for_headroom, headroom_for_waits
from planner.rates.kept_caches import caches_stay
from planner.rates.token_times import largest_pools
from planner.rates.waits import waits_count

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

    Shape [unit, work] where nothing asks for headroom. A point that others of the same unit beat in every period is 0.
    """
    rate = rated.rate[able]
    if not any(asks_for_headroom(workload) for workload in instance.workloads.values()):
        return rate
    demand = np.array([demand_of(instance, work.workload, work.phase) for work in rated.works])
    effective = np.zeros((*rate.shape, instance.periods))
    frontiers = _frontiers(instance, rated, options, able, demand)
    for turn in range(max((len(one.places) for one in frontiers), default=0)):
        asked = [one for one in frontiers if one.asks(turn, rate)]
        if not asked:
            continue
        some = _only(rated, [able[one.places[turn]] for one in asked])
        found = some.rate[:, :, None] * headroom_for_waits(instance, some)[:, None, :]
        for one, row in zip(asked, found, strict=True):
            effective[one.places[turn]] = row
            one.take(turn, row)
    linked = bool(instance.links) and any(rated.units[index].role is Role.PREFILL for index in able)
    for one in frontiers:
        effective[one.not_worth_keeping(linked)] = 0.0
    return effective.reshape(len(able), len(rated.works) * instance.periods)


@dataclass
class _Frontier:
    """The points of one unit in the order in which they are asked for, and what came of them.

    `places` of them in what is asked about, `busy` the share of its time that no pool of each exceeds, `batch` of each.
    `whole`: the unit answers what it reads and reads what it answers, so that only the sum of both counts.
    """

    places: list[int]
    batch: list[int | None]
    busy: list[float]
    whole: bool
    demand: Array
    workload: NDArray[np.int64]
    """Of each work, by position."""
    served: Array | None = None
    needed: dict[int, Array] = field(default_factory=dict)

    def asks(self, turn: int, rate: Array) -> bool:
        """Whether the point of a turn may do better in some period than those before it did after headroom."""
        if turn >= len(self.places):
            return False
        if self.served is None:
            return True
        own = rate[self.places[turn]][:, None]
        if self.batch[turn] is None and not self.whole:
            return bool(np.any(own > ALIKE * self.served))
        least = np.min(list(self.needed.values()), axis=0)
        return bool(np.any(ALIKE * _needed(self.demand, self.workload, own * self.busy[turn]) < least))

    def take(self, turn: int, effective: Array) -> None:
        """What the point of a turn does after headroom, [work, period]."""
        self.served = effective if self.served is None else np.maximum(self.served, effective)
        self.needed[turn] = _needed(self.demand, self.workload, effective)

    def not_worth_keeping(self, linked: bool) -> list[int]:
        """Places of points that serve nothing with fewer units than all others do.

        Nor can a batch stay beside which nothing can be read, where no unit reads for it over a link (`linked`).
        """
        turns = sorted(self.needed)
        needed = np.array([self.needed[turn] for turn in turns]).reshape(len(turns), -1)
        best = set(np.argmax(needed <= ALIKE * needed.min(axis=0), axis=0).tolist())
        does_all = np.isfinite(needed).any(axis=1)
        limited = [self.batch[turn] is not None for turn in turns]
        smaller = not linked and any(does_all[place] and limited[place] for place in range(len(turns)))
        return [
            self.places[turn]
            for place, turn in enumerate(turns)
            if (place not in best and (limited[place] or self.whole)) or (smaller and not does_all[place])
        ]


def _frontiers(
    instance: Instance, rated: Rates, options: list[Option], able: list[int], demand: Array
) -> list[_Frontier]:
    """The points of each unit: from what needs least on where it answers what it reads, else from the largest on."""
    names = list(dict.fromkeys(work.workload for work in rated.works))
    workload = np.array([names.index(work.workload) for work in rated.works])
    busy = _most_busy(instance, rated, able)
    by_unit: dict[str, list[int]] = {}
    for place, index in enumerate(able):
        by_unit.setdefault(options[index].unit.name, []).append(place)
    frontiers = []
    for places in by_unit.values():
        whole = _is_whole(instance, rated, able[places[0]])
        at = [options[able[place]] for place in places]
        rate = rated.rate[[able[place] for place in places]] * busy[places, None]
        most = np.array([_needed(demand.sum(axis=1), workload, own) for own in rate])
        most = most[:, np.isfinite(most).any(axis=0)].sum(axis=1)
        order = sorted(
            range(len(places)),
            key=lambda one: (
                most[one] if whole else 0.0,
                -(at[one].batch or math.inf),
                -(at[one].pass_tokens or 0),
            ),
        )
        frontiers.append(
            _Frontier(
                places=[places[one] for one in order],
                batch=[at[one].batch for one in order],
                busy=busy[[places[one] for one in order]].tolist(),
                whole=whole,
                demand=demand,
                workload=workload,
            )
        )
    return frontiers


def _most_busy(instance: Instance, rated: Rates, able: list[int]) -> Array:
    """Share of its time that no pool of a unit may exceed, so that answers keep their time per token, [unit]."""
    busy = np.ones(len(able))
    for column, work in enumerate(rated.works):
        workload = instance.workloads[work.workload]
        stated = workload.queueing is not None and workload.queueing.decode_busy_limit is not None
        if work.phase is Phase.DECODE and waits_count(workload) and not stated:
            some = [place for place, index in enumerate(able) if rated.rate[index, column] > 0.0]
            found = largest_pools(instance, rated, [able[place] for place in some], column)
            busy[some] = np.minimum(busy[some], found)
    return busy


def _is_whole(instance: Instance, rated: Rates, index: int) -> bool:
    """Whether a unit does both phases of all that it serves, whose caches stay where they are."""
    unit = rated.units[index]
    served = {rated.works[place].workload for place in np.flatnonzero(rated.rate[index]).tolist()}
    return unit.role is Role.COLOCATED and all(
        instance.workloads[name].deferral is None and caches_stay(instance, name, unit.hardware)
        for name in served
    )


def _needed(demand: Array, workload: NDArray[np.int64], effective: Array) -> Array:
    """Units that the demand of each workload takes, [workload, ...]; inf where they cannot do all of its phases.

    `demand` and `effective` have the shape [work, ...], `workload` [work] says whose each work is.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(demand > 0.0, demand / effective, 0.0)
    found = np.zeros((int(workload.max(initial=0)) + 1, *share.shape[1:]))
    np.add.at(found, workload, share)
    return found


def _only(rated: Rates, indices: list[int]) -> Rates:
    """The rates of some of the units."""
    return replace(
        rated,
        units=tuple(rated.units[index] for index in indices),
        rate=rated.rate[indices],
        details=tuple(rated.details[index] for index in indices),
    )
