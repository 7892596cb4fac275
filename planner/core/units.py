"""Units of measure: how many of one make another."""

from __future__ import annotations

MS_PER_SECOND = 1e3
SECONDS_PER_MS = 1e-3
SECONDS_PER_HOUR = 3600.0
MINUTES_PER_HOUR = 60
HOURS_PER_DAY = 24.0
HOURS_PER_WEEK = 168.0
HOURS_PER_YEAR = 8760.0
"""A year of 365 days."""
WEEKS_PER_YEAR = HOURS_PER_YEAR / HOURS_PER_WEEK
MONTHS_PER_YEAR = 12.0
HOURS_PER_MONTH = HOURS_PER_YEAR / MONTHS_PER_YEAR
"""730: a mean month; quotes by the month are paid in long and short ones."""
MILLION = 1e6
GIGA = 1e9
"""Bytes of a GB, bits of a Gbit: links and egress count in thousands."""
BITS_PER_BYTE = 8.0
PER_MILLION = 1e-6
"""Of prices, which are stated per million tokens (requests)."""
