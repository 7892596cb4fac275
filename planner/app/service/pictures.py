"""A plan in words and pictures, drawn by the report's own functions, for the what-if page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from planner.app.service.answers import Chart, Figure, Pictures
from planner.plan.tables import rows_of
from planner.view.reporting.charts.waterfall import waterfall
from planner.view.reporting.content import figures_of
from planner.view.reporting.drawings import Canvas, nodes_by_channel, nodes_by_role
from planner.view.reporting.story import decision, proof, verdict

if TYPE_CHECKING:
    from planner.plan.plan import Plan

WIDE, NARROW, HEIGHT = 640, 360, 220


def pictures_of(plan: Plan) -> Pictures:
    """Decision, proof, fleet and charts; no charts where there is no plan."""
    return Pictures(
        decision=decision(plan),
        proof=proof(plan),
        verdict=verdict(plan),
        cost=plan.cost if plan.usable else None,
        currency=plan.currency,
        charts=_charts(plan) if plan.usable else [],
        fleet=rows_of(plan, "fleet") if plan.usable else [],
        figures=[Figure(**one._asdict()) for one in figures_of(plan)],
        warnings=[*plan.warnings, *plan.reasons],
    )


def _charts(plan: Plan) -> list[Chart]:
    canvas = Canvas.of(plan)
    terms = [(name, cost) for name, cost in plan.cost_terms.items() if round(cost, 2)]
    title = f"Cost by term, {plan.currency}"
    drawn = [
        Chart(
            title=one.title,
            legend=str(one.legend(WIDE, NARROW)),
            picture=_both(one.draw(WIDE, HEIGHT), one.draw(NARROW, HEIGHT)),
        )
        for one in (nodes_by_role(canvas), nodes_by_channel(canvas))
    ]
    bars = (waterfall(terms, plan.cost, title, width) for width in (WIDE, NARROW))
    return [*drawn, Chart(title=title, legend="", picture=_both(*bars))]


def _both(wide: Markup, narrow: Markup) -> str:
    """One picture for screens and one for phones; the page's style shows one of them."""
    return str(Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(wide, narrow))
