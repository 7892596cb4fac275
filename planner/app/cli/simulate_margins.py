"""`planner simulate --margins`: what a plan attains by demand error and speed of units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.errors import ExitCode, Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.verify.simulation import MarginCell, MarginTable, ReplayOptions


def numbers(option: str, text: str | None) -> tuple[float, ...] | None:
    """Factors of an option, as `0.9,1,1.1`; None where it is not given. Raises InstanceError."""
    if text is None:
        return None
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0.01 <= one <= 100.0 for one in found) or len(set(found)) < len(found):
        raise InstanceError([Fault(f"{option} takes different factors such as 0.9,1,1.1, not '{text}'")])
    return found


def show_margins(
    instance: Instance,
    plan: Plan,
    options: ReplayOptions,
    factors: tuple[tuple[float, ...] | None, tuple[float, ...] | None],
    plot: Path | None,
    json: bool,
    on_progress: Callable[[float], None],
) -> ExitCode:
    """Replay, print and draw. Returns the code of the cell nearest to the plan: broken, or no verdict, is 4."""
    from planner.app.cli.common import print_json, print_table
    from planner.app.cli.pictures import save_picture
    from planner.verify.simulation import LOADS, margin_table

    loads, speeds = factors
    found = margin_table(instance, plan, options, loads or LOADS, speeds, on_progress=on_progress)
    if json:
        print_json({"instance": found.instance, "cells": found.frame().to_dict("records")})
    else:
        title = f"{found.instance}: hours broken, and the least share in time of what is promised worst kept"
        print_table(*_rows(found), title)
    if plot is not None:
        from planner.view.pictures.draw import draw_margins

        save_picture(draw_margins(found.frame()), plot)
    nearest = min(found.cells, key=lambda one: (abs(one.load - 1.0), abs(one.rate - 1.0)))
    return ExitCode.SOLVED if nearest.verdict == "kept" else ExitCode.INFEASIBLE


def _rows(found: MarginTable) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    header = ("demand", *(f"rates x {rate:g}" for rate in found.rates))
    rows = [
        (f"{load - 1.0:+.1%}", *(_words(found.at(load, rate)) for rate in found.rates))
        for load in found.loads
    ]
    return header, rows


def _words(cell: MarginCell) -> str:
    """`kept`, `no verdict` or `3 of 24 broken`, and the worst share: `agents 89.2% of 90%`."""
    how = (
        f"{cell.broken} of {cell.periods} broken"
        if cell.broken
        else cell.verdict.replace("none", "no verdict")
    )
    return f"{how}: {cell.workload} {cell.share:.1%} of {100.0 * cell.quantile:g}%"
