"""What every noun of an instance is built on: strict, frozen, unknown keys refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """Frozen model that refuses unknown keys; scalars are strict, so "3" is not 3."""

    model_config = ConfigDict(frozen=True, extra="forbid")


MOST = 1e15  # of anything that an instance states: sums and products of such figures stay exact enough
MOST_COUNT = 10**9

Text = Annotated[str, Field(strict=True, max_length=2_000)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0, le=MOST_COUNT)]
PositiveCount = Annotated[int, Field(strict=True, ge=1, le=MOST_COUNT)]
Number = Annotated[float, Field(strict=True, ge=-MOST, le=MOST, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(strict=True, ge=0, le=MOST, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, le=MOST, allow_inf_nan=False)]
SquaredVariation = Annotated[float, Field(strict=True, ge=0, le=10_000, allow_inf_nan=False)]
"""Variance over squared mean: traces have up to some tens, and no lattice computes the tail of more than this."""
Tokens = Annotated[float, Field(strict=True, ge=1e-3, le=MOST, allow_inf_nan=False)]
"""Mean length in tokens: no request is of less than a thousandth of one."""
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
OpenShare = Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)]
