"""Assemble: what the engine found and the arrays of its plan -> Plan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.core.version import __version__
from planner.instance.doubts import doubts
from planner.model.decode import cost_terms_of, holdings_of, served_of, shed_of, units_of, use_of
from planner.model.decode_deferral import backlog_of
from planner.model.decode_market import committed_of, lent_of, outsourced_of
from planner.model.decode_sites import routed_of
from planner.model.placement import placed_of
from planner.model.settle import settled
from planner.model.traces import trace_remarks
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from planner.core.solution import Solution
    from planner.instance import Instance
    from planner.model.sets import Sets
    from planner.model.values import Values


def plan_of(
    instance: Instance,
    sets: Sets,
    solution: Solution,
    values: Values | None,
    method: str,
    method_reason: str = "",
) -> Plan:
    """The plan of a solution; without values a plan with its status and no records."""
    values = None if values is None else settled(sets, values)
    placed = placed_of(sets, values) if values is not None else ()
    terms = cost_terms_of(sets, values) if values is not None else {}
    return Plan(
        instance=instance.name,
        status=solution.status,
        cost=sum(terms.values()) if values is not None else math.inf,
        bound=min(solution.bound, sum(terms.values())) if values is not None else solution.bound,
        limit=solution.limit,
        currency=instance.currency,
        seconds=solution.seconds,
        solver=solution.engine,
        method=method,
        method_reason=method_reason,
        seed=solution.seed,
        periods=tuple(instance.labels()),
        period_hours=instance.horizon.period_hours,
        period_weights=tuple(sets.timeline.weight.tolist()),
        cost_terms=terms,
        holdings=holdings_of(sets, values.acquire) if values is not None else (),
        units=units_of(sets, values.on) if values is not None else (),
        served=served_of(sets, values) if values is not None else (),
        shed=shed_of(sets, values) if values is not None else (),
        use=use_of(sets, values.use) if values is not None else (),
        outsourced=outsourced_of(sets, values) if values is not None else (),
        lent=lent_of(sets, values) if values is not None else (),
        committed=committed_of(sets, values) if values is not None else (),
        backlog=backlog_of(sets, values) if values is not None else (),
        routed=routed_of(sets, values) if values is not None else (),
        placed=placed,
        versions={"planner": __version__, solution.engine: solution.engine_version},
        warnings=(
            *solution.remarks,
            *trace_remarks(sets),
            *doubts(instance),
            *sets.remarks,
        ),
        question=instance.model_dump(mode="json", exclude_unset=True),
    )
