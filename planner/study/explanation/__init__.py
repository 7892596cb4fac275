"""Explanation: what binds, what more demand costs, why options lost, what the next best would have cost."""

from planner.study.explanation.records import Explanation
from planner.study.explanation.why import ExplainOptions, explain

__all__ = ["ExplainOptions", "Explanation", "explain"]
