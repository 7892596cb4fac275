"""Alternatives as plain records."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.plan.plan import Plan


def over(cost: float, bound: float) -> float:
    """How much dearer than the optimum a plan can be, as a share of the bound; inf above a bound of nothing."""
    more = max(0.0, cost - bound)
    return more / abs(bound) if bound else math.inf if more else 0.0


@dataclass(frozen=True)
class Alternative:
    """A plan that pursues a goal within the slack.

    `measure` is what it reaches, in `unit`; `measure_bound` is proven: no plan within the slack has less.
    `best_measure` is that of the cheapest plan. `optimal` says whether the goal is proven to the gap asked
    for. `over_best_at_most` is how much dearer than the true optimum the plan can be, as a share.
    """

    goal: str
    unit: str
    plan: Plan
    measure: float
    measure_bound: float
    best_measure: float
    optimal: bool
    over_best_at_most: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, the plan included."""
        record = {name: value for name, value in vars(self).items() if name != "plan"}
        for name in ("measure_bound", "over_best_at_most"):
            record[name] = record[name] if math.isfinite(record[name]) else None
        return record | {"plan": self.plan.to_dict()}


@dataclass(frozen=True)
class Alternatives:
    """The cheapest plan, alternatives that cost at most its proven bound and the slack, and goals that
    were not pursued, with the reason."""

    best: Plan
    slack: float
    budget: float
    found: tuple[Alternative, ...]
    skipped: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "best": self.best.to_dict(),
            "slack": self.slack,
            "budget": self.budget,
            "alternatives": [entry.to_dict() for entry in self.found],
            "skipped": self.skipped,
        }
