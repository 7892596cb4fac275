"""Capital: what repays money that is tied up over some years."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Capital:
    """What a node one buys costs, in money of the instance: once, and in every year it stands, energy excluded."""

    price_usd: float
    standing_usd_per_year: float


def capital_recovery(cost_of_capital: float, life_years: float) -> float:
    """Yearly payment that repays 1 over `life_years` at `cost_of_capital` per year."""
    if cost_of_capital == 0.0:
        return 1.0 / life_years
    return cost_of_capital / -math.expm1(-life_years * math.log1p(cost_of_capital))
