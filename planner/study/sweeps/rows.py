"""Rows of a sweep's table: a plan, or the reason why there is none, as plain data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from planner.core.errors import PlanRefused
from planner.core.plain import finite
from planner.core.solution import Status
from planner.plan.ending import ending
from planner.plan.tables import rows_of

if TYPE_CHECKING:
    import pandas as pd

    from planner.plan.plan import Plan
    from planner.study.sweeps.case import Case

Row = dict[str, Any]

INVALID = "invalid"
FAILED = "failed"
MOST_REASONS = 50


def plan_row(plan: Plan, seconds: float) -> Row:
    """The figures of a plan: proof, fleet, service, cost by term.

    `fleet` names every channel with its nodes at the peak, `nodes.*` and `cost.*` hold the same as numbers.
    `served_share` is the least share served of any work; `sla_met` says that nothing at all is shed: the
    units of a plan run at rates that keep the latency limits of the instance.
    """
    row: Row = {
        "status": str(plan.status),
        "cost": finite(plan.cost) if plan.usable else None,
        "bound": finite(plan.bound),
        "gap": finite(plan.gap),
        "limit": plan.limit,
        "currency": plan.currency,
        "seconds": seconds,
        "solver": plan.solver,
        "method": plan.method,
        "reason": "; ".join((*plan.reasons, *plan.warnings)) or _verdict(plan),
    }
    if plan.usable:
        fleet = {
            f"{entry['hardware']}.{entry['channel']}": entry["nodes_peak"] for entry in rows_of(plan, "fleet")
        }
        served = served_share(plan)
        row |= {"fleet": ", ".join(f"{name} {nodes}" for name, nodes in fleet.items())}
        row |= {"served_share": served, "sla_met": served >= 1.0}
        row |= {f"nodes.{name}": nodes for name, nodes in fleet.items()}
        row |= {f"cost.{term}": cost for term, cost in plan.cost_terms.items()}
        row |= plan.summary
    return row


def failed_row(status: str, reason: str, seconds: float) -> Row:
    """A case without a plan, with its reason."""
    return {"status": status, "cost": None, "bound": None, "gap": None, "seconds": seconds, "reason": reason}


def raise_refused(table: pd.DataFrame) -> None:
    """Raise PlanRefused where the audit refuses the plan of a case: no figure may be built on such a table."""
    refused = table[table["status"] == str(Status.REFUSED)]
    if len(refused):
        reasons = tuple(f"case {place}: {reason}" for place, reason in refused["reason"].items())
        raise PlanRefused(f"the plan of {len(refused)} of {len(table)} cases", reasons[:MOST_REASONS])


def _verdict(plan: Plan) -> str:
    """Why a plan is not proven to its gap, empty when it is."""
    if plan.status is Status.OPTIMAL:
        return ""
    if plan.status is Status.INFEASIBLE:
        return "no plan meets this demand within these limits"
    if plan.status is Status.REFUSED:
        return "the audit refuses the plan"
    return ending(plan.limit)


def served_share(plan: Plan) -> float:
    """Least share of any work that is served over the whole horizon, 1 when nothing is shed."""
    shares = [1.0]
    for shed in plan.shed:
        key = shed.workload, shed.phase
        served = sum(sum(entry.per_s) for entry in plan.served if (entry.workload, entry.phase) == key)
        shares.append(served / (served + sum(shed.per_s)))
    return min(shares)


def table_of(cases: list[Case], rows: dict[str, Row]) -> pd.DataFrame:
    """One row a case in the order of the design: its inputs, then its result.

    Cases without a row yet are left out. An input that a case leaves alone is empty. Node and cost columns
    are 0 where a plan has none of them.
    """
    import pandas as pd

    inputs = list(dict.fromkeys(path for case in cases for path in case.inputs))
    records = [
        {"case": case.index, **{path: _cell(case.inputs.get(path)) for path in inputs}, **rows[case.key]}
        for case in cases
        if case.key in rows
    ]
    frame = pd.DataFrame(records, columns=_columns(inputs, records))
    spread = [name for name in frame.columns if name.startswith(("nodes.", "cost."))]
    if spread:
        usable = frame["cost"].notna()
        frame.loc[usable, spread] = frame.loc[usable, spread].fillna(0.0)
    return frame


def _cell(value: Any) -> Any:
    """A value that fits a cell; lists and tables as JSON."""
    return json.dumps(value) if isinstance(value, list | dict) else value


def _columns(inputs: list[str], records: list[Row]) -> list[str]:
    """Columns by first appearance, the spread ones at the end."""
    names = list(dict.fromkeys(["case", *inputs, *(name for record in records for name in record)]))
    spread = sorted(name for name in names if name.startswith(("nodes.", "cost.")) and name not in inputs)
    return [name for name in names if name not in spread] + spread
