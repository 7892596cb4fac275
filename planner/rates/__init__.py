"""Instance -> Rates: what each deployment unit can serve."""

from planner.rates.rates import Rates, Rejected, Unit, Work

__all__ = ["Rates", "Rejected", "Unit", "Work"]
