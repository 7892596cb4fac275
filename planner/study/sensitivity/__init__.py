"""Sensitivity: which inputs move the cost, where decisions flip, what a wrong guess costs, what promises cost."""

from planner.study.sensitivity.bisection import BreakEven, break_even, holds
from planner.study.sensitivity.deferral import DeferralValue, deferral_value
from planner.study.sensitivity.promises import PromiseCost, PromiseStep, promise_costs, promise_steps
from planner.study.sensitivity.regrets import Regret, regret
from planner.study.sensitivity.swings import tornado

__all__ = [
    "BreakEven",
    "DeferralValue",
    "PromiseCost",
    "PromiseStep",
    "Regret",
    "break_even",
    "deferral_value",
    "holds",
    "promise_costs",
    "promise_steps",
    "regret",
    "tornado",
]
