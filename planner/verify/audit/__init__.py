"""The independent audit of a plan: imports neither the model nor a solver."""

from planner.verify.audit.verdict import Audit, Violation, check

__all__ = ["Audit", "Violation", "check"]
