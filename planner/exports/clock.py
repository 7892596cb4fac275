"""The periods of a plan as moments in UTC, with the hours that count in its cost, and their months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan import Plan

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Clock:
    """Half-open periods [starts[t], ends[t]) and their hours in the cost, shape [period]."""

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    hours: NDArray[np.float64]

    @classmethod
    def of(cls, plan: Plan, instance: Instance | None) -> Clock:
        """The clock of a plan; periods weigh the same where the instance is not known."""
        starts = tuple(datetime.fromisoformat(label).astimezone(UTC) for label in plan.periods)
        length = timedelta(hours=plan.period_hours)
        hours = np.full(len(starts), plan.period_hours)
        if instance is not None:
            hours = instance.timeline.weighted_hours
        return cls(starts, tuple(start + length for start in starts), hours)

    def months(self, first: int, last: int) -> list[tuple[int, int]]:
        """Periods `first`..`last` as runs inside one calendar month each, both ends included."""
        runs: list[tuple[int, int]] = []
        for period in range(first, last + 1):
            if runs and month_of(self.starts[period]) == month_of(self.starts[runs[-1][0]]):
                runs[-1] = runs[-1][0], period
            else:
                runs.append((period, period))
        return runs

    def share(self, first: int, last: int, run: tuple[int, int]) -> float:
        """Hours of a run as a share of those of the periods `first`..`last`."""
        total = float(self.hours[first : last + 1].sum())
        return float(self.hours[run[0] : run[1] + 1].sum()) / total if total > 0 else 0.0

    def span(self, first: int, last: int) -> Span:
        """Begin and end of a run of periods."""
        return self.starts[first], self.ends[last]


def month_of(moment: datetime) -> Span:
    """The calendar month in UTC that a moment falls in, half open."""
    begin = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (begin + timedelta(days=32)).replace(day=1)
    return begin, following
