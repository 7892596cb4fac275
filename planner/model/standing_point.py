"""How a pool keeps standing while units are down: choices of which one must hold, or floors that always hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.rates.standing import StandingPool


@dataclass(frozen=True)
class StandingFloor:
    """A row of every plan that keeps the promise: sum_u weight[unit of the pool] * units that are ready >= level.

    Of units that are `filled[unit of the pool]` as many count as fill the nodes of their hardware, of whatever size:
    their weight is in proportion to what they take of a node. Empty: none are.
    """

    weight: tuple[float, ...]
    level: float
    filled: tuple[bool, ...] = ()


@dataclass(frozen=True)
class StandingLine:
    """What a work asks for in one way: keep[unit of the pool], a share, and level, tokens/s (requests/s)."""

    work: int
    keep: tuple[float, ...]
    level: float


@dataclass(frozen=True)
class StandingPoint:
    """A pool in a period: its works with demand, and the choices.

    `counts[choice]` are least units, by unit of the pool; `carried[choice]` is what such counts carry of the only work
    where some of it may go elsewhere, absent where all of it. `lines` are choices of one work each; `idle` are works
    of which all may go elsewhere. `exact`: the choices are all that keeps the promise; otherwise each of them does, and
    others may. `floors`, where there are no choices, hold in whatever keeps it.
    """

    pool: StandingPool
    period: int
    works: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    carried: tuple[float, ...] = ()
    lines: tuple[StandingLine, ...] = ()
    idle: tuple[int, ...] = ()
    exact: bool = True
    floors: tuple[StandingFloor, ...] = ()

    @property
    def choices(self) -> int:
        """How many there are: counts, then lines, then idle works."""
        return len(self.counts) + len(self.lines) + len(self.idle)
