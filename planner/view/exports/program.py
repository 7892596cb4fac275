"""The linear program behind a plan, for other solvers: LP and MPS files as PuLP writes them, in ASCII."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from planner.model import build
from planner.model.prepare import sets_of
from planner.rates.compute import compute_rates

if TYPE_CHECKING:
    import pulp

    from planner.instance import Instance


def lp(instance: Instance) -> bytes:
    """The program in CPLEX LP format."""
    return _written(instance, "program.lp", "writeLP")


def mps(instance: Instance) -> bytes:
    """The program in free MPS format."""
    return _written(instance, "program.mps", "writeMPS")


def _written(instance: Instance, name: str, method: str) -> bytes:
    problem: pulp.LpProblem = build(
        sets_of(instance, compute_rates(instance)), in_ascii(instance.name)
    ).problem
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        getattr(problem, method)(str(path))
        return path.read_bytes()


def in_ascii(name: str) -> str:
    """The name with every other sign as `uXXXX`, its code point; rows and columns have numbers for names."""
    return "".join(sign if sign.isascii() else f"u{ord(sign):04X}" for sign in name)
