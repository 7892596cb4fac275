"""Tornado: each input at a low and a high value, all others as they are; the widest swing comes first."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.core.errors import Fault, InstanceError
from planner.loader.words import is_number
from planner.study.sweeps import CASE_OPTIONS, sweep
from planner.study.sweeps.case import value_at
from planner.study.sweeps.rows import raise_refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.instance import Instance
    from planner.optimize.solve_options import SolveOptions

Ends = tuple[Any, Any]
COLUMNS = ("path", "low", "high", "cost_base", "cost_low", "cost_high", "swing", "proven", "reason")


def tornado(
    instance: Instance,
    inputs: Sequence[str] | Mapping[str, Ends],
    share: float = 0.2,
    options: SolveOptions = CASE_OPTIONS,
    **how: Any,
) -> pd.DataFrame:
    """One row an input, the widest swing of cost first.

    `inputs` maps paths to their (low, high) values, or names paths that move by `share` of their value up and
    down. Columns: path, low, high, cost_base, cost_low, cost_high; `swing` is the distance between the
    dearest and the cheapest of low, base and high; `proven` says that the swing is larger than the gaps (the
    cheapest cost lies below the bound of the dearest). A case without a plan leaves its cost and swing empty
    and has a `reason`. `how` goes to `planner.sweep`: executor, workers, journal, on_progress. Raises
    InstanceError naming every path without a number.
    """
    ends = inputs if hasattr(inputs, "items") else ends_around(instance, inputs, share)
    cases = [{}, *({path: value} for path, pair in ends.items() for value in pair)]
    table = sweep(instance, cases, options, **how)
    raise_refused(table)
    base = table.iloc[0]
    rows = []
    for place, (path, (low, high)) in enumerate(ends.items()):
        below, above = table.iloc[1 + 2 * place], table.iloc[2 + 2 * place]
        rows.append(
            (path, low, high, base["cost"], below["cost"], above["cost"], *_swing(base, below, above))
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values("swing", ascending=False, na_position="last", kind="stable", ignore_index=True)


def ends_around(instance: Instance, paths: Sequence[str], share: float) -> dict[str, Ends]:
    """Values `share` below and above those of the instance. Raises InstanceError naming those without one."""
    data = instance.model_dump(mode="json")
    values = {path: value_at(data, path) for path in paths}
    faults = [
        Fault(f"is {'not given' if value is None else repr(value)}: give its low and high value", path)
        for path, value in values.items()
        if not is_number(value)
    ]
    if faults:
        raise InstanceError(faults)
    return {path: _around(value, share) for path, value in values.items()}


def _around(value: float, share: float) -> Ends:
    """The ends of one value; those of a whole number are whole, and no nearer than asked."""
    low, high = value * (1.0 - share), value * (1.0 + share)
    return (floor(low), ceil(high)) if isinstance(value, int) else (low, high)


def usual_inputs(instance: Instance) -> list[str]:
    """What is looked at when nothing is named: the scale of every demand, and every price of nodes."""
    data = instance.model_dump(mode="json")
    paths = [f"workloads.{name}.demand.scale" for name in instance.workloads]
    for hardware, channels in data["fleet"].items():
        for name, channel in channels.items():
            keys = [key for key, value in channel.items() if key.startswith("price_") and is_number(value)]
            paths += [f"fleet.{hardware}.{name}.{key}" for key in keys if channel[key] > 0]
    return paths


def _swing(*cases: pd.Series[Any]) -> tuple[float, bool, str]:
    """Width of the swing, whether it exceeds the gaps, and why there is none."""
    reasons = [case["reason"] for case in cases if pd.isna(case["cost"])]
    if reasons:
        return np.nan, False, "; ".join(dict.fromkeys(reasons))
    cheapest = min(cases, key=lambda case: float(case["cost"]))
    dearest = max(cases, key=lambda case: float(case["cost"]))
    return float(dearest["cost"] - cheapest["cost"]), bool(cheapest["cost"] < dearest["bound"]), ""
