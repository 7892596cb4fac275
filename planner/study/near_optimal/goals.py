"""Goals: what else a plan can be good at. A new one is one function here and its line in `GOALS`.

A goal says which variant of the sets it needs (so that its variables exist) and what each column counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import traits_of
from planner.model.axes import COMMITMENT, SPAN, shape_of
from planner.model.change import ChangeSet
from planner.plan.change import pools_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class Goal:
    """Minimise `constant` + the sum of `weight[variable]` * variable, arrays on the axes of each, in `unit`, over
    the formulation of `sets`.

    "USD" in the unit stands for the currency of the instance.
    """

    unit: str
    sets: Sets
    weight: dict[str, NDArray[np.float64]]
    constant: float = 0.0


class NotAsked(Exception):
    """The goal has no meaning for this instance; says why."""


def fewest_hardware_types(sets: Sets, earlier: Plan | None) -> Goal:
    """Kinds of hardware held: fewer spare parts, images and suppliers."""
    if len(sets.hardware) < 2:
        raise NotAsked("there is one kind of hardware only")
    limits = sets.market.limits
    most = limits.hardware_types or len(sets.hardware)
    market = replace(sets.market, limits=limits.model_copy(update={"hardware_types": most}))
    weight = {"kind": np.ones(len(sets.hardware))}
    return Goal("kinds of hardware", replace(sets, market=market), weight)


def least_commitment(sets: Sets, earlier: Plan | None) -> Goal:
    """Money promised for longer than a period: purchases, reservations, contracts."""
    lasting = sets.last > sets.first
    price = sets.offer_bare * sets.offer_increment
    acquire = np.where(lasting & (price > 0), price, 0.0)
    commit = np.zeros(shape_of(sets, (COMMITMENT, SPAN)))
    for place, plan in enumerate(sets.market.commitments):
        commit[place, : len(plan.first)] = np.maximum(plan.price_usd * plan.increment_usd_per_hour, 0.0)
    if not (acquire.any() or commit.any()):
        raise NotAsked("nothing is committed for longer than a period")
    return Goal("USD committed", sets, {"acquire": acquire, "commit": commit})


def most_owned(sets: Sets, earlier: Plan | None) -> Goal:
    """Node-hours held of others: the fewer, the more is owned."""
    owned = np.array([traits_of(channel.kind).owned for channel in sets.channels])[sets.offer_channel]
    if not owned.any():
        raise NotAsked("nothing can be owned")
    hours = np.concatenate([[0.0], np.cumsum(sets.timeline.weighted_hours)])
    length = (hours[sets.last + 1] - hours[sets.first]) * sets.offer_increment
    return Goal("node-hours not owned", sets, {"acquire": np.where(owned, 0.0, length)})


def least_change(sets: Sets, earlier: Plan | None) -> Goal:
    """Node-hours by which pools differ from an earlier plan's; one that changes pools counts twice."""
    if earlier is None:
        raise NotAsked("no earlier plan was given")
    if len(earlier.periods) != sets.periods:
        raise NotAsked(f"the earlier plan has {len(earlier.periods)} periods, this one {sets.periods}")
    pools = {name: np.array(nodes, dtype=np.float64) for name, nodes in pools_of(earlier).items()}
    names = [unit.name for unit in sets.units]
    nothing = np.zeros(sets.periods)
    before = np.array([pools.get(name, nothing) for name in names])
    lost = sum((nodes for name, nodes in pools.items() if name not in names), nothing)
    # a limit that never binds brings the variables that count what joins and leaves
    loose = float(sets.node_limit.sum() + before.sum(axis=0).max(initial=0.0) + lost.max(initial=0.0))
    change = sets.change or ChangeSet(before, lost, 0, loose, np.inf)
    change = replace(change, earlier=before, gone=lost, most_nodes=min(change.most_nodes, loose))
    hours = sets.timeline.weighted_hours
    weight = dict.fromkeys(("joining", "leaving"), np.tile(hours, (len(sets.units), 1)))
    return Goal("node-hours changed", replace(sets, change=change), weight, float(lost @ hours))


GOALS: dict[str, Callable[[Sets, Plan | None], Goal]] = {
    "fewest hardware types": fewest_hardware_types,
    "least commitment": least_commitment,
    "most owned": most_owned,
    "least change": least_change,
}
