"""Parameters of the risk family: the measure and the probabilities of the scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance


@dataclass(frozen=True)
class RiskSet:
    """Measure and its parameters (see `planner.instance.scenario.Risk`), and probability[scenario]."""

    measure: str
    level: float
    weight: float
    cvar_limit_usd: float | None
    probability: NDArray[np.float64]

    @property
    def looks_at_tail(self) -> bool:
        """Whether the CVaR is needed."""
        return self.measure == "cvar" or self.cvar_limit_usd is not None


def risk_of(instance: Instance) -> RiskSet | None:
    """None where only the expected cost counts."""
    risk = instance.risk
    if risk.neutral or not instance.scenarios:
        return None
    return RiskSet(
        measure=risk.measure,
        level=risk.level,
        weight=risk.weight,
        cvar_limit_usd=risk.cvar_limit_usd,
        probability=np.array([scenario.probability for scenario in instance.scenarios.values()]),
    )
