"""A mixed-integer program by columns and rows, solved by `scipy.optimize.milp`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Terms = list[tuple[int, float]]
"""A linear expression: columns with their factors."""

INFINITE = math.inf


@dataclass
class Program:
    """Columns, rows and the cost of each scenario; costs of scenario None are borne in all of them."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    costs: dict[int | None, Terms] = field(default_factory=dict)
    rows: list[tuple[Terms, float, float]] = field(default_factory=list)
    objective: Terms = field(default_factory=list)

    def column(self, lower: float = 0.0, upper: float = INFINITE, whole: bool = False) -> int:
        """A new column."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.lower) - 1

    def switch(self) -> int:
        """A column that is 0 or 1."""
        return self.column(upper=1.0, whole=True)

    def row(
        self, terms: Iterable[tuple[int, float]], lower: float = -INFINITE, upper: float = INFINITE
    ) -> None:
        """lower <= terms <= upper."""
        self.rows.append((list(terms), lower, upper))

    def cost(self, column: int, value: float, scenario: int | None = None) -> None:
        """One of a column costs so much, in one scenario or in all."""
        if value:
            self.costs.setdefault(scenario, []).append((column, value))

    def solve(self, time_limit_s: float, presolve: bool = True) -> Answer:
        """The least value of the objective."""
        objective = np.zeros(len(self.lower))
        for column, value in self.objective:
            objective[column] += value
        result = milp(
            objective,
            integrality=np.array(self.whole, dtype=int),
            bounds=Bounds(np.array(self.lower), np.array(self.upper)),
            constraints=self._constraints(),
            options={"mip_rel_gap": 0.0, "time_limit": time_limit_s, "presolve": presolve},
        )
        if result.status == 2:
            return Answer("infeasible", INFINITE, None)
        if result.status != 0:
            return Answer(f"unknown: {result.message}", INFINITE, None)
        return Answer("optimal", float(result.fun), np.asarray(result.x))

    def _constraints(self) -> LinearConstraint | tuple[()]:
        """The rows as a matrix; columns named twice in a row add up."""
        if not self.rows:
            return ()
        entries = [
            (index, column, value) for index, (terms, _, _) in enumerate(self.rows) for column, value in terms
        ]
        row, column, value = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = csr_array((value, (row, column)), shape=(len(self.rows), len(self.lower)), dtype=float)
        lower, upper = (np.array([one[side] for one in self.rows]) for side in (1, 2))
        return LinearConstraint(matrix, lower, upper)


@dataclass(frozen=True)
class Answer:
    """Status ("optimal", "infeasible", "unknown: why"), the least value and the columns that reach it."""

    status: str
    value: float
    columns: np.ndarray | None
