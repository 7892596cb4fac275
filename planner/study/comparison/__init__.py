"""Comparison: what changes between plans."""

from planner.study.comparison.side_by_side import Comparison, compare

__all__ = ["Comparison", "compare"]
