"""Model: the formulation, written once: sets, variables, families of constraints, costs, and the way back.

In: an instance and its rates. Out: a PuLP problem, and the plan that values of its variables are. Each family and
cost term says in its own file what the decomposition may do with it. May not enter: solvers, audits (judges share
no formula with this room).
"""

from planner.model.build import Model, build
from planner.model.sets import Sets

__all__ = ["Model", "Sets", "build"]
