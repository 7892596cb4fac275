"""Kernels: the physics and the queueing of serving.

In: an accelerator, a model, a precision (`kernels/data`), and the conditions of requests. Out: operating points (tokens
per second, times, error bands), and how busy servers may be. May not enter: money, solvers, anything of `planner`.

>>> from kernels import Conditions, Options, accelerator, architecture, operating_points
>>> options = Options((accelerator("h800"),), ("decode",), [144])
>>> points = operating_points(architecture("deepseek-v3"), options, Conditions(4500, 1000))
"""

from __future__ import annotations

from kernels.accelerator import Accelerator, accelerator, accelerator_names
from kernels.architecture import Architecture, architecture, architecture_names, architecture_words
from kernels.best_points import operating_points
from kernels.conditions import Conditions
from kernels.errors import KernelError
from kernels.frontier import RateFrontier, frontier
from kernels.lengths import RequestLengths, gamma_law
from kernels.operating_points import OperatingPoints
from kernels.options import Options
from kernels.recipe import Recipe, recipe, recipe_names

__all__ = [
    "Accelerator",
    "Architecture",
    "Conditions",
    "KernelError",
    "OperatingPoints",
    "Options",
    "RateFrontier",
    "Recipe",
    "RequestLengths",
    "accelerator",
    "accelerator_names",
    "architecture",
    "architecture_names",
    "architecture_words",
    "frontier",
    "gamma_law",
    "operating_points",
    "recipe",
    "recipe_names",
]
