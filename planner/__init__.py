"""planner: capacity planning for teams that serve large language models.

>>> import planner
>>> instance = planner.load("instances/tiny.yaml")
>>> plan = planner.solve(instance)
>>> plan.cost
108.0

The names below are the stable face. Each is loaded when first used, so that importing this package is quick
and loads no solver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from planner.version import __version__

if TYPE_CHECKING:
    from planner.audit import Audit, check
    from planner.comparison import Comparison, compare
    from planner.engines import CancelToken, Event
    from planner.errors import Fault, InstanceError, PlannerError, SolverUnavailable
    from planner.explanation import Explanation, ExplainOptions, explain
    from planner.instance import Instance
    from planner.loader import from_dict, instance_schema, load, loads
    from planner.plan import Plan
    from planner.rates import Rates
    from planner.rates.compute import compute_rates
    from planner.reporting.html import report
    from planner.solution import Status
    from planner.sweeps import SweepProgress, sweep
    from planner.pipeline import SolveOptions, solve

_HOME = {
    "Audit": "planner.audit",
    "CancelToken": "planner.engines",
    "Comparison": "planner.comparison",
    "Event": "planner.engines",
    "ExplainOptions": "planner.explanation",
    "Explanation": "planner.explanation",
    "Fault": "planner.errors",
    "Instance": "planner.instance",
    "InstanceError": "planner.errors",
    "Plan": "planner.plan",
    "PlannerError": "planner.errors",
    "Rates": "planner.rates",
    "SolveOptions": "planner.pipeline",
    "SolverUnavailable": "planner.errors",
    "Status": "planner.solution",
    "SweepProgress": "planner.sweeps",
    "check": "planner.audit",
    "compare": "planner.comparison",
    "compute_rates": "planner.rates.compute",
    "explain": "planner.explanation",
    "from_dict": "planner.loader",
    "instance_schema": "planner.loader",
    "load": "planner.loader",
    "loads": "planner.loader",
    "report": "planner.reporting.html",
    "solve": "planner.pipeline",
    "sweep": "planner.sweeps",
}

__all__ = [
    "Audit",
    "CancelToken",
    "Comparison",
    "Event",
    "ExplainOptions",
    "Explanation",
    "Fault",
    "Instance",
    "InstanceError",
    "Plan",
    "PlannerError",
    "Rates",
    "SolveOptions",
    "SolverUnavailable",
    "Status",
    "SweepProgress",
    "__version__",
    "check",
    "compare",
    "compute_rates",
    "explain",
    "from_dict",
    "instance_schema",
    "load",
    "loads",
    "report",
    "solve",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'planner' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
