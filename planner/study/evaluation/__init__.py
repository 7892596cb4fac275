"""A fleet or schedule that someone already runs: what it costs, covers and earns, next to the optimum."""

from planner.study.evaluation.evaluation import Evaluation, ShortPeriod, evaluate
from planner.study.evaluation.schedule import (
    FleetSchedule,
    baseline_schedule,
    constant_schedule,
    read_schedule,
)

__all__ = [
    "Evaluation",
    "FleetSchedule",
    "ShortPeriod",
    "baseline_schedule",
    "constant_schedule",
    "evaluate",
    "read_schedule",
]
