"""Who bears the cost of a plan, and what each of its promises costs: rows for the page and the console."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.study.attribution import SHAPLEY, costs_by_use, tenants_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.study.attribution import Attribution, TenantShare
    from planner.study.sensitivity.promises import PromiseCost

UNKNOWN = "~ zero lies between the proven ends: the gaps tell no change"
BY_USE = (
    "By use, the hours of nodes count that each workload keeps busy: who asks for much when others do bears no more "
    "for it. `planner report --attribute` adds what the demand of each causes."
)


@dataclass(frozen=True)
class Bearer:
    """What one tenant bears: by use, and where that was asked for by what its demand causes, with its proven ends."""

    tenant: str
    by_use: float
    by_cause: float | None = None
    ends: str = ""


def bearers(plan: Plan, instance: Instance, rates: Rates, found: Attribution | None) -> list[Bearer]:
    """A row for each tenant; none where one workload bears all of it."""
    if found is not None:
        return [Bearer(one.tenant, one.by_use, one.by_cause, ends(one)) for one in found.shares]
    of = tenants_of(instance, {})
    if len(of) < 2:
        return []
    use = costs_by_use(instance, plan, of, rates)
    return [Bearer(name, cost) for name, cost in zip(of, use, strict=True)]


def how_shared(found: Attribution | None) -> str:
    """How the cost was shared out, in words."""
    if found is None:
        return BY_USE
    exact = "the Shapley value over all groups of tenants"
    way = exact if found.method == SHAPLEY else "separable costs, the rest by what is spared"
    doubt = "" if found.proven else " With gaps as wide as that shares by cause may be far off."
    return f"By cause: {way}; {found.solves} solves, each to a gap of {found.gap:.2%} at most.{doubt}"


def ends(share: TenantShare) -> str:
    """Between which amounts a share by cause lies by proof."""
    return "" if share.least is None or share.most is None else f"{share.least:,.2f} and {share.most:,.2f}"


def promise_rows(found: Sequence[PromiseCost]) -> list[tuple[str, ...]]:
    """Workload, promise, step, whether it is tighter, and what it costs, as texts."""
    return [
        (
            one.step.workload,
            one.step.promise,
            f"{one.step.stated} -> {one.step.moved}",
            "tighter" if one.step.tighter else "looser",
            *told(one),
        )
        for one in found
    ]


def told(one: PromiseCost) -> tuple[str, str, str]:
    """What a step changes: the amount, its share of the cost, and the amounts between which it lies by proof."""
    if not one.plan.usable:
        return "no plan keeps it" if one.impossible else "none found in time", "", ""
    low = f"{one.least:+,.2f}" if math.isfinite(one.least) else "-"
    interval = f"{low} and {one.most:+,.2f}"
    if one.change is None:
        return "~", "", interval
    share = f"{one.change / one.base.cost:+.1%}" if one.base.cost > 0 else ""
    return f"{one.change:+,.2f}", share, interval
