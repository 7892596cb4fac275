"""Rates: what each deployment unit can serve, and how busy it may be.

In: an instance, and the physics and queueing of `kernels`. Out: `Rates`, headroom by unit and period. May not enter:
money, solvers.
"""

from planner.rates.rates import Rates, Rejected, Unit, Work

__all__ = ["Rates", "Rejected", "Unit", "Work"]
