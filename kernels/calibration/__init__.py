"""Measured throughput points: reading them, predicting them, fitting efficiencies to them."""
