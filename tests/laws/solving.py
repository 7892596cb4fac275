"""Optimal costs of plain data."""

from __future__ import annotations

import copy
import json
import math
from functools import cache
from typing import Any

import planner
from planner.core.solution import Status

GAP = 1e-7
TOLERANCE = 1e-6


def changed(data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy with values put at dotted paths; a number in a path is a position in a list."""
    data = copy.deepcopy(data)
    for path, value in changes.items():
        *parents, last = path.split(".")
        here: Any = data
        for key in parents:
            here = here[int(key)] if isinstance(here, list) else here.setdefault(key, {})
        here[int(last) if isinstance(here, list) else last] = value
    return data


def least_cost(data: dict[str, Any], method: str = "direct", time_limit_s: float = 60.0) -> float:
    """Optimal cost, inf where no plan exists. Both are proven, and the plan holds in its audit."""
    return _least_cost(json.dumps(data), method, time_limit_s)


@cache
def _least_cost(text: str, method: str, time_limit_s: float) -> float:
    options = planner.SolveOptions(relative_gap=GAP, solver="highs", method=method, time_limit_s=time_limit_s)
    plan = planner.solve(planner.from_dict(json.loads(text)), options)
    assert plan.status in (Status.OPTIMAL, Status.INFEASIBLE), plan.status
    return plan.cost if plan.status is Status.OPTIMAL else math.inf


def no_less(dear: float, cheap: float) -> bool:
    """Whether one cost is not below another, but for the gap."""
    return dear >= cheap - TOLERANCE * max(1.0, abs(cheap)) or dear == cheap
