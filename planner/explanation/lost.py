"""Why options lost: units and channels that the plan does not use, forced in at the least cost.

    min cost   subject to   sum_t on[u,t] >= 1        (channels: sum_o acquire[o] >= 1)

over the divisible formulation; the difference to its optimum is the option's reduced cost, start-ups and all.
Options that were left out before there was a formulation keep the reason of the rates.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

from planner.explanation.case import EXACT
from planner.explanation.records import Lost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.engines import EnginePool, LinearProgram
    from planner.explanation.case import Case
    from planner.solution import Solution

A_TIE = "as good as what was taken: it lost to whole numbers, or to a tie"


def lost_of(case: Case, pool: EnginePool) -> tuple[Lost, ...]:
    """Units, then channels, then options that the rates left out."""
    sets = case.sets
    units = [unit for unit in range(len(sets.units)) if not case.values.on[unit].any()]
    channels = [place for place in range(len(sets.channels)) if not case.held_nodes[place].any()]
    channels = [place for place in channels if sets.channels[place].maximum_nodes != 0]
    asked = [
        *([f"on_{unit}_{period}" for period in range(sets.periods)] for unit in units),
        *([f"acquire_{offer}" for offer in _offers(case, place)] for place in channels),
    ]
    futures = [pool.submit(_forced(case, columns), "highs", EXACT) for columns in asked]
    lost = [_unit(case, unit, future.result()) for unit, future in zip(units, futures, strict=False)]
    lost += [
        _channel(case, place, future.result())
        for place, future in zip(channels, futures[len(units) :], strict=True)
    ]
    lost.sort(key=lambda entry: (entry.kind, entry.extra is None, entry.extra or 0.0))
    return (*lost, *_never_rated(case))


def _offers(case: Case, place: int) -> range:
    offers = case.sets.channels[place].offers
    return range(offers.start, offers.stop)


def _forced(case: Case, columns: list[str]) -> LinearProgram:
    """The relaxed program with at least one of these columns taken."""
    program = case.program.relaxed()
    places = [case.column[name] for name in columns]
    row = csr_array((np.ones(len(places)), ([0] * len(places), places)), shape=(1, program.column_count))
    return replace(
        program,
        matrix=vstack([program.matrix, row], format="csr"),
        row_lower=np.append(program.row_lower, 1.0),
        row_upper=np.append(program.row_upper, np.inf),
        row_names=(*program.row_names, "forced"),
    )


def _unit(case: Case, place: int, answer: Solution) -> Lost:
    unit = case.sets.units[place]
    if answer.values is None:
        return Lost(unit.name, "unit", None, None, "cannot run within the limits")
    extra = case.over_relaxed(answer)
    if extra == 0.0:
        return Lost(unit.name, "unit", 0.0, 0.0, A_TIE)
    worth = _nodes_worth(case, place, answer)
    share = extra / worth if worth > 0 else None
    told = "" if share is None else f": {share:.1%} of what its nodes are worth"
    return Lost(unit.name, "unit", extra, share, f"serving the same otherwise is cheaper{told}")


def _nodes_worth(case: Case, unit: int, answer: Solution) -> float:
    """USD that the nodes of a forced unit are worth in the periods in which it runs."""
    assert answer.values is not None
    columns = [case.column[f"on_{unit}_{period}"] for period in range(case.sets.periods)]
    worth = case.node_duals(case.relaxed)[case.sets.hardware_of[unit]] * case.sets.nodes[unit]
    return float(answer.values[columns] @ worth)


def _channel(case: Case, place: int, answer: Solution) -> Lost:
    """A channel not taken, by the cost of its cheapest offer."""
    label = case.sets.channels[place].label(case.sets)
    if answer.values is None:
        return Lost(label, "channel", None, None, "cannot be taken within the limits")
    extra = case.over_relaxed(answer)
    if extra == 0.0:
        return Lost(label, "channel", 0.0, 0.0, A_TIE)
    share = _offer_share(case, place)
    why = "" if share is None else f"would have to cost {share:.1%} less"
    return Lost(label, "channel", extra, share, why)


def _offer_share(case: Case, place: int) -> float | None:
    """Share of its price by which the best offer of a channel is too dear: reduced cost / price."""
    if case.relaxed.reduced_costs is None:
        return None
    price = case.program.objective
    columns = np.array([case.column[f"acquire_{offer}"] for offer in _offers(case, place)])
    priced = columns[price[columns] > 0]
    if not priced.size:
        return None
    return float((case.relaxed.reduced_costs[priced] / price[priced]).min())


def _never_rated(case: Case) -> Iterator[Lost]:
    for option in case.rates.rejected:
        yield Lost(option.name, "not rated", None, None, option.why)
