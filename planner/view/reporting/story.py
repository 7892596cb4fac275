"""The decision in words: what to buy, reserve and hire, what it costs, and how sure that is."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from planner.core.solution import Status
from planner.instance.channels import traits_of
from planner.plan.duration import duration
from planner.plan.ending import ending, unproven
from planner.plan.quantities import held

if TYPE_CHECKING:
    from planner.plan.plan import Plan

_PROVEN_TO_THE_CENT = 5e-5
_WHOLE_FROM = 1_000.0


def decision(plan: Plan) -> str:
    """One or two sentences for someone who reads nothing else."""
    if plan.status is Status.INFEASIBLE:
        return "No plan can meet this demand."
    if plan.status is Status.REFUSED:
        return "The plan that was found breaks rules of the audit: do not act on it."
    if not plan.usable:
        return f"No plan was found: {ending(plan.limit)}."
    if not plan.recommended:
        return f"{_sentence(unproven(plan))} What was found costs {_money(plan.cost)} {plan.currency} {duration(plan)}."
    standing = _standing(plan)
    parts = [*standing, *_hired(plan, "more nodes" if standing else "nodes"), *_sold(plan)]
    shed = "serves all of the demand" if not plan.shed else "serves the demand but for what is shed"
    acts = _listed(parts) or "Hold no nodes"
    end = f"for {_money(plan.cost)}" if plan.cost >= 0 else f"and earns {_money(-plan.cost)}"
    return f"{acts[0].upper()}{acts[1:]}. That {shed} {end} {plan.currency} {duration(plan)}."


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def proof(plan: Plan) -> str:
    """How far from the cheapest plan this one can be."""
    if not plan.usable:
        return ""
    if plan.gap <= _PROVEN_TO_THE_CENT:
        return f"Proven: no plan costs less than {plan.bound:,.2f} {plan.currency}."
    saved = plan.cost - plan.bound
    ended = "" if plan.limit is None else f" How the search ended: {ending(plan.limit)}."
    return (
        f"Proven: the cheapest plan costs at least {_money(plan.bound)} {plan.currency}, "
        f"so at most {_money(saved)} ({plan.gap:.2%}) could still be saved.{ended}"
    )


def verdict(plan: Plan) -> tuple[str, str]:
    """The status in two or three words, and its tone: good, fair or bad."""
    if plan.usable and not plan.recommended:
        return "no recommendation yet", "bad"
    return {
        Status.OPTIMAL: ("solved within the gap", "good"),
        Status.FEASIBLE: ("usable, search ended early", "fair"),
        Status.INFEASIBLE: ("infeasible", "bad"),
        Status.NO_PLAN: ("no plan found", "bad"),
        Status.REFUSED: ("refused by the audit", "bad"),
    }[plan.status]


def _standing(plan: Plan) -> list[str]:
    """`reserve 120 h100 and 80 h200 nodes`, one phrase for each kind of commitment."""
    kinds = {(holding.hardware, holding.channel): holding.kind for holding in plan.holdings}
    peaks: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for key, series in held(plan).items():
        if traits_of(kinds[key]).committed:
            peaks[kinds[key]][key[0]] += max(series)
    phrases = []
    for kind, nodes in peaks.items():
        counts = _listed([f"{count:,.6g} {hardware}" for hardware, count in nodes.items()])
        plural = "node" if sum(nodes.values()) == 1 else "nodes"
        phrases.append(f"{traits_of(kind).verb} {counts} {plural}")
    return phrases


def _hired(plan: Plan, noun: str) -> list[str]:
    """`hire up to 96 h800 nodes by the hour`, one phrase for each kind."""
    kinds = {(holding.hardware, holding.channel): holding.kind for holding in plan.holdings}
    rows: dict[str, dict[str, list[float]]] = defaultdict(dict)
    for key, series in held(plan).items():
        if not traits_of(kinds[key]).committed:
            before = rows[kinds[key]].get(key[0], [0] * len(series))
            rows[kinds[key]][key[0]] = [one + two for one, two in zip(before, series, strict=True)]
    phrases = []
    for kind, by_hardware in rows.items():
        peak = max(map(sum, zip(*by_hardware.values(), strict=True)))
        names = _listed(list(by_hardware))
        phrases.append(f"{traits_of(kind).verb} up to {peak:,.6g} {noun} ({names}) by the hour")
    return phrases


def _sold(plan: Plan) -> list[str]:
    vendors = sorted({record.vendor for record in plan.outsourced})
    takers = sorted({record.hardware for record in plan.lent})
    phrases = [f"let {_listed(vendors)} take some of the tokens"] if vendors else []
    return phrases + ([f"lend idle {_listed(takers)} nodes"] if takers else [])


def _money(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < _WHOLE_FROM else f"{value:,.0f}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
