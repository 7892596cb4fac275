"""Prices taken from a book instead of being written out: resolved where a file is read."""

from __future__ import annotations

from planner.instance.base import Name, PositiveCount, Strict, Text


class BookPrice(Strict):
    """Which line of which book. The hardware is that of the channel; what is left out must be unique."""

    name: Name
    """Name of the book: `planner catalog list`."""
    term: Name | None = None
    """Term of the price; absent: on_demand or spot for channels of that kind."""
    provider: Text | None = None
    region: Text | None = None
    gpus: PositiveCount | None = None
    """Size in which the accelerators are sold."""


class BookTokens(Strict):
    """Whose prices of which model, in which book of tokens."""

    name: Name
    """Name of the book: `planner catalog list`."""
    vendor: Text
    """Vendor, as the book spells it."""
    model: Text
    """Served model, as the book spells it."""
