"""Tables of service: what is served, shed, left for later and taken by vendors."""

from __future__ import annotations

from operator import mul
from typing import TYPE_CHECKING, Any

from planner.plan.tables.by_period import by_period
from planner.plan.tables.declared import (
    MONEY,
    PER_SECOND,
    SHARE,
    WAITING,
    PlanTable,
    count,
    nowhere,
    number,
    period,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.plan.contents import Backlog, PlanContents, Routed, Served, Shed

    Row = dict[str, Any]


def _work(entry: Served | Shed | Backlog) -> Row:
    return {"workload": entry.workload, "phase": entry.phase}


def _served(plan: PlanContents) -> list[Row]:
    return by_period(
        plan,
        plan.served,
        lambda entry: entry.per_s,
        lambda entry, _, value: {**_work(entry), "unit": entry.unit, "served_per_s": value},
    )


def _shed(plan: PlanContents) -> list[Row]:
    return by_period(
        plan,
        plan.shed,
        lambda entry: entry.per_s,
        lambda entry, _, value: {**_work(entry), "shed_per_s": value},
    )


def _backlog(plan: PlanContents) -> list[Row]:
    return by_period(
        plan,
        plan.backlog,
        lambda entry: entry.waiting,
        lambda entry, _, value: {**_work(entry), "waiting": value},
    )


def _outsourced(plan: PlanContents) -> list[Row]:
    return by_period(
        plan,
        plan.outsourced,
        lambda entry: entry.share,
        lambda entry, _, share: {"vendor": entry.vendor, "workload": entry.workload, "share": share},
    )


def _routed(plan: PlanContents) -> list[Row]:
    return by_period(
        plan,
        plan.routed,
        lambda entry: entry.share,
        lambda entry, _, share: {**_way(entry), "share": share},
    )


def _routes(plan: PlanContents) -> list[Row]:
    return [{**_way(entry), **_over_periods(plan, entry.share)} for entry in plan.routed]


def _over_periods(plan: PlanContents, share: Sequence[float]) -> Row:
    """In how many periods a share is taken, its mean over all of them, each with its weight, and its peak."""
    weights = plan.period_weights
    return {
        "periods": sum(1 for one in share if one),
        "share_mean": sum(map(mul, share, weights)) / sum(weights),
        "share_peak": max(share),
    }


def _way(entry: Routed) -> Row:
    keys = ("workload", "read_at", "answered_at", "link")
    return {key: getattr(entry, key) for key in keys}


def _vendors(plan: PlanContents) -> list[Row]:
    return [
        {
            "vendor": entry.vendor,
            "workload": entry.workload,
            **_over_periods(plan, entry.share),
            "list_cost": entry.list_cost,
        }
        for entry in plan.outsourced
    ]


_WORK = texts("workload", "phase")

SERVED = PlanTable(
    name="served",
    title="Work served",
    holds="one row per workload, phase, unit type and period served",
    columns=(period(), *_WORK, *texts("unit"), number("served_per_s", PER_SECOND)),
    rows=_served,
    on_console=nowhere,
    on_page=False,
    in_workbook=False,
)
SHED = PlanTable(
    name="shed",
    title="Work left unserved",
    holds="one row per workload, phase and period of which some is left unserved",
    columns=(period(), *_WORK, number("shed_per_s", PER_SECOND)),
    rows=_shed,
    on_console=nowhere,
    on_page=False,
    in_workbook=False,
)
BACKLOG = PlanTable(
    name="backlog",
    title="Work deferred",
    holds="one row per workload, phase and period at whose end some of it waits to be served later",
    columns=(period(), *_WORK, number("waiting", WAITING)),
    rows=_backlog,
    on_console=nowhere,
    on_page=False,
)
VENDORS = PlanTable(
    name="vendors",
    title="Tokens bought",
    holds="one row per vendor and workload: share of the demand on average and at the peak, cost at list prices",
    columns=(
        *texts("vendor", "workload"),
        count("periods", "periods"),
        number("share_mean", SHARE),
        number("share_peak", SHARE),
        number("list_cost", MONEY),
    ),
    rows=_vendors,
)
OUTSOURCED = PlanTable(
    name="outsourced",
    title="Shares of vendors",
    holds="one row per vendor, workload and period in which the vendor takes a share of the demand",
    columns=(period(), *texts("vendor", "workload"), number("share", SHARE)),
    rows=_outsourced,
    on_console=nowhere,
    on_page=False,
)
ROUTES = PlanTable(
    name="routes",
    title="Where requests go",
    holds="one row per workload and route: in how many periods some of its requests take it, and which share of them",
    columns=(
        *texts("workload", "read_at", "answered_at", "link"),
        count("periods", "in periods"),
        number("share_mean", SHARE),
        number("share_peak", SHARE),
    ),
    rows=_routes,
)
ROUTED = PlanTable(
    name="routed",
    title="Where requests go, by period",
    holds="one row per workload, route and period: the share of its requests that are read at a site and answered "
    "there, or at the end of a link",
    columns=(period(), *texts("workload", "read_at", "answered_at", "link"), number("share", SHARE)),
    rows=_routed,
    on_console=nowhere,
    on_page=False,
)
