"""Demand: every work is served in every period, taken by a vendor, shed at its price, or put off if it may wait.

    sum_{u dedicated} rate[u,w] * busy_limit[u,t] * (on[u,t] - lost[u,t]) + sum_{u shared} rate[u,w] * busy[u,w,t]
        + demand[w,t] * (sum_v outsource[v,workload(w),t] + shed[workload(w),t])
        + (backlog[w,t] - backlog[w,prev(t)]) / hours[t] >= demand[w,t]                       all w, t

tokens/s (requests/s), divided by demand_scale[w,t]. Requests are shed and sold whole, prompt and answer: by one
share for all phases of a workload. A dedicated unit does one work only, so it serves all it can; lost is the
time of units that are starting, busy_limit the share of its time that a unit may be busy. Dual: USD per token/s
more in that period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import PERIOD, WORKLOAD
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.families.deferral import put_off
from planner.model.families.outsource import taken
from planner.model.treatment import Treatment, dropped, kept
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row


def _shed(sets: Sets) -> Domain:
    at = [(workload, period) for workload in sets.shed_workloads for period in range(sets.periods)]
    return domain(at, 2, upper=1)


VARIABLES = (
    DecisionVariable(
        "shed", (WORKLOAD, PERIOD), _shed, "share", "of the requests left unserved, every phase of them"
    ),
)

AUDITED_BY = ("demand",)


def applies(sets: Sets) -> bool:
    """Always."""
    return True


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    if sets.headroom is not None and sets.has_starts:
        return dropped(
            "a unit may be as busy as in the hour that allows most, of those that are taken together"
        )
    return kept("every demand is met in every hour, units whole")


def served(
    sets: Sets, variables: Variables, work: int, period: int, units: Container[int] | None = None
) -> list[Term]:
    """Terms of what some units (absent: all) serve of a work, in multiples of demand_scale."""
    terms: list[Term] = []
    shared = set(sets.shared_units)
    for unit in np.flatnonzero(sets.rate[:, work]).tolist():
        if units is not None and unit not in units:
            continue
        rate = float(sets.rate[unit, work] / sets.demand_scale[work, period])
        if unit in shared:
            terms.append((variables["busy"][unit, work, period], rate))
        else:
            terms.extend(variables.usable(sets, unit, period, rate))
    return terms


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per work and period with anything to serve."""
    for work, period in np.argwhere(sets.servable > 0).tolist():
        terms = served(sets, variables, work, period)
        terms.extend(variables.unserved(sets, work, period))
        terms.extend(taken(sets, variables, work, period))
        terms.extend(put_off(sets, variables, work, period))
        demand = float(sets.demand[work, period] / sets.demand_scale[work, period])
        yield "", (work, period), affine(terms) >= demand
