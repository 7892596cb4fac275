"""Pictures in matplotlib, each of one tidy frame, on axes of the caller or on new ones."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.core.extras import need
from planner.view.pictures.fonts import with_scripts
from planner.view.pictures.frames import (
    cost_frame,
    demand_frame,
    hardware_frame,
    held_frame,
    placement_frame,
    rates_frame,
    served_frame,
    units_frame,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates

FIGURE_INCHES = (9.0, 3.6)
LEGEND_ENTRIES = 12
MARGIN_POINTS = 5.0
"""Percentage points beyond which colours are the deepest."""
NODES_NAMED = 30
"""Of more nodes not every one is named."""
COLOURS, LINES, DOTS = 10, ("-", "--", "-.", ":"), "os^D"
"""After so many colours they begin anew with another kind of line, and of dot."""


def draw_plan(plan: Plan, kind: str = "nodes", ax: Axes | None = None) -> Axes:
    """Draw one picture of a plan: nodes, use, units, placement, served or costs.

    Raises ValueError for another kind or a plan without records, ExtraMissing without matplotlib.
    """
    if kind not in PLAN_PICTURES:
        raise ValueError(f"no picture {kind!r}; there are {', '.join(PLAN_PICTURES)}")
    if not plan.usable:
        raise ValueError(f"there is nothing to draw: the plan is {plan.status}")
    axes = _axes(ax)
    PLAN_PICTURES[kind](plan, axes)
    return with_scripts(axes)


def draw_instance(instance: Instance, ax: Axes | None = None) -> Axes:
    """Draw the demand of every workload over time. Raises ExtraMissing without matplotlib."""
    axes = _axes(ax)
    frame = demand_frame(instance)
    for (workload, name), part in frame.groupby(["workload", "series"], sort=False):
        _step(axes, part.set_index("hour")["per_s"], label=f"{workload}, {_words(str(name))}")
    return with_scripts(_finish(axes, f"{instance.name}: demand", "per second"))


def draw_rates(rates: Rates, ax: Axes | None = None) -> Axes:
    """Draw tokens per second and GPU of every unit, with the error band of the rate.

    Raises ExtraMissing without matplotlib.
    """
    axes = _axes(ax)
    frame = rates_frame(rates)
    labels = frame["unit"] + ", " + frame["workload"] + " " + frame["phase"]
    width = frame["rate_per_s_per_gpu"]
    below = width - frame["low_per_s"] / frame["gpus"]
    above = frame["high_per_s"] / frame["gpus"] - width
    axes.barh(labels, width, xerr=[below.clip(lower=0.0), above.clip(lower=0.0)], ecolor="0.4", capsize=2)
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize=7)
    axes.set_xlabel("tokens (requests) per second and GPU; the line is the error band")
    axes.set_title("Rates", loc="left")
    return with_scripts(axes)


def draw_frontiers(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw tokens/s per GPU against tokens/s per user: a line for every unit and workload, measured runs as dots.

    `frame` is that of `planner.rates.frontier.frontier_frame`. Units that only read prompts have no line. Raises
    ExtraMissing without matplotlib.
    """
    axes = _axes(ax)
    writing = frame.dropna(subset=["tokens_per_s_per_user"])
    for place, ((unit, workload), part) in enumerate(writing.groupby(["unit", "workload"], sort=False)):
        line, dots = part[part["efficient"]], part[part["source"] == "measured"]
        users, rate = line["tokens_per_s_per_user"], line["tokens_per_s_per_gpu"]
        colour, kind = f"C{place % COLOURS}", place // COLOURS % len(LINES)
        axes.plot(users, rate, LINES[kind], color=colour, label=f"{unit}, {workload}")
        at = dots["tokens_per_s_per_user"], dots["tokens_per_s_per_gpu"]
        axes.plot(*at, DOTS[kind], ms=4, color=colour, label=f"{unit}, measured" if len(dots) else None)
    _finish(axes, "Frontiers: the line is the kernel, dots are measured", "tokens per second and GPU")
    axes.set_xlabel("tokens per second and user")
    axes.legend(fontsize=6, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return with_scripts(axes)


def draw_tornado(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw a table of `planner.tornado`: the widest swing on top. Raises ExtraMissing without matplotlib."""
    axes = _axes(ax)
    shown = table.dropna(subset=["swing"])
    for name, label in (("cost_low", "input low"), ("cost_high", "input high")):
        axes.barh(shown["path"], shown[name] - shown["cost_base"], left=shown["cost_base"], label=label)
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize=7)
    axes.set_xlabel("cost")
    axes.legend(fontsize=8)
    return with_scripts(axes)


def draw_margins(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what a plan attains by load and speed of units: points beyond what was promised, worst promise and period.

    `frame` is that of `planner.margin_table`. Raises ExtraMissing without matplotlib.
    """
    axes = _axes(ax)
    beyond = -100.0 * frame.pivot(index="load", columns="rate", values="short").sort_index()
    drawn = axes.imshow(
        beyond, cmap="RdYlGn", vmin=-MARGIN_POINTS, vmax=MARGIN_POINTS, aspect="auto", origin="lower"
    )
    axes.set_xticks(range(len(beyond.columns)), [f"{rate:g}" for rate in beyond.columns])
    axes.set_yticks(range(len(beyond.index)), [f"{load - 1.0:+.0%}" for load in beyond.index])
    for (row, column), points in np.ndenumerate(beyond.to_numpy()):
        axes.text(column, row, f"{points:+.1f}", ha="center", va="center", fontsize=8)
    axes.set_xlabel("speed of units over the planned one")
    axes.set_ylabel("demand over the forecast")
    axes.set_title("Attained beyond what was promised, points of the worst hour", loc="left")
    axes.figure.colorbar(drawn, ax=axes)
    return with_scripts(axes)


def _nodes(plan: Plan, axes: Axes) -> None:
    frame = held_frame(plan)
    _stack(axes, frame.assign(name=frame["hardware"] + "." + frame["channel"]), "nodes")
    _step(axes, hardware_frame(plan).groupby("hour")["in_use"].sum(), color="black", label="in use")
    _finish(axes, f"{plan.instance}: nodes held and in use", "nodes")


def _use(plan: Plan, axes: Axes) -> None:
    frame = hardware_frame(plan)
    for place, (hardware, part) in enumerate(frame.groupby("hardware", sort=False)):
        over_time = part.set_index("hour")
        _step(axes, over_time["held"], color=f"C{place}", label=f"{hardware} held")
        _step(axes, over_time["in_use"], color=f"C{place}", ls=":", label=f"{hardware} in use")
    _finish(axes, f"{plan.instance}: nodes by hardware", "nodes")


def _units(plan: Plan, axes: Axes) -> None:
    _stack(axes, units_frame(plan).assign(name=lambda frame: frame["unit"]), "nodes")
    _finish(axes, f"{plan.instance}: nodes of running units", "nodes")


def _placement(plan: Plan, axes: Axes) -> None:
    frame = placement_frame(plan)
    axes.set_title(f"{plan.instance}: GPUs under units, node by node", loc="left")
    if frame.empty:
        axes.text(0.5, 0.5, "units take whole nodes, and any will do", ha="center", transform=axes.transAxes)
        return
    name = frame["hardware"] + " " + frame["node"]
    wide = frame.assign(name=name).pivot_table(index="name", columns="hour", values="gpus", sort=False)
    shown = axes.pcolormesh(wide.to_numpy(dtype=np.float64), cmap="Greens", vmin=0.0)
    axes.figure.colorbar(shown, ax=axes, label="GPUs under units")
    step = max(1, len(wide) // NODES_NAMED)
    axes.set_yticks(np.arange(0, len(wide), step) + 0.5, list(wide.index[::step]), fontsize=6)
    axes.invert_yaxis()
    axes.set_xlabel("periods from the start")


def _served(plan: Plan, axes: Axes) -> None:
    frame = served_frame(plan)
    name = frame["workload"] + "." + frame["phase"] + " by " + frame["unit"]
    _stack(axes, frame.assign(name=name), "per_s")
    _finish(axes, f"{plan.instance}: tokens (requests) served", "per second")


def _costs(plan: Plan, axes: Axes) -> None:
    frame = cost_frame(plan).query("cost != 0")
    axes.barh(frame["term"], frame["cost"])
    axes.invert_yaxis()
    axes.set_xlabel(plan.currency)
    axes.set_title(f"{plan.instance}: {plan.cost:,.0f} {plan.currency}", loc="left")


PLAN_PICTURES: dict[str, Callable[[Plan, Axes], None]] = {
    "nodes": _nodes,
    "use": _use,
    "units": _units,
    "placement": _placement,
    "served": _served,
    "costs": _costs,
}


def _stack(axes: Axes, frame: pd.DataFrame, value: str) -> None:
    """Stack the series of a frame (`name`, `hour`, value) as steps, the largest at the bottom."""
    if frame.empty:
        return
    wide = frame.pivot_table(index="hour", columns="name", values=value, aggfunc="sum", fill_value=0.0)
    wide = _to_the_end(wide[wide.sum().sort_values(ascending=False).index])
    heights = wide.to_numpy(dtype=np.float64).T
    axes.stackplot(wide.index, heights, labels=list(wide.columns), step="post", alpha=0.8)


def _step(axes: Axes, series: pd.Series[float], **style: Any) -> None:
    """Draw a series by hour as steps; nothing of an empty one."""
    if series.empty:
        return
    whole = _to_the_end(series.to_frame())
    axes.step(whole.index, whole.iloc[:, 0], where="post", **style)


def _to_the_end(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its last row once more, at the end of the last period: steps run to the end."""
    hours = table.index.to_numpy(dtype=np.float64)
    last = table.iloc[[-1]].set_axis([2.0 * hours[-1] - hours[-2] if len(hours) > 1 else hours[-1] + 1.0])
    return pd.concat([table, last])


def _finish(axes: Axes, title: str, unit: str) -> Axes:
    axes.set_title(title, loc="left")
    axes.set_xlabel("hours from the start")
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0.0)
    handles, labels = axes.get_legend_handles_labels()
    if 0 < len(labels) <= LEGEND_ENTRIES:
        axes.legend(handles, labels, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return axes


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    need("a picture", "matplotlib")
    pyplot: Any = import_module("matplotlib.pyplot")
    _, axes = pyplot.subplots(figsize=FIGURE_INCHES, layout="constrained")
    created: Axes = axes
    return created


def _words(name: str) -> str:
    return name.removesuffix("_per_s").replace("_", " ")
