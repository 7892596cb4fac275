"""Payments: when money changes hands for a node, and what its signature binds to, in money of the day of signing."""

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


@dataclass(frozen=True)
class Signing:
    """What a signature for one node binds to: all that is owed (None: no term is stated), what is paid on the day.

    It binds for `binds_hours` (None: nothing ends, or no term is stated), and is signed anew after `lasts_hours`.
    """

    obligation: float | None
    at_signing: float
    binds_hours: float | None
    lasts_hours: float | None
