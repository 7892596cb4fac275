"""Benchmark results of others -> measured rates: files of many tools, one sweep of a replica, its best point."""
