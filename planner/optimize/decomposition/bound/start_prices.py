"""Prices of starts: the linear relaxation's, run by run where periods are many, in the few steps that bound best.

The same few prices then come up again and again, and periods of equal prices are searched together.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.chains import chains_of
from planner.optimize.decomposition.bound.relaxation import Relaxation, Unsolved
from planner.optimize.decomposition.bound.time_aggregation import aggregated, each_period
from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.relaxation import Prices
    from planner.optimize.decomposition.bound.time_aggregation import TimeAggregation
    from planner.optimize.decomposition.parameters import BoundParameters
    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class LinearRoot:
    """The relaxation to branch with: theta[period] of starts, its groups, its optimum over the widest range, and the
    optimum that leaves starts out.
    """

    theta: NDArray[np.float64]
    aggregation: TimeAggregation
    relaxation: Relaxation
    prices: Prices
    plain: Prices


def root_without_starts(structure: Structure, parameters: BoundParameters) -> LinearRoot | None:
    """Starts for nothing: the first bound there is."""
    return _root(
        structure, parameters, FleetBounds(structure.least, structure.most), np.zeros(structure.periods)
    )


def root_with_starts(structure: Structure, parameters: BoundParameters, plain: LinearRoot) -> LinearRoot:
    """The best prices of starts, those of the plain relaxation where none are better."""
    if not structure.unit_start_usd.any():
        return plain
    fleets = FleetBounds(structure.least, structure.most)
    theta = _theta(structure, parameters, fleets, plain.prices)
    roots = [plain]
    for steps in parameters.start_price_steps:
        with suppress(Unsolved):
            root = _root(structure, parameters, fleets, np.round(theta * steps) / steps, plain.prices)
            roots += [root] if root is not None else []
    return max(roots, key=lambda root: root.prices.bound)


def _root(
    structure: Structure,
    parameters: BoundParameters,
    fleets: FleetBounds,
    theta: NDArray[np.float64],
    plain: Prices | None = None,
) -> LinearRoot | None:
    aggregation = aggregated(structure, parameters.price_groups, theta=theta)
    relaxation = Relaxation(structure, aggregation, parameters)
    prices = relaxation.solve(fleets)
    return None if prices is None else LinearRoot(theta, aggregation, relaxation, prices, plain or prices)


def _theta(
    structure: Structure, parameters: BoundParameters, fleets: FleetBounds, plain: Prices
) -> NDArray[np.float64]:
    """Duals of starts; nothing for a start in a run that has no solution."""
    if structure.periods <= parameters.whole_price_periods:
        return _duals(structure, parameters, fleets)
    theta = np.zeros(structure.periods)
    fleet = FleetBounds(np.maximum(fleets.low, np.floor(plain.fleet).astype(np.int64)), fleets.high)
    for periods, inside in runs_with_margins(structure, parameters):
        theta[periods[inside]] = _duals(structure.run(periods), parameters, fleet)[inside]
    return theta


def _duals(structure: Structure, parameters: BoundParameters, fleets: FleetBounds) -> NDArray[np.float64]:
    relaxation = Relaxation(structure, each_period(structure), parameters, starts=True)
    with suppress(Unsolved):
        if relaxation.solve(fleets) is not None:
            return relaxation.theta()
    return np.zeros(structure.periods)


def runs_with_margins(
    structure: Structure, parameters: BoundParameters
) -> Iterator[tuple[NDArray[np.int64], slice]]:
    """Runs of consecutive periods with their margins, and which of them are the run itself."""
    run, margin = parameters.price_run_periods, parameters.price_margin_periods
    for chain, ring in chains_of(structure):
        order = np.array(chain)
        for first in range(0, len(order), run):
            last = min(first + run, len(order))
            begin, end = first - margin, last + margin
            if not ring or end - begin > len(order):
                begin, end = max(begin, 0), min(end, len(order))
            yield order[np.arange(begin, end) % len(order)], slice(first - begin, last - begin)
