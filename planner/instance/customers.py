"""Who is behind a workload: how many customers, and how far each strays from the common course of the day."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from planner.instance.base import OpenShare, Positive, PositiveCount, SquaredVariation, Strict


class CustomerClass(Strict):
    """Customers of one kind, alike in size and burstiness and independent of each other."""

    count: PositiveCount
    """How many there are."""
    burstiness_scv: SquaredVariation = 300.0
    """Variance over squared mean of one customer's load about the common course: all of ServeGen's clients, those that
    send batches among them, 300 (1,000 of them need 5 times their mean, 10,000 2.6 times); its steady API customers,
    busy half of the time and more, 9 (1.8 and 1.5 times)."""
    size: Positive = 1.0
    """Mean load of one, relative to customers of other classes."""


class Customers(Strict):
    """The customers of a workload: few of them need more standing by than many.

    The demand series is the predictable course; what customers put on top of it, each by itself, is held
    ready in units that run below full load.
    """

    classes: Annotated[tuple[CustomerClass, ...], Field(min_length=1)]
    """Customers by kind."""
    quantile: OpenShare = 0.999
    """Share of the time in which all of their load must find room."""
