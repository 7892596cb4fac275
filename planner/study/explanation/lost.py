"""Why options lost: units and channels that the plan does not use, forced in at the least cost.

    once         min cost   subject to   sum_t on[u,t] >= 1    (channels: sum_o acquire[o] >= 1)
    throughout   min cost   subject to   on[u,t] >= 1          all t with work for it

over the divisible formulation; the differences to its optimum are the option's reduced costs, start-ups and
all. Once may fall into an hour in which nothing is scarce; throughout covers day and night. Options that
were left out before there was a formulation keep the reason of the rates.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

from planner.study.explanation.beside import beside_of
from planner.study.explanation.case import EXACT
from planner.study.explanation.records import Lost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.core.solution import Solution
    from planner.optimize.engines import EnginePool, LinearProgram
    from planner.study.explanation.case import ExplainedPlan

A_TIE = "as good as what was taken: it lost to whole numbers, or to a tie"


def lost_of(case: ExplainedPlan, engines: EnginePool) -> tuple[Lost, ...]:
    """Units, then channels, then options that the rates left out."""
    sets = case.sets
    units = [unit for unit in range(len(sets.units)) if not case.values.on[unit].any()]
    channels = [place for place in range(len(sets.channels)) if not case.held_nodes[place].any()]
    channels = [place for place in channels if sets.channels[place].maximum_nodes != 0]
    once = [engines.submit(_forced(case, case.on_columns[unit]), options=EXACT) for unit in units]
    throughout = [engines.submit(_throughout(case, unit), options=EXACT) for unit in units]
    taken = [engines.submit(_forced(case, _offers(case, place)), options=EXACT) for place in channels]
    lost = [
        replace(_unit(case, unit, one.result(), always.result()), beside=beside_of(case, unit))
        for unit, one, always in zip(units, once, throughout, strict=True)
    ]
    lost += [_channel(case, place, future.result()) for place, future in zip(channels, taken, strict=True)]
    lost.sort(key=lambda entry: (entry.kind, entry.once is None, entry.throughout or entry.once or 0.0))
    return (*lost, *_never_rated(case))


def _offers(case: ExplainedPlan, place: int) -> NDArray[np.int64]:
    """Columns of the offers of a channel."""
    return case.acquire_columns[case.sets.channels[place].offers]


def _throughout(case: ExplainedPlan, unit: int) -> LinearProgram:
    """The relaxed program with one unit on in every period in which it can be of use."""
    program = case.program.relaxed()
    lower, columns = program.lower.copy(), case.on_columns[unit]
    lower[columns] = np.minimum(1.0, program.upper[columns])
    return program.with_bounds(lower=lower)


def _forced(case: ExplainedPlan, places: NDArray[np.int64]) -> LinearProgram:
    """The relaxed program with at least one of these columns taken."""
    program = case.program.relaxed()
    row = csr_array(
        (np.ones(len(places)), (np.zeros(len(places), dtype=np.int64), places)),
        shape=(1, program.column_count),
    )
    return replace(
        program,
        matrix=vstack([program.matrix, row], format="csr"),
        row_lower=np.append(program.row_lower, 1.0),
        row_upper=np.append(program.row_upper, np.inf),
        row_names=(*program.row_names, "forced"),
    )


def _unit(case: ExplainedPlan, place: int, once: Solution, throughout: Solution) -> Lost:
    unit = case.sets.units[place]
    if once.values is None:
        return Lost(unit.name, "unit", None, None, None, f"cannot run {_within(case)}")
    extra = case.over_relaxed(once)
    if throughout.values is None:
        return Lost(unit.name, "unit", extra, None, None, f"cannot run throughout {_within(case)}")
    always = case.over_relaxed(throughout)
    if always == 0.0:
        return Lost(unit.name, "unit", extra, 0.0, 0.0, A_TIE)
    dual_value = _dual_value_of_nodes(case, place)
    share = always / dual_value if dual_value > 0 else None
    dearer_by = "" if share is None else f", by {share:.1%} of the dual value of its nodes"
    return Lost(unit.name, "unit", extra, always, share, f"serving the same otherwise is cheaper{dearer_by}")


def _within(case: ExplainedPlan) -> str:
    """What a forced option would have to keep to."""
    return "with numbers of units near those of the plan" if case.nearby else "within the limits"


def _dual_value_of_nodes(case: ExplainedPlan, unit: int) -> float:
    """Dual value of the nodes of one unit over all periods in which it can be of use, USD."""
    sets = case.sets
    dual_value = case.node_duals(case.relaxed)[sets.hardware_of[unit]] * sets.nodes[unit]
    return float(np.minimum(1, sets.on_limit[unit]) @ dual_value)


def _channel(case: ExplainedPlan, place: int, answer: Solution) -> Lost:
    """A channel not taken, by the cost of its cheapest offer."""
    label = case.sets.channels[place].label(case.sets)
    if answer.values is None:
        return Lost(label, "channel", None, None, None, f"cannot be taken {_within(case)}")
    extra = case.over_relaxed(answer)
    if extra == 0.0:
        return Lost(label, "channel", 0.0, None, 0.0, A_TIE)
    columns = _offers(case, place)
    paid = float(case.program.objective[columns] @ answer.values[columns])
    share = extra / paid if paid > 0 else None
    why = "" if share is None else f"would have to cost {share:.1%} less"
    return Lost(label, "channel", extra, None, share, why)


def _never_rated(case: ExplainedPlan) -> Iterator[Lost]:
    for option in case.rates.rejected:
        yield Lost(option.name, "not rated", None, None, None, option.why)
