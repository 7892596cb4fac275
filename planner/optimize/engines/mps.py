"""A program in free MPS format, for engines that are programs of their own. Names are C<column>, R<row>."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from planner.optimize.engines.raw import RawProgram


def write_mps(program: RawProgram, path: Path) -> None:
    """Write `program` without its objective's offset, numbers in full, every bound spelt out."""
    sides = list(zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True))
    lines = ["NAME P", "ROWS", " N COST"]
    lines += [f" {_kind(lower, upper)} R{row}" for row, (lower, upper) in enumerate(sides)]
    lines += ["COLUMNS", *_columns(program), "RHS"]
    lines += [
        f" RHS R{row} {(upper if math.isinf(lower) else lower)!r}"
        for row, (lower, upper) in enumerate(sides)
        if _kind(lower, upper) != "N"
    ]
    lines.append("RANGES")
    lines += [
        f" RNG R{row} {upper - lower!r}"
        for row, (lower, upper) in enumerate(sides)
        if math.isfinite(lower) and math.isfinite(upper) and lower != upper
    ]
    lines += ["BOUNDS", *_bounds(program), "ENDATA", ""]
    path.write_text("\n".join(lines), encoding="ascii")


def _kind(lower: float, upper: float) -> str:
    if lower == upper:
        return "E"
    if math.isfinite(lower):
        return "G"
    return "L" if math.isfinite(upper) else "N"


def _columns(program: RawProgram) -> list[str]:
    order = np.argsort(program.columns, kind="stable")
    columns, rows = program.columns[order], program.rows[order].tolist()
    values = program.coefficients[order].tolist()
    starts = np.searchsorted(columns, np.arange(program.column_count + 1)).tolist()
    costs, whole = program.objective.tolist(), program.integer.tolist()
    lines: list[str] = []
    for column in range(program.column_count):
        if whole[column] != (column > 0 and whole[column - 1]):
            marker = "'INTORG'" if whole[column] else "'INTEND'"
            lines.append(f" M{column} 'MARKER' {marker}")
        lines.append(f" C{column} COST {costs[column]!r}")
        lines += [
            f" C{column} R{rows[index]} {values[index]!r}"
            for index in range(starts[column], starts[column + 1])
        ]
    if whole and whole[-1]:
        lines.append(" MEND 'MARKER' 'INTEND'")
    return lines


def _bounds(program: RawProgram) -> list[str]:
    lines = []
    for column, (lower, upper) in enumerate(zip(program.lower.tolist(), program.upper.tolist(), strict=True)):
        lines.append(f" LO BND C{column} {lower!r}" if math.isfinite(lower) else f" MI BND C{column}")
        lines.append(f" UP BND C{column} {upper!r}" if math.isfinite(upper) else f" PL BND C{column}")
    return lines
