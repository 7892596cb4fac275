"""What `planner track` prints: tables in 80 columns, and one record."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.study.tracking import Tracking
    from planner.study.tracking.hindsight import FromHere, Hindsight, SolvedBeside


def record(found: Tracking, others: Mapping[str, float], best: SolvedBeside | None) -> dict[str, Any]:
    """All of it as plain data; money in the currency of the plan."""
    return {
        "instance": found.instance.name,
        "currency": found.plan.currency,
        "from": _first(found),
        "periods": int(found.covered.sum()),
        "planned_cost": found.planned_cost,
        "actual_cost": found.actual_cost,
        "by_cause": found.by_cause,
        "channels": [asdict(one) for one in found.hours],
        "works": [asdict(one) for one in found.works],
        "promises": [asdict(one) | {"verdict": one.verdict} for one in found.promises],
        "terms": {term: {"planned": was, "actual": now} for term, (was, now) in found.terms.items()},
        "not_of_the_plan": dict(others),
        "table": found.frame().to_dict("records"),
        "notes": list(found.notes),
        "hindsight": None if best is None else _hindsight(best.hindsight),
        "from_here": None if best is None else _from_here(best.from_here),
    }


def _hindsight(best: Hindsight) -> dict[str, Any]:
    optima = {"with_signed": best.with_signed, "free": best.free}
    return {
        "as_it_went": best.went,
        **{
            name: {
                "cost": best.cost_of(plan) if plan.usable else None,
                "gap": plan.gap,
                "status": str(plan.status),
                "reasons": list(plan.reasons),
            }
            for name, plan in optima.items()
        },
    }


def _from_here(best: FromHere | str) -> dict[str, Any]:
    if isinstance(best, str):
        return {"none": best}
    return {
        "from": best.before.periods[0],
        "demand_over_planned": best.drift,
        "most_nodes_moved": best.moved,
        "changes": [
            dict(zip(("unit", "period", "planned", "now"), row, strict=True)) for row in best.changes
        ],
        "status": str(best.plan.status),
        "reasons": list(best.plan.reasons),
    }


def _first(found: Tracking) -> str:
    return str(found.plan.periods[int(found.covered.argmax())])


def show(found: Tracking, others: Mapping[str, float], best: SolvedBeside | None) -> None:
    """Print it."""
    from planner.app.cli.common import output, print_table
    from planner.view.reporting.tracking_tables import said_of, sentence, span, tracking_tables

    output().print(f"{found.instance.name}: {span(found)}: {sentence(found)}", style="bold", markup=False)
    for table in tracking_tables(found, best):
        if table.rows:
            right = [place for place, numeric in enumerate(table.numeric) if numeric]
            print_table(table.headings, table.rows, right=right)
    for line in said_of(found, others, best):
        output().print(line, markup=False)
