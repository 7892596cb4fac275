"""Kinds of neighbourhoods: which columns of a plan are set free together. Each is a function of what is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.matheuristic.structure import ProgramStructure


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What a neighbourhood is chosen from: the plan, the relaxation, weights of periods, and the kinds of columns."""

    structure: ProgramStructure
    long: NDArray[np.bool_]
    plan: NDArray[np.float64]
    relaxed: NDArray[np.float64]
    period_weight: NDArray[np.float64]
    random: np.random.Generator

    @property
    def short(self) -> NDArray[np.bool_]:
        """Columns of few periods."""
        return ~self.long

    def window(self, periods: int) -> NDArray[np.bool_]:
        """So many consecutive periods around one drawn by weight, the last beside the first, shape [period]."""
        count = self.structure.periods
        inside = np.zeros(count, dtype=bool)
        centre = int(self.random.choice(count, p=self.period_weight))
        inside[np.arange(centre - periods // 2, centre - periods // 2 + periods) % count] = True
        return inside

    def periods_for(self, leaders: float, among: NDArray[np.bool_]) -> int:
        """Periods that hold about so many integer columns among some."""
        structure = self.structure
        density = max(1e-9, np.count_nonzero(structure.leaders & among) / structure.periods)
        return int(np.clip(round(leaders / density), 1, structure.periods))


class Neighbourhood(Protocol):
    """Columns to set free, about so many integer ones that decide; none where the kind has nothing to offer."""

    def __call__(self, around: Surroundings, leaders: float) -> NDArray[np.bool_]:
        """Mask of columns, shape [n]."""
        ...


def window(around: Surroundings, leaders: float) -> NDArray[np.bool_]:
    """Fix-and-optimise in time: all columns of consecutive periods."""
    inside = around.window(around.periods_for(leaders, around.short))
    return around.structure.within(inside) & around.short


def fleet(around: Surroundings, leaders: float) -> NDArray[np.bool_]:
    """Columns of many periods, every column of the same variables, and all of some periods, drawn one by one."""
    structure = around.structure
    if not (around.long & structure.program.integer).any():
        return np.zeros(structure.program.column_count, dtype=bool)
    free = around.long.copy()
    variable = structure.groups.labels.get("variable")
    if variable is not None:
        free |= np.isin(variable, np.unique(variable[around.long]))
    drawn = around.random.choice(
        structure.periods,
        size=min(int(np.count_nonzero(around.period_weight)), around.periods_for(leaders, around.short)),
        replace=False,
        p=around.period_weight,
    )
    inside = np.zeros(structure.periods, dtype=bool)
    inside[drawn] = True
    return free | structure.within(inside) & around.short


def differing(around: Surroundings, leaders: float) -> NDArray[np.bool_]:
    """RINS: integer columns on which plan and relaxation differ, and what is not integer, of consecutive periods."""
    structure = around.structure
    integer = structure.program.integer
    differs = np.abs(around.plan - around.relaxed) > 0.1
    open_ = differs | ~integer | structure.followers
    inside = around.window(around.periods_for(leaders, around.short & differs))
    return structure.within(inside) & around.short & open_


def labelled(axis: str) -> Neighbourhood:
    """Columns of one position on an axis (one hardware, say), two where it has several, over consecutive periods."""

    def free(around: Surroundings, leaders: float) -> NDArray[np.bool_]:
        structure = around.structure
        of = structure.groups.labels[axis]
        positions = np.unique(of[(of >= 0) & structure.leaders & around.short])
        if len(positions) < 2:
            return np.zeros(structure.program.column_count, dtype=bool)
        size = 1 if len(positions) == 2 else int(around.random.integers(1, 3))
        chosen = around.random.choice(positions, size=size, replace=False)
        mine = around.short & (np.isin(of, chosen) | (of < 0) | ~structure.leaders)
        inside = around.window(around.periods_for(leaders, mine))
        return structure.within(inside) & mine

    return free


def kinds(structure: ProgramStructure) -> dict[str, Neighbourhood]:
    """Every kind that the program has, by name."""
    found: dict[str, Neighbourhood] = {"window": window, "fleet": fleet, "relaxation": differing}
    for axis in sorted(structure.groups.labels):
        if axis != "variable":
            found[axis] = labelled(axis)
    return found
