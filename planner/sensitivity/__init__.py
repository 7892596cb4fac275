"""Sensitivity: which inputs move the cost, where decisions flip, what a wrong guess costs."""

from planner.sensitivity.bisection import BreakEven, break_even, holds
from planner.sensitivity.regrets import Regret, regret
from planner.sensitivity.swings import tornado

__all__ = ["BreakEven", "Regret", "break_even", "holds", "regret", "tornado"]
