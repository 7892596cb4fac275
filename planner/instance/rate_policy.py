"""How sure the rates of a plan must be."""

from __future__ import annotations

from planner.instance.base import OpenShare, Strict


class RatePolicy(Strict):
    """At which quantile of its error band a rate of the kernel is planned with."""

    quantile: OpenShare = 0.5
    """0.5 plans with the most likely rate, 0.1 with one that nine of ten measured units would reach."""
