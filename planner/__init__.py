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

from planner.attached import load_when_asked
from planner.version import __version__

if TYPE_CHECKING:
    from planner.audit import Audit, check
    from planner.comparison import Comparison, compare
    from planner.engines import CancelToken, Event
    from planner.errors import Fault, InstanceError, PlannerError, SolverUnavailable
    from planner.explanation import ExplainOptions, Explanation, explain
    from planner.exports import export
    from planner.instance import Instance
    from planner.loader import from_dict, instance_schema, load, loads
    from planner.nearoptimal import Alternatives, alternatives
    from planner.pictures.draw import draw_tornado
    from planner.pipeline import SolveOptions, solve
    from planner.plan import Plan
    from planner.plan_format import plan_schema
    from planner.rates import Rates
    from planner.rates.compute import compute_rates
    from planner.reporting.html import report
    from planner.sensitivity import (
        BreakEven,
        DeferralValue,
        Regret,
        break_even,
        deferral_value,
        holds,
        regret,
        tornado,
    )
    from planner.service import serve
    from planner.simulation import simulate
    from planner.solution import Status
    from planner.sweeps import SweepProgress, grid, latin_hypercube, one_at_a_time, random_cases, sweep

_HOME = {
    "Alternatives": "planner.nearoptimal",
    "Audit": "planner.audit",
    "BreakEven": "planner.sensitivity",
    "CancelToken": "planner.engines",
    "Comparison": "planner.comparison",
    "DeferralValue": "planner.sensitivity",
    "Event": "planner.engines",
    "ExplainOptions": "planner.explanation",
    "Explanation": "planner.explanation",
    "Fault": "planner.errors",
    "Instance": "planner.instance",
    "InstanceError": "planner.errors",
    "Plan": "planner.plan",
    "PlannerError": "planner.errors",
    "Rates": "planner.rates",
    "Regret": "planner.sensitivity",
    "SolveOptions": "planner.pipeline",
    "SolverUnavailable": "planner.errors",
    "Status": "planner.solution",
    "SweepProgress": "planner.sweeps",
    "break_even": "planner.sensitivity",
    "alternatives": "planner.nearoptimal",
    "check": "planner.audit",
    "compare": "planner.comparison",
    "compute_rates": "planner.rates.compute",
    "draw_tornado": "planner.pictures.draw",
    "deferral_value": "planner.sensitivity",
    "explain": "planner.explanation",
    "export": "planner.exports",
    "from_dict": "planner.loader",
    "grid": "planner.sweeps",
    "holds": "planner.sensitivity",
    "instance_schema": "planner.loader",
    "latin_hypercube": "planner.sweeps",
    "load": "planner.loader",
    "loads": "planner.loader",
    "one_at_a_time": "planner.sweeps",
    "plan_schema": "planner.plan_format",
    "random_cases": "planner.sweeps",
    "regret": "planner.sensitivity",
    "report": "planner.reporting.html",
    "serve": "planner.service",
    "simulate": "planner.simulation",
    "solve": "planner.pipeline",
    "sweep": "planner.sweeps",
    "tornado": "planner.sensitivity",
}

__all__ = [
    "Alternatives",
    "Audit",
    "BreakEven",
    "CancelToken",
    "Comparison",
    "DeferralValue",
    "Event",
    "ExplainOptions",
    "Explanation",
    "Fault",
    "Instance",
    "InstanceError",
    "Plan",
    "PlannerError",
    "Rates",
    "Regret",
    "SolveOptions",
    "SolverUnavailable",
    "Status",
    "SweepProgress",
    "__version__",
    "alternatives",
    "break_even",
    "check",
    "compare",
    "compute_rates",
    "deferral_value",
    "draw_tornado",
    "explain",
    "export",
    "from_dict",
    "grid",
    "holds",
    "instance_schema",
    "latin_hypercube",
    "load",
    "loads",
    "one_at_a_time",
    "plan_schema",
    "random_cases",
    "regret",
    "report",
    "serve",
    "simulate",
    "solve",
    "sweep",
    "tornado",
]


load_when_asked(lambda: import_module("planner.pictures.attach"))


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'planner' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
