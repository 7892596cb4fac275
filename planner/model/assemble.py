"""Assemble: what the engine found and the arrays of its plan -> Plan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.core.version import __version__
from planner.instance.doubts import doubts
from planner.model.decode import cost_terms_of, holdings_of, served_of, shed_of, units_of, use_of
from planner.model.decode_cash import cash_by_stage, cost_by_stage
from planner.model.decode_deferral import backlog_of
from planner.model.decode_market import committed_of, lent_of, outsourced_of
from planner.model.decode_sites import routed_of
from planner.model.placement import placed_of
from planner.model.settle import settled
from planner.model.traces import trace_remarks
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planner.core.solution import Solution
    from planner.instance import Instance
    from planner.model.sets import Sets
    from planner.model.values import Values


TABLES: Mapping[str, Callable[[Sets, Values], tuple[Any, ...]]] = {
    "placed": placed_of,
    "holdings": lambda sets, values: holdings_of(sets, values.acquire),
    "units": lambda sets, values: units_of(sets, values.on),
    "served": served_of,
    "shed": shed_of,
    "use": lambda sets, values: use_of(sets, values.use),
    "outsourced": outsourced_of,
    "lent": lent_of,
    "committed": committed_of,
    "cash": cash_by_stage,
    "stage_costs": cost_by_stage,
    "backlog": backlog_of,
    "routed": routed_of,
}
"""What makes each table of a plan, by the plan's field."""


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
    terms = {} if values is None else cost_terms_of(sets, values)
    cost = math.inf if values is None else sum(terms.values())
    tables: dict[str, Any] = {
        name: () if values is None else read(sets, values) for name, read in TABLES.items()
    }
    return Plan(
        instance=instance.name,
        status=solution.status,
        cost=cost,
        bound=min(solution.bound, cost),
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
        versions={"planner": __version__, solution.engine: solution.engine_version},
        warnings=(*solution.remarks, *trace_remarks(sets), *doubts(instance), *sets.remarks),
        question=instance.model_dump(mode="json", exclude_unset=True),
        **tables,
    )
