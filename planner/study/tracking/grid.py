"""The periods of a plan as moments, and amounts over spans of time shared out among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_HOUR
from planner.plan.period_names import period_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from planner.instance import Horizon
    from planner.plan.plan import Plan

TOLERANCE_S = 1.0


@dataclass(frozen=True)
class PlanGrid:
    """Periods of `period_s` seconds each, the first beginning `begin_s` seconds after 1970."""

    begin_s: float
    period_s: float
    periods: int

    @classmethod
    def of(cls, plan: Plan) -> PlanGrid:
        """The grid of a plan. Raises InstanceError for plans whose periods are no time that passes once."""
        names = [period_name(label) for label in plan.periods]
        if any(name.block for name in names):
            words = "plans with stages or scenarios are of times that may come, not of one that did"
            raise InstanceError([Fault(f"{words}: track a plan of the horizon that passed")])
        return cls(names[0].start.timestamp(), plan.period_hours * SECONDS_PER_HOUR, len(names))

    @classmethod
    def of_horizon(cls, horizon: Horizon) -> PlanGrid:
        """The grid of a horizon."""
        return cls(horizon.start.timestamp(), horizon.period_hours * SECONDS_PER_HOUR, horizon.periods)

    @property
    def hours(self) -> float:
        """Length of a period in hours."""
        return self.period_s / SECONDS_PER_HOUR

    def covered(self, spans: Iterable[tuple[float, float]]) -> NDArray[np.bool_]:
        """Whether a period lies as a whole between the first beginning and the last end of spans, shape [period]."""
        begins, ends = zip(*spans, strict=True)
        starts = self.begin_s + self.period_s * np.arange(self.periods)
        inside = (starts >= min(begins) - TOLERANCE_S) & (starts + self.period_s <= max(ends) + TOLERANCE_S)
        return np.asarray(inside)

    def spread(
        self, begins_s: NDArray[np.float64], ends_s: NDArray[np.float64], amounts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Amounts over spans, all of shape [span], evenly over their time; what lies elsewhere is lost. Shape [period].

        What has no length belongs to the period that it lies in.
        """
        begins, ends = ((edge - self.begin_s) / self.period_s for edge in (begins_s, ends_s))
        first = np.floor(begins + TOLERANCE_S / self.period_s).astype(np.int64)
        last = np.maximum(first, np.ceil(ends - TOLERANCE_S / self.period_s).astype(np.int64) - 1)
        first, last = np.clip(first, -1, self.periods), np.clip(last, -1, self.periods)
        counts = last - first + 1
        span = np.repeat(np.arange(len(counts)), counts)
        period = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[span]
        inside = np.minimum(ends[span], period + 1.0) - np.maximum(begins[span], period)
        length = (ends - begins)[span]
        part = np.divide(inside, length, out=np.ones(len(span)), where=length > 0)
        there = (period >= 0) & (period < self.periods)
        weights = np.asarray((np.clip(part, 0.0, 1.0) * amounts[span])[there], dtype=np.float64)
        shared = np.zeros(self.periods)
        np.add.at(shared, period[there], weights)
        return shared
