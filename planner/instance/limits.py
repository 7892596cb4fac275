"""Limits on the whole plan: money, power, vendors, variety."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from planner.instance.base import Count, NonNegative, PositiveCount, Strict
from planner.instance.change import Change
from planner.instance.name import Name


class SiteLimit(Strict):
    """What a site can take."""

    power_kw: NonNegative
    """Power of all nodes there, in any period: in use, lent ones too, at their power, the others that are held at what
    their hardware says they draw idle; a node that small units share counts by its GPUs in use."""


class ProviderLimit(Strict):
    """How much is held of one provider, over all its channels, in any period; what is sold by the GPU by its GPUs."""

    min_nodes: Count = 0
    max_nodes: Count | None = None

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if self.max_nodes is not None and self.max_nodes < self.min_nodes:
            raise ValueError(f"max_nodes {self.max_nodes} is below min_nodes {self.min_nodes}")
        return self


class Limits(Strict):
    """Limits that no single channel can state. Absent ones do not bind."""

    capex_usd: NonNegative | None = None
    """Everything paid at the start: purchase prices and upfront payments. Capacity blocks are no capital."""
    capex_usd_per_year: NonNegative | None = None
    """The same for what begins in any one year of a plan with stages."""
    usd_per_month: NonNegative | None = None
    """Cost of the plan, scaled to a month of 730 hours: with scenarios the expected cost, the mean by probability.

    The premium by which `risk` makes bad scenarios weigh more is no spending and does not count;
    `risk.cvar_limit_usd` bounds what the dear scenarios cost.
    """
    cash_usd_per_stage: NonNegative | None = None
    """With stages: all that is paid in any one of them, in money of its day: at the start of what is signed or renewed
    in it, as rents and terms fall due in its time (`cost_of_capital` is no payment), and as things are used. With
    scenarios the expected amount. What comes in, for nodes lent or sold at the end of their life, is not taken off;
    what is forgone, what is not served and a premium for risk is no payment. A payment on the day on which one stage
    follows another falls in the later one."""
    peak_funding_usd: NonNegative | None = None
    """With stages: at any time of the plan at most so much has been paid so far, less what has come in so far for nodes
    lent, or sold at the end of their life. What customers pay is not counted."""
    carbon_kg: NonNegative | None = None
    """Carbon dioxide that all nodes emit, in use and idle, over the plan: scenarios by their probability, stages as
    often as they hold the horizon. Every site must say what its electricity emits (`carbon_g_per_kwh`)."""
    hardware_types: PositiveCount | None = None
    """At most so many kinds of hardware are held."""
    sites: dict[Name, SiteLimit] = {}
    """By the `site` that channels name."""
    providers: dict[Name, ProviderLimit] = {}
    """By the `provider` that channels name."""
    change: Change | None = None
    """How far from an earlier plan this one may be."""
