"""Sweeps: thousands of cases of one instance."""

from planner.study.sweeps.designs import grid, latin_hypercube, one_at_a_time, random_cases
from planner.study.sweeps.run import CASE_OPTIONS, SweepProgress, sweep

__all__ = [
    "CASE_OPTIONS",
    "SweepProgress",
    "grid",
    "latin_hypercube",
    "one_at_a_time",
    "random_cases",
    "sweep",
]
