"""Seasons by the clock of a zone: a series over equal periods as one over what the clock shows, and back.

    place[t] = t + (offset from UTC at t - offset at 0) / length of a period
    slot[s]  = mean of the periods over s, each by its share of it: 1 - |place[t] - s| where that is above 0

Where clocks go back two periods share a slot; where they go forward no period is over one, which is then as a season
before. A forecast is made slot by slot, and a period of it is the mean of the slots it is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.time_zone import local_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.study.forecasting.methods import ForecastMethod

_LEAST_SHARE = 0.5
"""Of a slot that must have been seen for it to be known."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class SeasonClock:
    """What the clock shows as each period begins, in periods from the first: shape [period], history and ahead."""

    places: NDArray[np.float64]

    @classmethod
    def of(cls, begin_s: float, period_hours: float, periods: int, zone: ZoneInfo | None) -> SeasonClock:
        """The clock of a zone, periods beginning `begin_s` seconds after 1970; None: one that is never changed."""
        places = np.arange(float(periods))
        if zone is not None:
            start = datetime.fromtimestamp(begin_s, UTC)
            places += local_time(start, zone, period_hours, periods).shift / period_hours
        return cls(places)

    def forecast(
        self, method: ForecastMethod, history: NDArray[np.float64], ahead: int
    ) -> NDArray[np.float64]:
        """What a method says of the periods after a history that begins with the first period, shape [ahead]."""
        known = len(history)
        places = self.places[: known + ahead] + _ROUNDING
        low = np.floor(places).astype(np.int64)
        share = np.round(places - low, 6)
        low -= low.min()
        slots, first = _by_slot(history, low[:known], share[:known], method.season)
        high = low + (share > 0)
        more = int(high[known:].max()) + 1 - first - len(slots)
        course = np.concatenate([slots, method(slots, max(more, 1))])
        over = course[low[known:] - first], course[high[known:] - first]
        return np.asarray(over[0] * (1 - share[known:]) + over[1] * share[known:])

    def at(self, places: NDArray[np.float64]) -> NDArray[np.int64]:
        """The first period that begins when the clock shows so much or more, of each place."""
        return np.searchsorted(np.maximum.accumulate(self.places), places - _ROUNDING)


def _by_slot(
    history: NDArray[np.float64], low: NDArray[np.int64], share: NDArray[np.float64], season: int
) -> tuple[NDArray[np.float64], int]:
    """The history by slot, from the first to the last that is known, and which slot the first is."""
    count = int(low.max()) + 2
    seen = np.bincount(low, 1 - share, count) + np.bincount(low + 1, share, count)
    total = np.bincount(low, history * (1 - share), count) + np.bincount(low + 1, history * share, count)
    known = np.flatnonzero(seen >= _LEAST_SHARE - _ROUNDING)
    slots = np.interp(np.arange(count), known, total[known] / seen[known])
    first, end = int(known[0]), int(known[-1]) + 1
    for slot in np.setdiff1d(np.arange(first + season, end), known).tolist():
        slots[slot] = slots[slot - season]
    return slots[first:end], first
