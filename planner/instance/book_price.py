"""Prices taken from a book instead of being written out: resolved where a file is read."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from planner.instance.base import PositiveCount, Strict, Text
from planner.instance.name import Name


class BookPrice(Strict):
    """Which line of which book. The hardware is that of the channel; what is left out must be unique."""

    name: Name | None = None
    """Name of a book of the catalog: `planner catalog list`."""
    file: Text | None = None
    """Path of a book of one's own (`planner catalog import`), relative to the instance file."""
    term: Name | None = None
    """Term of the price; absent: on_demand or spot for channels of that kind."""
    provider: Text | None = None
    region: Text | None = None
    gpus: PositiveCount | None = None
    """Size in which the accelerators are sold."""

    @model_validator(mode="after")
    def _one_book(self) -> Self:
        if (self.name is None) == (self.file is None):
            raise ValueError("give the name of a book or the file of one's own, one of them")
        return self


class BookTokens(Strict):
    """Whose prices of which model, in which book of tokens."""

    name: Name
    """Name of the book: `planner catalog list`."""
    vendor: Text
    """Vendor, as the book spells it."""
    model: Text
    """Served model, as the book spells it."""
