"""Time: one slot for every period of every scenario of every stage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

HOURS_PER_YEAR = 8760.0
TINY = 1e-9


@dataclass(frozen=True)
class Slot:
    """One period. Its money counts `repeats` times in the cost of its scenario."""

    index: int
    stage: int
    scenario: int
    period: int
    repeats: float
    clock: float
    """Local hour of the day it begins at."""


class Timeline:
    """The slots of an instance, and who follows whom."""

    def __init__(self, instance: dict[str, Any]) -> None:
        horizon = instance["horizon"]
        self.hours = float(horizon.get("period_hours", 1.0))
        self.periods = int(horizon["periods"])
        self.cyclic = instance.get("start_up", {}).get("before_first_period", "cyclic") == "cyclic"
        scenarios = instance.get("scenarios") or {}
        self.probabilities = [float(one["probability"]) for one in scenarios.values()] or [1.0]
        self.staged = bool(instance.get("stages"))
        years = [float(one["years"]) for one in (instance.get("stages") or {}).values()]
        self.years = years or [self.horizon_hours / HOURS_PER_YEAR]
        self.begins = [sum(self.years[:stage]) for stage in range(len(self.years))]
        self.rate = instance.get("discount_rate_per_year")
        self.price_indices = instance.get("price_indices") or {}
        start = horizon["start"]
        moment = datetime.fromisoformat(start) if isinstance(start, str) else start
        self.midnight_offset = moment.hour + moment.minute / 60 + moment.second / 3600
        self.slots = [
            self._slot(stage, scenario, period)
            for stage in range(len(self.years))
            for scenario in range(len(self.probabilities))
            for period in range(self.periods)
        ]

    @property
    def horizon_hours(self) -> float:
        """Length of the horizon."""
        return self.hours * self.periods

    @property
    def cost_hours(self) -> float:
        """Hours that the cost is of, over all stages, as money of their time counts."""
        return sum(self.paid(stage) * self.horizon_hours for stage in range(len(self.years)))

    def repeats(self, stage: int) -> float:
        """How often a stage holds the horizon; once without stages."""
        return self.years[stage] * HOURS_PER_YEAR / self.horizon_hours if self.staged else 1.0

    def paid(self, stage: int) -> float:
        """How often money of one horizon counts in a stage: as often as it holds it, later years discounted."""
        if not self.staged:
            return 1.0
        begins = self.begins[stage]
        return HOURS_PER_YEAR / self.horizon_hours * self.years_paid(begins, begins + self.years[stage])

    def years_paid(self, begins: float, ends: float) -> float:
        """What a payment of 1 a year between two times is worth at the beginning, by Simpson's rule."""
        if ends <= begins:
            return 0.0
        steps, rate = 400, self.rate or 0.0
        points = [(1 + rate) ** -(begins + (ends - begins) * step / steps) for step in range(steps + 1)]
        inner = 4 * sum(points[1:-1:2]) + 2 * sum(points[2:-1:2])
        return (ends - begins) / steps / 3 * (points[0] + inner + points[-1])

    def day(self, slot: Slot) -> int:
        """Midnights passed since the one before the start; a repeating horizon of whole days has as many days."""
        passed = int((self.midnight_offset + slot.period * self.hours) / 24 + TINY)
        length = self.horizon_hours / 24
        whole = round(length)
        return passed % whole if self.cyclic and whole >= 1 and abs(length - whole) < TINY else passed

    def at(self, stage: int, scenario: int, period: int) -> int:
        """Index of a slot."""
        return (stage * len(self.probabilities) + scenario) * self.periods + period

    def back(self, slot: Slot, steps: int) -> int | None:
        """Index of the slot `steps` before this one in its block; None before a first period after nothing."""
        period = slot.period - steps
        if period < 0 and not self.cyclic:
            return None
        return self.at(slot.stage, slot.scenario, period % self.periods)

    def whole_periods(self, hours: float) -> int:
        """How many periods a time touches that begins with one of them."""
        return math.ceil(hours / self.hours - TINY)

    def share_in_window(self, slot: Slot, from_hour: float, to_hour: float) -> float:
        """Share of a slot that lies in a daily window, which may run past midnight."""
        spans = [(from_hour, to_hour)] if from_hour <= to_hour else [(from_hour, 24.0), (0.0, to_hour)]
        days = range(int((slot.clock + self.hours) // 24) + 1)
        end = slot.clock + self.hours
        covered = sum(
            max(0.0, min(end, 24 * day + last) - max(slot.clock, 24 * day + first))
            for day in days
            for first, last in spans
        )
        return covered / self.hours

    def mean_of_day(self, slot: Slot, hourly: list[float]) -> float:
        """Mean over a slot of 24 values by hour of the day."""
        return sum(self.share_in_window(slot, hour, hour + 1.0) * value for hour, value in enumerate(hourly))

    def _slot(self, stage: int, scenario: int, period: int) -> Slot:
        clock = (self.midnight_offset + period * self.hours) % 24
        return Slot(self.at(stage, scenario, period), stage, scenario, period, self.paid(stage), clock)
