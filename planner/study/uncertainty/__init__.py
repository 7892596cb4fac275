"""Uncertain demand: scenarios made from series, their value, and re-planning as the day unfolds."""

from planner.study.uncertainty.generate import bootstrap_days, forecast_errors, quantile_days
from planner.study.uncertainty.rolling import RollingDay, roll
from planner.study.uncertainty.worth import Worth, worth

__all__ = ["RollingDay", "Worth", "bootstrap_days", "forecast_errors", "quantile_days", "roll", "worth"]
