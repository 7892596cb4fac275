"""Scenarios: how demand may turn out, each with its probability.

What is signed is decided before the scenario is known: purchases, leases, reservations, contracts, capacity
blocks, existing nodes that are kept, and commitments to spend, whenever they begin. So is which units serve a
workload that may not be split. What is hired by the period, on demand, on the spot market or out of a
commitment to spend, what runs, waits, is lent, shed or sent to a vendor is decided after. This is the
two-stage program with recourse of Birge and Louveaux, *Introduction to Stochastic Programming*, ch. 2, in its
extensive form: one block of periods per scenario.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from planner.instance.base import NonNegative, OpenShare, Positive, Share, Strict
from planner.instance.name import Name


class Scenario(Strict):
    """One way demand may turn out, as factors on the demand of the instance."""

    probability: Annotated[float, Field(strict=True, gt=0, le=1)]
    """How likely it is; the probabilities of an instance sum to 1."""
    demand_scale: Positive = 1.0
    """Factor on the demand of every workload in every period."""
    demand_factors: tuple[NonNegative, ...] | None = None
    """Further factor in each period of the horizon."""
    workload_scale: dict[Name, NonNegative] = {}
    """Further factor on single workloads."""


DEFAULT_WEIGHT = 0.5


class Risk(Strict):
    """What counts besides the expected cost.

    `worst_case` minimises the cost of the dearest scenario. `cvar` minimises
    (1 - weight) * expected cost + weight * CVaR(level), the mean cost of the dearest share 1 - level of all
    outcomes (Rockafellar and Uryasev, *Journal of Risk* 2, 2000). `cvar_limit_usd` bounds CVaR(level).
    """

    measure: Literal["expected", "worst_case", "cvar"] = "expected"
    level: OpenShare = 0.9
    """Level of the CVaR: 0.9 looks at the dearest tenth of outcomes."""
    weight: Share = DEFAULT_WEIGHT
    """Weight of the CVaR in the objective."""
    cvar_limit_usd: NonNegative | None = None
    """Highest CVaR allowed, with any measure."""

    @model_validator(mode="after")
    def _limit_is_of_cvar(self) -> Self:
        if self.weight != DEFAULT_WEIGHT and self.measure != "cvar":
            raise ValueError("weight belongs to measure 'cvar'")
        return self

    @property
    def neutral(self) -> bool:
        """Whether only the expected cost counts."""
        return self.measure == "expected" and self.cvar_limit_usd is None
