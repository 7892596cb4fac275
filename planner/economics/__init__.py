"""What a plan earns and what its parts cost: revenue, cost per token, break-even loads, payback."""

from planner.economics.break_even import BreakEven, break_even_loads, is_commitment
from planner.economics.hour_cost import HourCosts, hour_costs
from planner.economics.payback import Payback, paybacks
from planner.economics.unit_cost import UnitCost, unit_costs
from planner.revenue import Margin, margin, revenue_by_workload

__all__ = [
    "BreakEven",
    "HourCosts",
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
