"""What a plan earns and what its parts cost: revenue, cost per token, break-even loads, payback, net present value."""

from planner.plan.revenue import Margin, margin, revenue_by_workload
from planner.study.economics.break_even import BreakEvenLoad, break_even_loads, is_commitment
from planner.study.economics.hour_cost import HourCosts, hour_costs
from planner.study.economics.investment import Investment
from planner.study.economics.payback import Payback, paybacks
from planner.study.economics.unit_cost import UnitCost, unit_costs

__all__ = [
    "BreakEvenLoad",
    "HourCosts",
    "Investment",
    "Margin",
    "Payback",
    "UnitCost",
    "break_even_loads",
    "hour_costs",
    "is_commitment",
    "margin",
    "paybacks",
    "revenue_by_workload",
    "unit_costs",
]
