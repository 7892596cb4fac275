"""The question in whole quanta: scaled demands, rounded down, and rates, rounded up; pools, and what starts add."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.verify.certificate.question import CertifiedQuestion, HeldChannel

    Whole = NDArray[np.int64]
    Floats = NDArray[np.float64]

UNSERVED_SHARE = 2e-9
"""Share of a demand that plans may miss: more than sums of floating-point numbers do, less than engines forgive."""
BITS = 59
"""Amounts of an hour stay below so many bits."""


@dataclass(frozen=True, eq=False)
class HeldPool:
    """Channels of one hardware held throughout, counted together; `most` is all there is, or all that can be of use."""

    hardware: str
    channels: tuple[HeldChannel, ...]
    most: int

    @cached_property
    def least(self) -> int:
        """Nodes that must be held."""
        return sum(one.least for one in self.channels)

    @cached_property
    def running(self) -> Floats:
        """Least running cost of a node in use, shape [period]; inf where there is none."""
        return np.asarray(np.min([one.running for one in self.channels], axis=0, initial=np.inf))

    @cached_property
    def segments(self) -> list[tuple[Fraction, int]]:
        """Price and number of nodes in the order in which they cost least: those that must be held come first."""
        ordered = sorted(self.channels, key=lambda one: one.price)
        must = [(Fraction(one.price), one.least) for one in ordered]
        more = [
            (Fraction(one.price), (self.most if one.most is None else one.most) - one.least)
            for one in ordered
        ]
        return [segment for segment in (*must, *more) if segment[1] > 0]

    def least_holding(self, low: int, high: int, value: Fraction) -> Fraction:
        """Minimum over low <= F <= high of the cost of F nodes less F times a value."""
        at, cost, best = 0, Fraction(0), None
        ends = [(Fraction(0), 0), *self.segments]
        for price, count in ends:
            for stop in (low, high, at + count):
                if at <= stop <= at + count and low <= stop <= high:
                    here = cost + price * (stop - at) - value * stop
                    best = here if best is None else min(best, here)
            at, cost = at + count, cost + price * count
        assert best is not None, "an empty range, or one beyond all there is"
        return best


@dataclass(frozen=True, eq=False)
class ScaledQuestion:
    """The question as arrays: scaled demands and rates, pools, and what starts add to nodes in use.

    shift[hardware][starts] is [role, period], for each of the certificate's prices of starts, rounded down.
    """

    question: CertifiedQuestion
    pools: tuple[HeldPool, ...]
    shift: dict[str, list[Floats]]

    @cached_property
    def scale(self) -> Floats:
        """What rows are divided by, [role, period]: the largest share that a unit does of what it does at best."""
        question = self.question
        best = question.able.max(axis=1, keepdims=True)
        share = np.divide(question.able, best, out=np.zeros_like(question.able), where=best > 0)
        scale = np.ones(question.demand.shape)
        for role in range(len(question.roles)):
            mine = share[question.unit_role == role]
            top = mine.max(axis=0, initial=0.0)
            scale[role] = np.where(top > 0, top, 1.0)
        return scale

    @cached_property
    def demand(self) -> Whole:
        """Scaled demands in quanta, rounded down, [role, period]; two roles always."""
        question = self.question
        least = np.nextafter(question.demand / self.scale, -np.inf) * (1 - UNSERVED_SHARE)
        two = np.zeros((2, question.periods))
        two[: len(least)] = np.maximum(least, 0.0)
        return np.floor(np.ldexp(two, self.rate_bits)).astype(np.int64)

    @cached_property
    def able(self) -> Whole:
        """Scaled rates in quanta, rounded up, [unit, period]."""
        question = self.question
        row = np.where((question.unit_role >= 0)[:, None], self.scale[np.maximum(question.unit_role, 0)], 1.0)
        most = np.nextafter(question.able / row, np.inf)
        return np.where(question.able > 0, np.ceil(np.ldexp(most, self.rate_bits)), 0.0).astype(np.int64)

    @cached_property
    def rate_bits(self) -> int:
        """Binary digits of rates behind the point."""
        question = self.question
        largest = float(question.able.max(initial=0.0)) + float(
            (question.demand / self.scale).max(initial=0.0)
        )
        return BITS - 2 - math.frexp(max(largest, 1e-9) * 4)[1]


def useful_nodes(question: CertifiedQuestion, hardware: str) -> int:
    """Nodes of a hardware beyond which none is of use.

    Of any unit no more need to run than serve all demand by themselves: switching others off, in all periods, keeps
    every demand covered and adds no start.
    """
    nodes = 0
    for unit, name in enumerate(question.unit_hardware):
        if name == hardware and question.unit_role[unit] >= 0:
            able, demand = question.able[unit], question.demand[question.unit_role[unit]]
            alone = np.divide(demand, able, out=np.zeros_like(demand), where=able > 0)
            nodes += int(question.unit_nodes[unit]) * (int(np.ceil(alone.max())) + 1)
    return nodes
