"""The charts of a plan's page, drawn from the same frames as the notebook's pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import traits_of
from planner.instance.demand_series import demand_of, phases_of
from planner.instance.deployment import Phase
from planner.view.pictures.frames import hardware_frame, held_frame, served_frame, units_frame
from planner.view.pictures.headroom import headroom_frame
from planner.view.reporting.charts.series import MAX_SERIES, ChartSeries, Columns, fold
from planner.view.reporting.charts.steps import PATTERNS, StepChart
from planner.view.reporting.excerpt import busiest

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.study.explanation import Explanation

PATTERN_OF_ROLE = {"prefill": "plain", "request": "plain", "decode": "hatched", "colocated": "dotted"}
MOST_WORKS = 8
VENDOR_HUE = 5


@dataclass(frozen=True)
class Canvas:
    """A plan with the columns that its charts share, and one hue for each hardware throughout the page."""

    plan: Plan
    columns: Columns
    hues: dict[str, int]

    @classmethod
    def of(cls, plan: Plan) -> Canvas:
        """The canvas of a plan. Plans of one fleet have the same hues, unless it has more hardware than there are."""
        asked = list(plan.question.get("fleet", {})) if plan.question else []
        names = dict.fromkeys(asked if len(asked) <= MAX_SERIES else [])
        names |= dict.fromkeys([unit.hardware for unit in plan.units])
        names |= dict.fromkeys([holding.hardware for holding in plan.holdings])
        hues = {name: place % MAX_SERIES for place, name in enumerate(names)}
        return cls(plan, Columns.of(plan.periods, plan.period_hours), hues)

    @property
    def note(self) -> str:
        """What was gathered into columns, in words."""
        return self.columns.note(self.plan.period_hours)

    def hue(self, hardware: str) -> int:
        """Hue of a hardware, grey for one the plan does not use."""
        return self.hues.get(hardware, -1)


def nodes_by_role(canvas: Canvas) -> StepChart:
    """Nodes in use by hardware and role, under the line of nodes held."""
    areas = [
        ChartSeries(
            f"{hardware} {role}",
            canvas.columns.mean(values),
            canvas.hue(hardware),
            PATTERN_OF_ROLE.get(role, "plain"),
        )
        for (hardware, role), values in _by(units_frame(canvas.plan), ["hardware", "role"], "nodes", canvas)
    ]
    return StepChart(
        ident="nodes",
        title="Nodes in use by hardware and role, and nodes held",
        unit="nodes",
        columns=canvas.columns,
        areas=tuple(fold(areas)),
        lines=(ChartSeries("held", canvas.columns.highest(_total(canvas, "held")), hue=-1),),
        note=canvas.note,
    )


def busiest_hours(canvas: Canvas) -> list[StepChart]:
    """Single hours around the peak, where the other charts gather many into a column; else nothing."""
    if canvas.columns.step == 1:
        return []
    chart = nodes_by_role(Canvas.of(busiest(canvas.plan)))
    return [replace(chart, ident="busiest", title=f"The busiest days, hour by hour: {chart.title.lower()}")]


def nodes_by_channel(canvas: Canvas) -> StepChart:
    """Nodes held by channel, what is committed at the bottom, with the line of nodes in use.

    The hue is that of the hardware, the pattern that of the channel, whatever hardware it sells.
    """
    frame = held_frame(canvas.plan).assign(
        hired=lambda rows: [not traits_of(kind).committed for kind in rows["kind"]]
    )
    frame = frame.sort_values("hired", kind="stable")
    patterns = dict(zip(dict.fromkeys(frame["channel"]), cycle(PATTERNS), strict=False))
    areas = [
        ChartSeries(
            f"{hardware} {channel}",
            canvas.columns.mean(values),
            canvas.hue(hardware),
            patterns[channel],
        )
        for (hardware, channel), values in _by(frame, ["hardware", "channel"], "nodes", canvas)
    ]
    return StepChart(
        ident="channels",
        title="Nodes held by channel, and nodes in use",
        unit="nodes",
        columns=canvas.columns,
        areas=tuple(fold(areas)),
        lines=(ChartSeries("in use", canvas.columns.highest(_total(canvas, "in_use")), hue=-1),),
        note=canvas.note,
    )


def service_by_work(canvas: Canvas, instance: Instance | None) -> list[StepChart]:
    """What serves each kind of work: hardware, vendors, or nothing (shed); with the line of its demand.

    Where the two differ, work waits: what is served later is drawn where it is served.
    """
    frame = served_frame(canvas.plan)
    hardware = {unit.unit: unit.hardware for unit in canvas.plan.units} | {"shed": "shed"}
    frame["by"] = frame["unit"].map(hardware)
    works = dict.fromkeys(zip(frame["workload"], frame["phase"], strict=True))
    works |= dict.fromkeys(_outsourced_works(canvas.plan, instance))
    charts: list[StepChart] = []
    for workload, phase in list(works)[:MOST_WORKS]:
        part = frame[(frame["workload"] == workload) & (frame["phase"] == phase)]
        areas = [
            ChartSeries(_serving(name), canvas.columns.mean(values), canvas.hue(name))
            for (name,), values in _by(part, ["by"], "per_s", canvas)
        ]
        areas += _vendors(canvas, instance, workload, phase)
        charts.append(
            StepChart(
                ident=f"work{len(charts)}",
                title=f"{workload}, {phase}: demand and who serves it",
                unit="requests/s" if phase == "request" else "tokens/s",
                columns=canvas.columns,
                areas=tuple(fold(areas)),
                lines=_demand_line(canvas, instance, workload, phase),
                note=canvas.note,
            )
        )
    return charts


def _outsourced_works(plan: Plan, instance: Instance | None) -> list[tuple[str, str]]:
    return [
        (one.workload, str(phase))
        for one in plan.outsourced
        if instance is not None
        for phase in phases_of(instance.workloads[one.workload])
    ]


def _vendors(canvas: Canvas, instance: Instance | None, workload: str, phase: str) -> list[ChartSeries]:
    """What vendors take of a kind of work, an area each."""
    if instance is None:
        return []
    demand = demand_of(instance, workload, Phase(phase))
    return [
        ChartSeries(
            f"vendor {one.vendor}", canvas.columns.mean(demand * np.asarray(one.share)), VENDOR_HUE, "dotted"
        )
        for one in canvas.plan.outsourced
        if one.workload == workload
    ]


def _demand_line(
    canvas: Canvas, instance: Instance | None, workload: str, phase: str
) -> tuple[ChartSeries, ...]:
    if instance is None:
        return ()
    demand = demand_of(instance, workload, Phase(phase))
    return (ChartSeries("demand", canvas.columns.mean(demand), hue=-1),)


def _serving(name: str) -> str:
    return name if name == "shed" else f"{name} serves"


def busy_share(canvas: Canvas, instance: Instance, rates: Rates) -> StepChart:
    """Share of the serving nodes that are busy, a line for each role."""
    frame = headroom_frame(instance, canvas.plan, rates)
    roles = list(enumerate(frame.groupby("role", sort=False)))
    lines = [
        ChartSeries(str(role), canvas.columns.highest(_numbers(part["busy_share"])), place)
        for place, (role, part) in roles
    ]
    lines += [
        ChartSeries(f"{role}, may be", canvas.columns.mean(_numbers(part["limit_share"])), place, "dashed")
        for place, (role, part) in roles
        if (part["limit_share"] < 1.0).any()
    ]
    return StepChart(
        ident="busy",
        title="Busy share of the nodes that serve, by role, and how busy they may be",
        unit="",
        columns=canvas.columns,
        lines=tuple(lines),
        note=canvas.note,
        percent=True,
    )


def marginal_costs(canvas: Canvas, explanation: Explanation) -> StepChart:
    """Cost of a million more tokens by hour and kind of work, everything free and divisible."""
    rows: dict[str, NDArray[np.float64]] = {}
    place = {label: index for index, label in enumerate(canvas.plan.periods)}
    for one in explanation.marginals:
        rows.setdefault(one.work, np.zeros(len(place)))[place[one.period]] = one.relaxed_per_million
    lines = [
        ChartSeries(work, canvas.columns.highest(row), hue) for hue, (work, row) in enumerate(rows.items())
    ]
    return StepChart(
        ident="marginal",
        title="Marginal cost by hour: one million tokens more",
        unit=f"{canvas.plan.currency} per million",
        columns=canvas.columns,
        lines=tuple(lines[:MAX_SERIES]),
        note=f"The price in the long run, units and nodes divisible. {canvas.note}".strip(),
    )


def _by(
    frame: pd.DataFrame, keys: list[str], value: str, canvas: Canvas
) -> list[tuple[tuple[str, ...], NDArray[np.float64]]]:
    """Rows of values, shape [period], summed by keys, in the order of their first appearance."""
    rows = []
    for key, part in frame.groupby(keys, sort=False):
        values = np.zeros(len(canvas.plan.periods))
        place = np.rint(part["hour"].to_numpy(dtype=float) / canvas.plan.period_hours).astype(np.int64)
        np.add.at(values, place, part[value].to_numpy(dtype=float))
        rows.append((tuple(map(str, key)), values))
    return rows


def _numbers(column: pd.Series[float]) -> NDArray[np.float64]:
    return np.asarray(np.nan_to_num(column.to_numpy(dtype=float)))


def _total(canvas: Canvas, column: str) -> NDArray[np.float64]:
    frame = hardware_frame(canvas.plan)
    if frame.empty:
        return np.zeros(len(canvas.plan.periods))
    return np.asarray(frame.groupby("hour", sort=True)[column].sum().to_numpy(dtype=float))
