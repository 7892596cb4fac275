"""Nodes by hardware and role in every period -> the variables of the model."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from planner.model.decode import starts_of
from planner.model.held_nodes import held_nodes
from planner.model.values import Values, none_of_the_market
from planner.optimize.decomposition.heuristic.held_spans import acquired, span_running
from planner.optimize.decomposition.heuristic.standing_repair import standing_kept
from planner.optimize.decomposition.problem.holdings import parts_of_increment
from planner.optimize.decomposition.problem.standing_choices import chosen
from planner.optimize.decomposition.tolerances import WHOLE_NODES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.optimize.decomposition.bound.hours import HourModel
    from planner.optimize.decomposition.problem.structure import Structure


def units_on(model: HourModel, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The units on[unit, period] that make the most of nodes[hardware, role, group]."""
    structure, aggregation = model.structure, model.aggregation
    on = np.zeros((len(structure.unit_rate), aggregation.count), dtype=np.int64)
    for rate_class, frontiers in enumerate(model.frontiers):
        inside = aggregation.rate_class == rate_class
        for hardware, role in product(range(structure.hardware), (0, 1)):
            counts = np.where(inside, nodes[hardware, role], 0)
            for count in np.unique(counts[counts > 0]).tolist():
                where = counts == count
                for unit, number in frontiers[hardware].capacity[role].units_in(count).items():
                    on[unit, where] = number
    return on[:, aggregation.of]


def values_for(
    sets: Sets, structure: Structure, fleet: NDArray[np.int64], on: NDArray[np.int64]
) -> Values | None:
    """Hold the fleet, hire what the units on need beyond it, cheapest first; None where that is not to be
    had.

    Of each unit type `on_limit` alone serves all demand, so no more of it than that runs.
    """
    on = np.minimum(standing_kept(sets, on), sets.on_limit)
    acquire = acquired(sets, structure, fleet)
    if acquire is None:
        return None
    use = np.zeros((len(sets.channels), sets.periods))
    for hardware in range(structure.hardware):
        mine = structure.unit_hardware == hardware
        needed = structure.unit_nodes[mine] @ on[mine]
        if not _supply(sets, structure, hardware, needed, acquire, use):
            return None
    return Values(
        acquire=acquire,
        on=on,
        start=starts_of(sets, on),
        busy=np.zeros((len(sets.units), len(sets.works), sets.periods)),
        shed=np.zeros((len(sets.market.workloads), sets.periods)),
        use=use,
        market=none_of_the_market(sets) | ({} if sets.standing is None else {"stand": chosen(sets, on)}),
    )


def _supply(
    sets: Sets,
    structure: Structure,
    hardware: int,
    needed: NDArray[np.int64],
    acquire: NDArray[np.int64],
    use: NDArray[np.float64],
) -> bool:
    """Cover the nodes needed in every period, the cheapest in use first; whether there are enough."""
    sources: list[tuple[NDArray[np.float64], int, NDArray[np.float64], int]] = []
    spanned = span_running(sets, structure, hardware)
    nodes = held_nodes(sets, acquire) if spanned else np.zeros(0)
    for channel, running in spanned.items():
        sources.append((running, channel, nodes[channel] * int(sets.parts[hardware]), -1))
    for pool in structure.pools:
        if pool.hardware == hardware and pool.throughout:
            for offer in dict.fromkeys(pool.offer.tolist()):
                channel = int(sets.offer_channel[offer])
                held = np.full(sets.periods, float(int(acquire[offer]) * parts_of_increment(sets, channel)))
                sources.append((pool.running, channel, held, -1))
    for place, hire in enumerate(structure.hires):
        if hire.hardware == hardware:
            able = np.where(np.isfinite(hire.price), float(hire.maximum), 0.0)
            sources.append((hire.price, hire.channel, able, place))
    left = needed.astype(np.float64)
    price = np.array([source[0] for source in sources]).reshape(len(sources), sets.periods)
    order = np.argsort(price, axis=0, kind="stable")
    for rank in range(len(sources)):
        for place, (_, channel, able, hire_place) in enumerate(sources):
            now = order[rank] == place
            taken = np.where(now, np.minimum(left, able), 0.0)
            left -= taken
            use[channel] += taken / int(sets.parts[hardware])
            if hire_place >= 0:
                _hire(sets, structure, hire_place, taken, acquire)
    return bool((left <= WHOLE_NODES).all())


def _hire(
    sets: Sets, structure: Structure, place: int, taken: NDArray[np.float64], acquire: NDArray[np.int64]
) -> None:
    hire = structure.hires[place]
    channel = sets.channels[hire.channel]
    where = np.flatnonzero(taken > 0)
    per_increment = parts_of_increment(sets, hire.channel) * channel.available_share
    acquire[hire.offer[where]] += np.ceil(taken[where] / per_increment - WHOLE_NODES).astype(np.int64)
