"""One input of a sweep: the values it takes, or the range they are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from pydantic import Field, model_validator

from planner.instance.base import MOST, Number, PositiveCount, Strict, Text

if TYPE_CHECKING:
    from planner.study.sweeps.designs import Range

MOST_CASES = 100_000
"""Cases of one sweep, and values of one axis."""

Whole = Annotated[int, Field(strict=True, ge=-MOST, le=MOST)]
Scalar = Annotated[bool, Field(strict=True)] | Whole | Number | Text | list[Any] | None

ListedValues = Annotated[list[Scalar], Field(min_length=1)]
"""Values as they are."""


class Factors(Strict):
    """Values as multiples of what the instance says."""

    factors: Annotated[list[Number], Field(min_length=1)]


class SweepRange(Strict):
    """A range of values, or of multiples of what the instance says; `steps` makes a list of it."""

    low: Number
    high: Number
    steps: Annotated[PositiveCount, Field(ge=2, le=MOST_CASES)] | None = None
    relative: Annotated[bool, Field(strict=True)] = False
    """Whether `low` and `high` are multiples of the instance's value."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low {self.low} is not below high {self.high}")
        return self


SweepAxis = ListedValues | Factors | SweepRange


def values_of(axis: SweepAxis, base: Any) -> list[Any]:
    """The values of an axis; `base` is what the instance says. Raises ValueError when there are none."""
    if isinstance(axis, Factors):
        return [whole_if_exact(factor * _number(base)) for factor in axis.factors]
    if isinstance(axis, SweepRange):
        if axis.steps is None:
            raise ValueError("this design needs a list of values, or a range with steps")
        low, high = range_of(axis, base)
        return [whole_if_exact(value) for value in np.linspace(low, high, axis.steps).tolist()]
    return axis


def whole_if_exact(value: float) -> float:
    """A whole number as one, since counts of nodes take no other; every figure takes whole numbers too."""
    return int(value) if float(value).is_integer() else value


def range_of(axis: SweepAxis, base: Any) -> Range:
    """Low and high end of an axis. Raises ValueError when it is not a range."""
    if not isinstance(axis, SweepRange):
        raise ValueError("this design draws from a range: give low and high")
    unit = _number(base) if axis.relative else 1.0
    low, high = sorted((axis.low * unit, axis.high * unit))
    return low, high


def _number(base: Any) -> float:
    if isinstance(base, bool) or not isinstance(base, int | float):
        raise ValueError(f"a multiple needs a number at this path of the instance, not {base!r}")
    return float(base)
