"""What a plan's page says, as plain data and charts: the template only lays it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from planner.core.solution import Status
from planner.loader import from_dict
from planner.plan.duration import duration
from planner.plan.margins import margins_of
from planner.plan.purchases import committed
from planner.plan.tables import rows_of
from planner.rates.compute import compute_rates
from planner.study.assumptions import assumptions, rate_assumptions
from planner.study.baselines import baselines
from planner.study.signatures import signatures
from planner.verify.audit import check
from planner.view.reporting import drawings
from planner.view.reporting.baselines_table import earned, saved, worth_heading
from planner.view.reporting.bearers import UNKNOWN, bearers, how_shared, promise_rows
from planner.view.reporting.board import LITTLE_ROOM, board
from planner.view.reporting.charts.waterfall import waterfall
from planner.view.reporting.plan_tables import MOST_PAGE_ROWS, page_tables
from planner.view.reporting.service_table import service_rows
from planner.view.reporting.story import decision, proof, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.study.attribution import Attribution
    from planner.study.baselines import CostBaseline
    from planner.study.explanation import Explanation
    from planner.study.sensitivity.promises import PromiseCost

Context = dict[str, Any]
WIDE, NARROW = 920, 380
FIGURES = (
    ("cost_per_million_tokens", "per million tokens, prompt and output", "{:,.4f} {currency}"),
    (
        "cost_per_million_output_tokens",
        "per million output tokens, if they bear it all",
        "{:,.4f} {currency}",
    ),
    ("cost_per_year", "a year, if all of it is like this", "{:,.0f} {currency}"),
    ("utilisation_of_held_nodes", "of the node-hours held are in use", "{:.1%}"),
    ("nodes_peak", "nodes at the peak", "{:,.0f}"),
    ("nodes_mean", "nodes on average", "{:,.1f}"),
    ("income", "theoretical income, were every token sold", "{:,.0f} {currency}"),
    ("margin_on_cost", "margin on cost", "{:.0%}"),
    ("put_off_share", "of the work that may wait is served after the period it arrives in", "{:.1%}"),
    ("energy_kwh", "kWh drawn by nodes in use", "{:,.0f}"),
    ("idle_energy_kwh", "kWh drawn by idle nodes", "{:,.0f}"),
    ("joules_per_token", "J per token, prompt and output: watts for each token a second", "{:,.4g}"),
    ("carbon_kg", "kg of carbon dioxide emitted", "{:,.0f}"),
    ("node_hours_saved", "node-hours saved against the baseline schedule", "{:,.0f}"),
)


def question_of(plan: Plan) -> Instance | None:
    """The instance that a plan carries; None where it carries none."""
    return from_dict(plan.question) if plan.question else None


def of(
    plan: Plan,
    instance: Instance | None,
    alternatives: Mapping[str, Plan],
    explanation: Explanation | None,
    attribution: Attribution | None = None,
    promises: Sequence[PromiseCost] = (),
) -> Context:
    """Everything that the page shows."""
    rates = compute_rates(instance) if instance is not None else None
    context: Context = {
        "plan": plan,
        "instance": instance,
        "decision": decision(plan),
        "proof": proof(plan),
        "duration": duration(plan),
        "verdict": verdict(plan),
        "figures": figures_of(plan),
        "audit": check(instance, plan, rates) if instance is not None and _judged(plan) else None,
        "alternatives": _alternatives(plan, alternatives),
        **_assumed(plan, instance, rates),
    }
    if not plan.usable:
        return context
    context["bearers"] = []
    if instance is not None and rates is not None and context["audit"].passed:
        context["bearers"] = bearers(plan, instance, rates, attribution)
    context |= {"how_shared": how_shared(attribution), "promises": promise_rows(promises), "unknown": UNKNOWN}
    return context | _of_usable(plan, instance, rates, explanation)


def _judged(plan: Plan) -> bool:
    """Whether there are records to judge: those of a usable plan, or of one that was refused."""
    return plan.usable or plan.status is Status.REFUSED


def _of_usable(
    plan: Plan, instance: Instance | None, rates: Rates | None, explanation: Explanation | None
) -> Context:
    canvas = drawings.Canvas.of(plan)
    charts = [
        drawings.nodes_by_role(canvas),
        *drawings.busiest_hours(canvas),
        drawings.nodes_by_channel(canvas),
    ]
    signed = [] if instance is None else signatures(plan, instance)
    against = [] if instance is None else baselines(plan, instance)
    service, rows = drawings.service_by_work(canvas, instance), []
    if instance is not None and rates is not None:
        service.append(drawings.busy_share(canvas, instance, rates))
        rows = service_rows(plan, instance, rates)
    terms = [(name, cost) for name, cost in plan.cost_terms.items() if round(cost, 2)]
    title = f"Cost by term, {plan.currency}"
    return {
        "board": None if instance is None else board(plan, instance, against, signed, rows),
        "little_room": any(one.room is not None and one.room < LITTLE_ROOM for one in rows),
        "fleet": rows_of(plan, "fleet"),
        "signatures": signed[:MOST_PAGE_ROWS],
        "stated": {
            key: any(getattr(one, key) for one in signed) for key in ("vendor", "cancellation", "quote")
        },
        "tables": page_tables(plan),
        "signatures_left_out": max(0, len(signed) - MOST_PAGE_ROWS),
        "units": [(unit, max(unit.on), sum(1 for count in unit.on if count)) for unit in plan.units],
        "node_charts": charts,
        "service_charts": service,
        "service": rows,
        "waterfall": {size: waterfall(terms, plan.cost, title, size) for size in (WIDE, NARROW)},
        "sizes": (WIDE, NARROW),
        "terms": terms,
        **_against(against),
        "explanation": explanation,
        "marginal_charts": [drawings.marginal_costs(canvas, explanation)] if explanation is not None else [],
    }


def _against(rows: list[CostBaseline]) -> Context:
    """Baselines, and the heading of what the plan is worth instead of them where that is known."""
    return {
        "baselines": [(one, saved(one), earned(one)) for one in rows],
        "investment": worth_heading(rows),
    }


class PageFigure(NamedTuple):
    """A figure of a plan as people write it, in words, and as a number."""

    text: str
    words: str
    value: float


def figures_of(plan: Plan) -> list[PageFigure]:
    """Quoted figures of a plan with their words."""
    figures = [
        PageFigure(pattern.format(plan.summary[name], currency=plan.currency), words, plan.summary[name])
        for name, words, pattern in FIGURES
        if name in plan.summary
    ]
    margins = [
        PageFigure(
            f"+{one.load:.2%}, -{one.rate:.2%}",
            f"of load, or of rates, breaks the promise to {one.workload}",
            one.load,
        )
        for one in margins_of(plan)
    ]
    return figures + margins


def _assumed(plan: Plan, instance: Instance | None, rates: Rates | None) -> Context:
    if instance is None or rates is None:
        return {"given": [], "defaults": [], "rates": []}
    rows = assumptions(instance)
    return {
        "given": [row for row in rows if row.origin != "default"],
        "defaults": [row for row in rows if row.origin == "default"],
        "rates": rate_assumptions(plan, rates),
    }


def _alternatives(plan: Plan, others: Mapping[str, Plan]) -> list[Context]:
    rows = []
    for name, other in {"this plan": plan, **others}.items() if others else ():
        known = other.usable
        rows.append(
            {
                "name": name,
                "cost": other.cost if known else None,
                "difference": other.cost - plan.cost if known and plan.usable else None,
                "hardware": ", ".join(dict.fromkeys(one.hardware for one in other.holdings)),
                "committed": sum(one.cost for one in committed(other)),
                "gap": other.gap if known else None,
            }
        )
    return rows
