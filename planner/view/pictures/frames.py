"""The tidy frames behind every picture: one function each, one row an observation, names as in the plan.

Notebooks, `Plan.plot` and the HTML report all draw from these. Every frame over time has `period` (timezone-aware
moments, as in `Plan.frame`), `period_block` where there are stages or scenarios, and `hour` (hours since the
beginning of the horizon).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.instance.demand_series import series
from planner.instance.workload import TOKEN_SERIES
from planner.plan.node_names import sold_by_gpu
from planner.plan.period_names import period_columns, zone_of_question
from planner.plan.quantities import held, in_use, share_of_cost

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates


def held_frame(plan: Plan) -> pd.DataFrame:
    """Nodes held in every period by channel: period, hour, hardware, channel, kind, nodes."""
    kinds = {(holding.hardware, holding.channel): holding.kind for holding in plan.holdings}
    parts = [
        _of_plan(plan, nodes=nodes).assign(hardware=hardware, channel=channel, kind=kinds[hardware, channel])
        for (hardware, channel), nodes in held(plan).items()
    ]
    return _stacked(parts, ["period", "hour", "hardware", "channel", "kind", "nodes"])


def units_frame(plan: Plan) -> pd.DataFrame:
    """Units switched on in every period: period, hour, unit, hardware, role, gpus, on, nodes."""
    parts = [
        _of_plan(plan, on=unit.on, nodes=np.array(unit.on) * unit.nodes).assign(
            unit=unit.unit, hardware=unit.hardware, role=unit.role, gpus=unit.gpus
        )
        for unit in plan.units
    ]
    return _stacked(parts, ["period", "hour", "unit", "hardware", "role", "gpus", "on", "nodes"])


def placement_frame(plan: Plan) -> pd.DataFrame:
    """GPUs under units on every node that has any: hardware, node, hour, gpus; `gpus:NAME` is hired GPU by GPU."""
    gpus = {unit.unit: (unit.gpus, math.ceil(unit.nodes)) for unit in plan.units}
    taken: dict[tuple[str, str], NDArray[np.float64]] = {}
    for one in plan.placed:
        count, nodes = gpus[one.unit]
        for node in one.nodes:
            series = taken.setdefault((one.hardware, node), np.zeros(len(plan.periods)))
            series[one.first : one.last + 1] += count / nodes
    parts = [
        _of_plan(plan, gpus=series).assign(hardware=hardware, node=node)
        for (hardware, node), series in sorted(taken.items(), key=lambda item: _in_order(*item[0]))
    ]
    return _stacked(parts, ["period", "hour", "hardware", "node", "gpus"])


def _in_order(hardware: str, node: str) -> tuple[str, list[int]]:
    """Nodes in the order of their domains and numbers; what is hired GPU by GPU last."""
    last = [10**9] if sold_by_gpu(node) else []
    return hardware, [*last, *(int(number) for number in re.findall("[0-9]+", node))]


def hardware_frame(plan: Plan) -> pd.DataFrame:
    """Nodes by hardware in every period: period, hour, hardware, held, in_use, idle."""
    used = in_use(plan)
    total: dict[str, NDArray[np.float64]] = {}
    for (hardware, _), nodes in held(plan).items():
        total[hardware] = np.asarray(nodes, dtype=np.float64) + total.get(hardware, 0)
    parts = []
    for hardware, count in total.items():
        busy = np.asarray(used.get(hardware, [0] * len(plan.periods)), dtype=np.float64)
        parts.append(_of_plan(plan, held=count, in_use=busy, idle=count - busy).assign(hardware=hardware))
    return _stacked(parts, ["period", "hour", "hardware", "held", "in_use", "idle"])


def served_frame(plan: Plan) -> pd.DataFrame:
    """What each unit serves: period, hour, workload, phase, unit, per_s; unit `shed`: what is left unserved."""
    entries = [(entry.workload, entry.phase, entry.unit, entry.per_s) for entry in plan.served]
    entries += [(entry.workload, entry.phase, "shed", entry.per_s) for entry in plan.shed]
    parts = [
        _of_plan(plan, per_s=per_s).assign(workload=workload, phase=phase, unit=unit)
        for workload, phase, unit, per_s in entries
    ]
    return _stacked(parts, ["period", "hour", "workload", "phase", "unit", "per_s"])


def cost_frame(plan: Plan) -> pd.DataFrame:
    """Cost by term: term, cost, share (empty where the total is nothing or a credit)."""
    rows = [(term, cost, share_of_cost(plan, cost)) for term, cost in plan.cost_terms.items()]
    return pd.DataFrame(rows, columns=["term", "cost", "share"])


def demand_frame(instance: Instance) -> pd.DataFrame:
    """Demand as asked: period, hour, workload, series (`output_tokens_per_s`, ...), per_s; scale included."""
    labels, hours = instance.labels(), instance.horizon.period_hours
    parts = [
        _over_time(labels, hours, instance.horizon.zone, per_s=series(instance, workload, name)).assign(
            workload=workload, series=name
        )
        for workload, given in instance.workloads.items()
        for name in (*TOKEN_SERIES, "requests_per_s")
        if getattr(given.demand, name)
    ]
    return _stacked(parts, ["period", "hour", "workload", "series", "per_s"])


def rates_frame(rates: Rates) -> pd.DataFrame:
    """The columns of `Rates.frame`, the rate per GPU, and its error band: `low_per_s`, `high_per_s`."""
    frame = rates.frame()
    if frame.empty:
        return frame
    return frame.assign(
        rate_per_s_per_gpu=frame["rate_per_s"] / frame["gpus"],
        low_per_s=frame["rate_per_s"] * frame["band_low"].astype(float).fillna(1.0),
        high_per_s=frame["rate_per_s"] * frame["band_high"].astype(float).fillna(1.0),
    )


def _of_plan(plan: Plan, **columns: object) -> pd.DataFrame:
    return _over_time(plan.periods, plan.period_hours, zone_of_question(plan.question), **columns)


def _over_time(
    periods: Sequence[str], period_hours: float, zone: ZoneInfo | None, **columns: object
) -> pd.DataFrame:
    hour = np.arange(len(periods)) * period_hours
    return pd.DataFrame({**period_columns(periods, periods, zone=zone), "hour": hour, **columns})


def _stacked(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(parts, ignore_index=True)
    return whole[[name for name in ("period_block",) if name in whole] + columns]
