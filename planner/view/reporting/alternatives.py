"""Alternatives on the console: what each gives for what it costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from planner.plan.tables import rows_of
from planner.study.near_optimal.records import over
from planner.view.reporting.table import PlainTable

SAME = 1e-9

if TYPE_CHECKING:
    from rich.console import RenderableType

    from planner.plan.plan import Plan
    from planner.study.near_optimal.records import Alternative, Alternatives


def render_alternatives(alternatives: Alternatives) -> RenderableType:
    """One row a plan, the cheapest first, and the goals that were not pursued."""
    best = alternatives.best
    head = Text.assemble(
        (best.instance, "bold"),
        f": plans of at most {alternatives.budget:,.2f} {best.currency}, "
        f"{alternatives.slack:.2%} above the proven bound of {best.bound:,.2f}",
    )
    table = PlainTable(box=None, header_style="bold")
    table.add_column("goal")
    for heading in (f"cost, {best.currency}", "above the optimum"):
        table.add_column(heading, justify="right")
    for heading in ("reaches (the cheapest plan has)", "proof", "holds at its peak"):
        table.add_column(heading)
    table.add_row("cheapest", f"{best.cost:,.2f}", _above(over(best.cost, best.bound)), "", "", _fleet(best))
    for entry in alternatives.found:
        table.add_row(
            *(entry.goal, f"{entry.plan.cost:,.2f}", _above(entry.over_best_at_most)),
            f"{entry.measure:,.6g} {entry.unit} ({entry.best_measure:,.6g})",
            *(_proof(entry), _fleet(entry.plan)),
        )
    warnings = [Text(f"! {warning}") for entry in alternatives.found for warning in entry.plan.warnings]
    skipped = [Text(f"- {goal}: {why}") for goal, why in alternatives.skipped.items()]
    return Group(head, table, *warnings, *skipped)


def _above(share: float) -> str:
    return f"at most {share:.2%}" if math.isfinite(share) else "above a bound of nothing"


def _proof(entry: Alternative) -> str:
    """What is proven of the goal, and whether the cheapest plan was improved on at all."""
    same = abs(entry.measure - entry.best_measure) <= SAME * max(1.0, abs(entry.best_measure))
    if entry.optimal:
        return "best there is, as the cheapest plan" if same else "best there is"
    known = f"no less than {entry.measure_bound:,.6g}" if math.isfinite(entry.measure_bound) else "no bound"
    return f"none better was found; {known}" if same else known


def _fleet(plan: Plan) -> str:
    return ", ".join(
        f"{row['nodes_peak']} {row['hardware']}.{row['channel']}" for row in rows_of(plan, "fleet")
    )
