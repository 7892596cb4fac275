"""Near-optimal: plans that cost little more than the best and are better in another respect."""

from planner.study.near_optimal.records import Alternative, Alternatives
from planner.study.near_optimal.search import AlternativeOptions, alternatives

__all__ = ["Alternative", "AlternativeOptions", "Alternatives", "alternatives"]
