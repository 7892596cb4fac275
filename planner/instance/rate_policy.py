"""How sure the rates of a plan must be."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from planner.instance.base import OpenShare, Strict

LeastShare = Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)]


class RatePolicy(Strict):
    """At which quantile of its error band a rate of the kernel is planned with, and what precision may cost."""

    quantile: OpenShare = 0.5
    """0.5 plans with the most likely rate, 0.1 with one that nine of ten measured units would reach."""
    least_score_kept: LeastShare | None = None
    """Least share of its benchmark score that a model may keep in the precision it is served in, of units that the
    kernel rates; precisions of which nothing is known are left out. Absent: any."""
