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

from planner.core.attached import load_when_asked
from planner.core.version import __version__

if TYPE_CHECKING:
    from planner.app.service import serve
    from planner.core.errors import Fault, InstanceError, PlannerError, SolverUnavailable
    from planner.core.solution import Status
    from planner.instance import Instance
    from planner.loader import from_dict, instance_schema, load, loads
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.engines import CancelToken, Event
    from planner.optimize.engines.matheuristic.parameters import MatheuristicParameters
    from planner.optimize.pipeline import solve
    from planner.optimize.solve_options import SolveOptions
    from planner.plan.format import plan_schema
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.rates.compute import compute_rates
    from planner.study.attribution import Attribution, attribution
    from planner.study.comparison import Comparison, compare
    from planner.study.explanation import ExplainOptions, Explanation, explain
    from planner.study.near_optimal import Alternatives, alternatives
    from planner.study.sensitivity import (
        BreakEven,
        DeferralValue,
        Regret,
        break_even,
        deferral_value,
        holds,
        promise_costs,
        regret,
        tornado,
    )
    from planner.study.sweeps import SweepProgress, grid, latin_hypercube, one_at_a_time, random_cases, sweep
    from planner.verify.audit import Audit, check
    from planner.verify.simulation import simulate
    from planner.view.exports.export import export
    from planner.view.pictures.draw import draw_tornado
    from planner.view.reporting.html import report

_HOME = {
    "Alternatives": "planner.study.near_optimal",
    "Attribution": "planner.study.attribution",
    "Audit": "planner.verify.audit",
    "BreakEven": "planner.study.sensitivity",
    "CancelToken": "planner.optimize.engines",
    "Comparison": "planner.study.comparison",
    "DecompositionParameters": "planner.optimize.decomposition.parameters",
    "DeferralValue": "planner.study.sensitivity",
    "Event": "planner.optimize.engines",
    "ExplainOptions": "planner.study.explanation",
    "Explanation": "planner.study.explanation",
    "Fault": "planner.core.errors",
    "Instance": "planner.instance",
    "InstanceError": "planner.core.errors",
    "MatheuristicParameters": "planner.optimize.engines.matheuristic.parameters",
    "Plan": "planner.plan.plan",
    "PlannerError": "planner.core.errors",
    "Rates": "planner.rates",
    "Regret": "planner.study.sensitivity",
    "SolveOptions": "planner.optimize.solve_options",
    "SolverUnavailable": "planner.core.errors",
    "Status": "planner.core.solution",
    "SweepProgress": "planner.study.sweeps",
    "attribution": "planner.study.attribution",
    "break_even": "planner.study.sensitivity",
    "alternatives": "planner.study.near_optimal",
    "check": "planner.verify.audit",
    "compare": "planner.study.comparison",
    "compute_rates": "planner.rates.compute",
    "draw_tornado": "planner.view.pictures.draw",
    "deferral_value": "planner.study.sensitivity",
    "explain": "planner.study.explanation",
    "export": "planner.view.exports",
    "from_dict": "planner.loader",
    "grid": "planner.study.sweeps",
    "holds": "planner.study.sensitivity",
    "instance_schema": "planner.loader",
    "latin_hypercube": "planner.study.sweeps",
    "load": "planner.loader",
    "loads": "planner.loader",
    "one_at_a_time": "planner.study.sweeps",
    "plan_schema": "planner.plan.format",
    "promise_costs": "planner.study.sensitivity",
    "random_cases": "planner.study.sweeps",
    "regret": "planner.study.sensitivity",
    "report": "planner.view.reporting.html",
    "serve": "planner.app.service",
    "simulate": "planner.verify.simulation",
    "solve": "planner.optimize.pipeline",
    "sweep": "planner.study.sweeps",
    "tornado": "planner.study.sensitivity",
}

__all__ = [
    "Alternatives",
    "Attribution",
    "Audit",
    "BreakEven",
    "CancelToken",
    "Comparison",
    "DecompositionParameters",
    "DeferralValue",
    "Event",
    "ExplainOptions",
    "Explanation",
    "Fault",
    "Instance",
    "InstanceError",
    "MatheuristicParameters",
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
    "attribution",
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
    "promise_costs",
    "random_cases",
    "regret",
    "report",
    "serve",
    "simulate",
    "solve",
    "sweep",
    "tornado",
]


load_when_asked(lambda: import_module("planner.view.attach"))


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'planner' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
