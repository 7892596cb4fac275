"""Forecasts of demand: what came before goes on, how far off that was before, and what else may come."""
