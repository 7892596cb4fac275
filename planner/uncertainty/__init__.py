"""Uncertain demand: scenarios made from series, what they are worth, and re-planning as the day unfolds."""

from planner.uncertainty.generate import bootstrap_days, forecast_errors, quantile_days
from planner.uncertainty.rolling import RollingDay, roll
from planner.uncertainty.worth import Worth, worth

__all__ = ["RollingDay", "Worth", "bootstrap_days", "forecast_errors", "quantile_days", "roll", "worth"]
