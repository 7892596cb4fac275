"""Small programs with known answers, and a hard one, for the tests of the engines."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from planner.optimize.engines import LinearProgram

INF = np.inf


def program(rows: Any, row_lower: Any, row_upper: Any, objective: Any, **fields: Any) -> LinearProgram:
    """A program from plain lists: columns are integer and lie in 0..inf unless `fields` says otherwise."""
    count = len(objective)
    fields = {
        "lower": np.zeros(count),
        "upper": np.full(count, INF),
        "integer": np.ones(count, dtype=bool),
        **fields,
    }
    matrix = csr_array(np.asarray(rows, dtype=float).reshape(-1, count))
    return LinearProgram(
        objective=objective, matrix=matrix, row_lower=row_lower, row_upper=row_upper, **fields
    )


def knapsack() -> LinearProgram:
    """Cover 10 with pieces of 4 (cost 5) and 3 (cost 4): one four and two threes, 13, and 1 of offset: 14."""
    return program([[4, 3]], [10], [INF], [5, 4], offset=1.0)


def infeasible() -> LinearProgram:
    """2 x + 2 y = 7 has no whole solution; its relaxation has."""
    return program([[2, 2]], [7], [7], [1, 1], upper=[10, 10])


def unbounded() -> LinearProgram:
    """min -x, x - y <= 11: the cost has no lower limit."""
    return program([[1, -1]], [-INF], [11], [-1, 0])


def served() -> LinearProgram:
    """Units of rate 40.5 tokens/s (cost 10) serve 100, or they are shed at 3: two units leave 19, so 77.

    Columns on (integer), serve, shed. A third unit saves the 57 for 10: the optimum is on = 3, cost 30.
    """
    return program(
        [[-40.5, 1, 0], [0, 1, 1]],
        [-INF, 100],
        [0, INF],
        [10, 0, 3],
        integer=[True, False, False],
    )


def random_cover(seed: int, mixed: bool = False) -> LinearProgram:
    """A bounded covering program with fractional data; a third of the columns is continuous when `mixed`."""
    random = np.random.default_rng(seed)
    rows, columns = 4, 9
    matrix = np.round(random.uniform(0, 30, (rows, columns)), 1) * (random.random((rows, columns)) < 0.6)
    need = 0.3 * matrix.sum(axis=1) * 5
    integer = np.arange(columns) % 3 != 0 if mixed else np.ones(columns, dtype=bool)
    return program(
        matrix,
        need,
        np.full(rows, INF),
        np.round(random.uniform(1, 9, columns), 2),
        integer=integer,
        upper=np.full(columns, 5.0),
    )


def stubborn(hours: int = 8, types: int = 6, options: int = 10) -> LinearProgram:
    """Types of nodes, owned for all hours or hired by the hour, to cover each hour's load in whole units.

    Plans are easy to find and the optimum is not: no engine closes the gap within seconds.
    """
    random = np.random.default_rng(5)
    nodes = random.integers(1, 19, (types, options))
    price = np.round(random.uniform(8, 40, types), 1)
    rate = np.round(nodes * price[:, np.newaxis] * random.uniform(1850, 2150, (types, options)), 1)
    load = 9e6 * (1.5 + np.sin(np.arange(hours)))
    fleet = hours * types
    width = fleet * options + fleet + types  # columns on[hour, type, option], hire[hour, type], own[type]
    rows, low, high = [], [], []
    for hour in range(hours):
        cover = np.zeros(width)
        cover[hour * types * options : (hour + 1) * types * options] = rate.ravel()
        rows.append(cover)
        for kind in range(types):
            held = np.zeros(width)
            first = (hour * types + kind) * options
            held[first : first + options] = nodes[kind]
            held[[fleet * options + hour * types + kind, fleet * options + fleet + kind]] = -1
            rows.append(held)
        low += [load[hour], *[-INF] * types]
        high += [INF, *[0.0] * types]
    objective = np.zeros(width)
    objective[fleet * options : fleet * options + fleet] = np.tile(price, hours)
    objective[-types:] = 0.4 * hours * price
    upper = np.full(width, 2000.0)
    upper[-types:] = 60
    return program(rows, low, high, objective, upper=upper)
