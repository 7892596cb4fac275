"""Payments: when money changes hands for a node, in the money of the day it is signed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Payments:
    """What one node costs from the day it stands: at once, evenly over time, and what it fetches at the end.

    The yearly payment is owed for `owed_years`, whether the node is used or not; None: while it is held. What is
    `fetched` comes in after `life_years`.
    """

    at_start: float
    per_year: float
    owed_years: float | None = None
    fetched: float = 0.0
    life_years: float | None = None
