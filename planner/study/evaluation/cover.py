"""Cover: what given nodes can serve within the service level, and what it costs to run and start units on them.

The formulation with the nodes of each period fixed, solved twice. First with nothing to pay, and every work free to
go unserved at a price of one over its peak demand: what the optimum leaves unserved cannot be served. Then with
that much left unserved, at the prices of the instance for what nodes in use cost on top of being held, and for
starts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import PlannerError
from planner.model import build
from planner.model.decode import starts_of, values_of
from planner.model.market import Market
from planner.model.prepare import sets_of
from planner.optimize.engines import EngineOptions, program_of, prover
from planner.optimize.engines import solve as run_engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.model.data import ChannelOffers
    from planner.model.sets import Sets
    from planner.model.values import Values
    from planner.rates import Rates

    Nodes = dict[tuple[str, str], NDArray[np.float64]]

EXACT_ENOUGH = 1e-4
ROOM = 1e-7
"""Share by which more may go unserved in the second solve than the first has found, so that rounding costs no plan."""


@dataclass(frozen=True)
class Cover:
    """Share of the demand served, shape [work, period] (1 where there is no demand); USD of nodes in use by channel,
    and of starts, shape [period]; weights counted."""

    served_share: NDArray[np.float64]
    running: dict[tuple[str, str], NDArray[np.float64]]
    start: NDArray[np.float64]


def cover_of(instance: Instance, rates: Rates, nodes: Nodes, time_limit_s: float | None) -> Cover:
    """What nodes of each (hardware, channel), shape [period], serve and cost to run; whole nodes serve.

    Raises
    ------
    PlannerError
        The time limit was reached.
    """
    sets = _fixed(sets_of(instance, rates), nodes)
    free = replace(sets, running_usd=np.zeros_like(sets.running_usd), start_usd=np.zeros_like(sets.start_usd))
    whole = _whole(sets, nodes)
    most = _solved(free, whole, None, time_limit_s)
    share = np.where(sets.demand > 0, 1.0 - most.shed, 1.0)
    values = most
    if sets.running_usd.any() or sets.start_usd.any():
        values = _solved(replace(sets, shed_usd=np.zeros_like(sets.shed_usd)), whole, most.shed, time_limit_s)
    running = sets.running_usd * sets.timeline.discounted_hours * values.use
    return Cover(
        served_share=np.asarray(np.clip(share, 0.0, 1.0)),
        running=dict(zip(nodes, running, strict=True)),
        start=sets.start_usd @ starts_of(sets, values.on) * sets.timeline.discounted_weight,
    )


def _solved(
    sets: Sets, whole: NDArray[np.int64], most_shed: NDArray[np.float64] | None, time_limit_s: float | None
) -> Values:
    """The optimum on whole nodes, shape [channel, period]; `most_shed`, shape [work, period], may go unserved."""
    model = build(sets, "cover")
    for variable, count in zip(model.variables["acquire"].values(), whole.ravel().tolist(), strict=True):
        variable.bounds(0, int(count))
    for place, variable in model.variables["shed"].items() if most_shed is not None else ():
        assert most_shed is not None
        variable.bounds(0, min(1.0, float(most_shed[place]) + ROOM))
    program = program_of(model)
    options = EngineOptions(time_limit_s=time_limit_s, relative_gap=EXACT_ENOUGH, threads=2, seed=1)
    solution = run_engine(program, prover(), options)
    if solution.values is None:
        raise PlannerError("what the schedule can serve was not found within the time limit")
    return values_of(sets, program.index, solution.values)


def _whole(sets: Sets, nodes: Nodes) -> NDArray[np.int64]:
    """Whole nodes of every channel, shape [channel, period]; of one hardware as many as its sum has."""
    counts = np.zeros((len(nodes), sets.periods))
    keys = list(nodes)
    for hardware in dict.fromkeys(key[0] for key in keys):
        mine = [place for place, key in enumerate(keys) if key[0] == hardware]
        total = np.floor(np.cumsum([nodes[keys[place]] for place in mine], axis=0) + 1e-9)
        counts[mine] = np.diff(total, axis=0, prepend=0.0)
    return counts.astype(np.int64)


def _fixed(sets: Sets, nodes: Nodes) -> Sets:
    """The same work and units, on the channels of the nodes alone: free to hold by the period, priced to run.

    Each work counts as a workload, so that every phase goes unserved by itself.
    """
    periods, count = sets.periods, len(nodes)
    places = [_place(sets, key) for key in nodes]
    channels = tuple(
        _free(sets.channels[place], slice(index * periods, (index + 1) * periods))
        for index, place in enumerate(places)
    )
    peak = np.maximum(sets.demand.max(axis=1, initial=0.0), 1e-12)
    return replace(
        sets,
        channels=channels,
        shed_usd=1.0 / peak,
        first=np.tile(np.arange(periods), count),
        last=np.tile(np.arange(periods), count),
        offer_price=np.zeros(count * periods),
        offer_idle=None,
        offer_capex=np.zeros(count * periods),
        offer_channel=np.repeat(np.arange(count), periods),
        running_usd=sets.running_usd[places],
        market=Market(
            workloads=tuple(work.name for work in sets.works), workload_of=tuple(range(len(sets.works)))
        ),
        cash=None,
        keeps_caches=(),
        change=None,
        risk=None,
        signed=None,
    )


def _place(sets: Sets, key: tuple[str, str]) -> int:
    return next(
        place
        for place, channel in enumerate(sets.channels)
        if (sets.hardware[channel.hardware], channel.name) == key
    )


def _free(channel: ChannelOffers, offers: slice) -> ChannelOffers:
    """A channel without limits of its own: the nodes are given."""
    return replace(
        channel,
        offers=offers,
        minimum_nodes=0,
        maximum_nodes=None,
        increment_nodes=1,
        overlap=False,
        maximum_new_nodes=None,
        maximum_new_nodes_per_week=None,
        loss=None,
        draws_on=None,
        site=None,
        provider=None,
        first_stage=False,
    )
