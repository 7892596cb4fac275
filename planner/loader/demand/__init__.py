"""Demand as it was observed: request logs and monitoring -> series, lengths and variability of a workload."""
