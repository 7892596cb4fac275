"""A tracked plan as one self-contained page: the outcome, why, hour by hour, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.extras import need
from planner.view.reporting.charts.series import ChartSeries, Columns, fold, recoloured
from planner.view.reporting.charts.steps import StepChart
from planner.view.reporting.html import filled
from planner.view.reporting.tracking_tables import LEAST_MONEY, said_of, sentence, span, tracking_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.study.tracking import Tracking
    from planner.study.tracking.hindsight import SolvedBeside

    ByChannel = Mapping[tuple[str, str], NDArray[np.float64]]

SIZES = (920, 380)
"""Widths of pictures, on desks and on phones."""


def tracking_page(found: Tracking, others: Mapping[str, float], best: SolvedBeside | None = None) -> str:
    """The page as text. `others` is what the bills have besides, by what it is for.

    The same arguments give the same text. Raises ExtraMissing when jinja2 is not installed.
    """
    need("the HTML report", "jinja2")
    from planner.view.reporting.charts.waterfall import waterfall

    causes = [(cause, usd) for cause, usd in found.by_cause.items() if abs(usd) > LEAST_MONEY]
    total = found.actual_cost - found.planned_cost
    money = found.plan.currency
    largest = max(causes, key=lambda one: abs(one[1]), default=("", 0.0))
    title = f"Paid beyond the plan by cause, {money}"
    return filled(
        "tracking.html.j2",
        {
            "name": found.instance.name,
            "currency": money,
            "sentence": sentence(found),
            "span": span(found),
            "main_cause": largest[0],
            "said": said_of(found, others, best),
            "waterfall": {size: waterfall(causes, total, title, size) for size in SIZES},
            "charts": _charts(found),
            "tables": [table for table in tracking_tables(found, best) if table.rows],
            "sizes": SIZES,
        },
    )


def _charts(found: Tracking) -> list[StepChart]:
    labels = [label for label, there in zip(found.plan.periods, found.covered, strict=True) if there]
    columns = Columns.of(labels, found.plan.period_hours)
    pairs = (
        (
            "nodes",
            "Nodes held by channel, and nodes planned",
            "nodes",
            found.outturn.nodes,
            found.planned.nodes,
        ),
        (
            "paid",
            "Cost of nodes by channel, and planned",
            found.plan.currency,
            found.outturn.cost,
            found.planned.cost,
        ),
    )
    return [
        StepChart(
            ident=ident,
            title=title,
            unit=unit,
            columns=columns,
            areas=tuple(recoloured(fold(_areas(found, columns, actual)))),
            lines=(ChartSeries("planned", columns.mean(_sum(found, planned)), hue=-1),),
            note="Each column gathers several periods: all are means." if columns.step > 1 else "",
        )
        for ident, title, unit, actual, planned in pairs
    ]


def _areas(found: Tracking, columns: Columns, by_channel: ByChannel) -> list[ChartSeries]:
    return [
        ChartSeries(f"{hardware} {channel}", columns.mean(series[found.covered]), hue=place)
        for place, ((hardware, channel), series) in enumerate(by_channel.items())
        if series[found.covered].any()
    ]


def _sum(found: Tracking, by_channel: ByChannel) -> NDArray[np.float64]:
    return np.asarray(np.sum(list(by_channel.values()), axis=0))[found.covered]
