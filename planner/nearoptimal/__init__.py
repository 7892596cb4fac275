"""Near-optimal: plans that cost little more than the best and are better in another respect."""

from planner.nearoptimal.search import AlternativeOptions, alternatives
from planner.nearoptimal.records import Alternative, Alternatives

__all__ = ["Alternative", "AlternativeOptions", "Alternatives", "alternatives"]
