"""A unit that lost, beside the one that does its work: how much faster its nodes are, and what its size wastes.

load[t]  = what all units of the work on that hardware serve in the plan
exact    = sum_t hours[t] * nodes[u] * load[t] / (rate[u] * busy_limit[u,t])
whole    = sum_t hours[t] * nodes[u] * ceil(load[t] / (rate[u] * busy_limit[u,t]))
waste    = whole / exact - 1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.study.explanation.records import Beside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.study.explanation.case import ExplainedPlan

SLACK = 1e-9


def beside_of(case: ExplainedPlan, unit: int) -> Beside | None:
    """The comparison of a unit of one work; None where it does several, cannot run in a period in which others do,
    or none of its hardware and work runs."""
    sets = case.sets
    if unit not in sets.dedicated_units:
        return None
    work = _work_of(case, unit)
    running = [
        other
        for other in sets.dedicated_units
        if _work_of(case, other) == work
        and sets.hardware_of[other] == sets.hardware_of[unit]
        and case.values.on[other].any()
    ]
    if not running:
        return None
    hours = sets.timeline.weighted_hours
    winner = max(running, key=lambda other: float(sets.nodes[other] * case.values.on[other] @ hours))
    load = _load(case, running, work)
    if (sets.busy_limit[unit][load > 0] <= 0).any():
        return None  # it cannot keep the promises in some period
    by_node = sets.rate[:, work] / sets.nodes
    return Beside(
        winner=sets.units[winner].name,
        faster_share=float(by_node[unit] / by_node[winner] - 1.0),
        nodes=float(sets.nodes[unit]),
        waste_share=_waste(case, unit, work, load),
        winner_waste_share=_waste(case, winner, work, load),
    )


def _work_of(case: ExplainedPlan, unit: int) -> int:
    return int(np.argmax(case.sets.rate[unit] > 0))


def _load(case: ExplainedPlan, units: list[int], work: int) -> NDArray[np.float64]:
    """Tokens/s that some units serve of a work, shape [period]: their share of what all that run could."""
    sets = case.sets
    could = sets.rate[:, work, None] * sets.busy_limit * case.values.on
    total = could.sum(axis=0)
    share = np.divide(could[units].sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(share * np.maximum(total - case.headroom[work], 0.0))


def _waste(case: ExplainedPlan, unit: int, work: int, load: NDArray[np.float64]) -> float:
    sets = case.sets
    of_one = sets.rate[unit, work] * sets.busy_limit[unit]
    needed = np.divide(load, of_one, out=np.zeros_like(load), where=of_one > 0)
    hours = sets.timeline.weighted_hours
    exact = float(needed @ hours)
    return float(np.ceil(needed - SLACK) @ hours) / exact - 1.0 if exact > 0 else 0.0
