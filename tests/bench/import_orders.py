"""Which orders of import PuLP, highspy and the solvers within ortools stand in one process.

    python tests/bench/import_orders.py

Every order of every two, three and all four of `pulp` (which loads highspy where it is installed), `highspy`,
HiGHS through ortools' MathOpt and through its linear_solver runs in a process of its own; each solves a small
integer program when it is its turn, and again when all are loaded. Prints the orders that fail, and their count.
Measured with ortools 9.15, Python 3.11, Linux: 0 of 60 fail with highspy 1.12, 18 with 1.13, 1.14 and 1.16
(crashes where highspy is loaded first and ortools' HiGHS then solves), 50 with 1.15.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from itertools import permutations

COUNT = 20
COST = 30.0


def pulp() -> None:
    """Build, which loads highspy, and solve nothing."""
    library = import_module("pulp")
    problem = library.LpProblem("orders", library.LpMinimize)
    problem += 3 * problem.add_variable("x", 0, 9, "Integer") >= 7


def highspy() -> None:
    """Solve by highspy."""
    library = import_module("highspy")
    solver = library.Highs()
    solver.setOptionValue("output_flag", False)
    columns = [solver.addIntegral(0, 9, 1.0) for _ in range(COUNT)]
    for index in range(COUNT):
        solver.addConstr(3 * columns[index] + 2 * columns[(index + 1) % COUNT] >= 7)
    solver.run()
    assert abs(solver.getObjectiveValue() - COST) < 1e-6


def mathopt() -> None:
    """Solve by the HiGHS within MathOpt."""
    library = import_module("ortools.math_opt.python.mathopt")
    model = library.Model()
    columns = [model.add_integer_variable(lb=0, ub=9) for _ in range(COUNT)]
    for index in range(COUNT):
        model.add_linear_constraint(3 * columns[index] + 2 * columns[(index + 1) % COUNT] >= 7)
    model.minimize(sum(columns))
    assert abs(library.solve(model, library.SolverType.HIGHS).objective_value() - COST) < 1e-6


def linear_solver() -> None:
    """Solve by the HiGHS within linear_solver."""
    solver = import_module("ortools.linear_solver.pywraplp").Solver.CreateSolver("HIGHS")
    column = solver.IntVar(0, 9, "x")
    solver.Add(3 * column >= 7)
    solver.Minimize(column)
    assert solver.Solve() == 0
    assert solver.Objective().Value() == 3.0


TURNS = {"pulp": pulp, "highspy": highspy, "mathopt": mathopt, "linear_solver": linear_solver}


def orders() -> Iterator[tuple[str, ...]]:
    """Every order of two and more."""
    for count in range(2, len(TURNS) + 1):
        yield from permutations(TURNS, count)


def main() -> int:
    """Run one order (named by the arguments), or all in processes of their own."""
    if len(sys.argv) > 1:
        for name in (*sys.argv[1:], *reversed(sys.argv[1:])):
            TURNS[name]()
        return 0
    bad = 0
    for order in orders():
        done = subprocess.run([sys.executable, __file__, *order], capture_output=True, check=False)
        if done.returncode != 0:
            bad += 1
            print(f"{' '.join(order)}: ended with {done.returncode}")
    print(f"highspy {version('highspy')}, ortools {version('ortools')}: {bad} of {len(list(orders()))} fail")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
