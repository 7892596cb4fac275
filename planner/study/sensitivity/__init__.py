"""Sensitivity: which inputs move the cost, where decisions flip, what a wrong guess costs."""

from planner.study.sensitivity.bisection import BreakEven, break_even, holds
from planner.study.sensitivity.deferral import DeferralValue, deferral_value
from planner.study.sensitivity.regrets import Regret, regret
from planner.study.sensitivity.swings import tornado

__all__ = [
    "BreakEven",
    "DeferralValue",
    "Regret",
    "break_even",
    "deferral_value",
    "holds",
    "regret",
    "tornado",
]
