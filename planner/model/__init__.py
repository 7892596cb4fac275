"""The formulation, written once: sets, variables, families of constraints, costs."""

from planner.model.build import Model, build
from planner.model.sets import Sets

__all__ = ["Model", "Sets", "build"]
