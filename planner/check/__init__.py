"""The independent audit of a plan: imports neither the model nor a solver."""

from planner.check.audit import Audit, Violation, check

__all__ = ["Audit", "Violation", "check"]
