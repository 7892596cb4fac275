"""Cover: how much of the demand given nodes can serve within the service level, at best.

The formulation with the nodes of each period fixed, nothing to pay, and every work free to go unserved at a
price of one over its peak demand: what the optimum leaves unserved cannot be served.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.engines import EngineOptions, from_pulp
from planner.engines import solve as run_engine
from planner.errors import PlannerError
from planner.model import build
from planner.model.decode import values_of
from planner.model.market import Market
from planner.model.prepare import sets_of
from planner.model.sets import Channel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.model.sets import Sets
    from planner.rates import Rates

EXACT_ENOUGH = 1e-4


def served_share(
    instance: Instance, rates: Rates, nodes: dict[str, NDArray[np.float64]], time_limit_s: float | None
) -> NDArray[np.float64]:
    """Share of the demand served, shape [work, period]; 1 where nothing is asked.

    Parameters
    ----------
    nodes
        Nodes of each hardware, shape [period]; whole nodes serve.

    Raises
    ------
    PlannerError
        No answer came within the time limit.
    """
    sets = _fixed(sets_of(instance, rates), nodes)
    model = build(sets, "cover")
    whole = np.concatenate(
        [np.floor(nodes.get(name, np.zeros(sets.periods)) + 1e-9) for name in sets.hardware]
    )
    for variable, count in zip(model.variables.acquire, whole.tolist(), strict=True):
        variable.bounds(0, int(count))
    program = from_pulp(model.problem)
    options = EngineOptions(time_limit_s=time_limit_s, relative_gap=EXACT_ENOUGH, threads=2, seed=1)
    solution = run_engine(program, "highs", options)
    if solution.values is None:
        raise PlannerError("what the schedule can serve was not found within the time limit")
    values = values_of(sets, dict(zip(program.column_names, solution.values.tolist(), strict=True)))
    unserved = values.shed * sets.work_scale[:, None]
    share = 1.0 - np.divide(unserved, sets.demand, out=np.zeros_like(unserved), where=sets.demand > 0)
    return np.asarray(np.clip(share, 0.0, 1.0))


def _fixed(sets: Sets, nodes: dict[str, NDArray[np.float64]]) -> Sets:
    """The same work and units, on one free channel a hardware."""
    periods, kinds = sets.periods, len(sets.hardware)
    channels = tuple(_free(place, slice(place * periods, (place + 1) * periods)) for place in range(kinds))
    peak = np.maximum(sets.demand.max(axis=1, initial=0.0), 1e-12)
    return replace(
        sets,
        channels=channels,
        shed_usd=1.0 / peak,
        start_usd=np.zeros_like(sets.start_usd),
        first=np.tile(np.arange(periods), kinds),
        last=np.tile(np.arange(periods), kinds),
        offer_price=np.zeros(kinds * periods),
        offer_capex=np.zeros(kinds * periods),
        offer_channel=np.repeat(np.arange(kinds), periods),
        running_usd=np.zeros((kinds, periods)),
        market=Market(workloads=sets.market.workloads, workload_of=sets.market.workload_of),
    )


def _free(hardware: int, offers: slice) -> Channel:
    return Channel(
        hardware=hardware,
        name="held",
        kind="existing",
        term="held",
        offers=offers,
        minimum_nodes=0,
        maximum_nodes=None,
        increment_nodes=1,
        overlap=False,
    )
