"""Near-optimal: plans that cost little more than the best and are better in another respect."""

from planner.nearoptimal.records import Alternative, Alternatives
from planner.nearoptimal.search import AlternativeOptions, alternatives

__all__ = ["Alternative", "AlternativeOptions", "Alternatives", "alternatives"]
