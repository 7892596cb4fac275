"""The periods of a cluster at its prices: the least cost of each hour, in quanta of money."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.certificate.hour import ROUNDING_SHARE, HourlyMinimum, HourSide, floored
from planner.verify.certificate.scaled import BITS, useful_nodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.plan.certificate import PriceCluster
    from planner.verify.certificate.scaled import ScaledQuestion

    Whole = NDArray[np.int64]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClusterPrices:
    """The periods of a cluster at its prices, over the fleets between `ends` of the pools."""

    scaled: ScaledQuestion
    ends: list[tuple[int, int]]
    starts: int
    cluster: PriceCluster
    periods: Whole

    @cached_property
    def bits(self) -> int:
        """Binary digits of money behind the point: an hour's amounts then fit."""
        lines = [line for name in self.scaled.question.hardware for line in self._lines(name)]
        nodes = sum(count for _, count in lines)
        largest = max((abs(price) for price, _ in lines), default=0.0) + float(
            max((np.abs(self._shift(name)).max() for name in self.scaled.question.hardware), default=0.0)
        )
        paid = sum(price * low for price, (low, _) in zip(self.cluster.node_price, self.ends, strict=True))
        two = self.scaled.demand[: len(self.cluster.demand_price), self.periods].max(axis=1, initial=0)
        earned = float(np.ldexp(np.array(self.cluster.demand_price) @ two, -self.scaled.rate_bits))
        return (
            BITS - math.frexp(max(largest * (nodes + 1) + paid + earned + self.cluster.limit, 1e-12) * 4)[1]
        )

    def least(self) -> Whole:
        """A lower bound of w in each period, in quanta of money per hour."""
        sides, always = [], 0
        demand = self.scaled.demand[:, self.periods]
        for name in self.scaled.question.hardware:
            slopes = self._slopes(name)
            always += self._paid(name)
            sides.append((name, slopes, self._credit(name)))
        floor = always + sum(_drawn(slopes, credit) for _, slopes, credit in sides)
        linear = self._linear(sides, demand) + always
        if self.cluster.limit > 0:
            hour = HourlyMinimum([self._side(*one, demand) for one in sides], self._price())
            limit = float(np.ldexp(self.cluster.limit, self.bits))
            linear = np.maximum(linear, hour.least(demand, limit) + always)
        return np.maximum(linear, floor)

    def _linear(self, sides: list[tuple[str, list[tuple[int, int]], int]], demand: Whole) -> Whole:
        """The bound of parts of units, of which a node of each hardware does its best."""
        price = self._price()
        total, size = 0.0, 0.0
        for name, slopes, credit in sides:
            worth = max(
                [
                    -float(credit),
                    *(price[role] * rate - float(shift) for role, rate, shift in self._best(name)),
                ]
            )
            for slope, count in slopes:
                total += min(0.0, slope - worth) * count
                size += (abs(slope) + abs(worth)) * count if slope < worth else 0.0
        earned = price[0] * demand[0] + price[1] * demand[1]
        slack = ROUNDING_SHARE * (earned + size) + 1.0
        return floored(earned + total - slack)

    def _best(self, name: str) -> list[tuple[int, float, int]]:
        """Role, most quanta of rate that a node does in it, and what starts add to a node, in quanta."""
        question, best = self.scaled.question, []
        most = self._most()
        for role in (0, 1):
            mine = self._units(name, role)
            if len(mine):
                rate = float((most[mine] / question.unit_nodes[mine]).max())
                best.append((role, rate, self._quanta(self._shift(name)[role])))
        return best

    def _side(self, name: str, slopes: list[tuple[int, int]], credit: int, demand: Whole) -> HourSide:
        question, most = self.scaled.question, self._most()
        supply = sum(count for _, count in slopes)
        able = tuple(
            _capacity(most[mine], question.unit_nodes[mine], supply, int(demand[role].max(initial=0)))
            for role in (0, 1)
            for mine in [self._units(name, role)]
        )
        nodes = min(supply, len(able[0]) + len(able[1]) - 2)
        shift = self._shift(name)
        return HourSide(
            _curve(slopes, credit, nodes),
            (able[0], able[1]),
            (self._quanta(shift[0]), self._quanta(shift[1])),
        )

    def _most(self) -> Whole:
        """The most that units do in any period of the cluster, in quanta, [unit]."""
        return np.asarray(self.scaled.able[:, self.periods].max(axis=1))

    def _units(self, name: str, role: int) -> Whole:
        question = self.scaled.question
        there = np.array([one == name for one in question.unit_hardware])
        return np.flatnonzero(there & (question.unit_role == role))

    def _shift(self, name: str) -> Floats:
        """The least in any period of the cluster, in money per node and hour, [role]."""
        return np.asarray(self.scaled.shift[name][self.starts][:, self.periods].min(axis=1))

    def _price(self) -> tuple[float, float]:
        """Quanta of money for a quantum of rate, by role."""
        two = [*self.cluster.demand_price, 0.0][:2]
        first, second = (float(np.ldexp(one, self.bits - self.scaled.rate_bits)) for one in two)
        return first, second

    def _quanta(self, money: float) -> int:
        return int(np.floor(np.ldexp(float(money), self.bits)))

    def _credit(self, name: str) -> int:
        """What a node that idles under a unit adds: nothing, or less."""
        return min(0, *(self._quanta(one) for one in self._shift(name)))

    def _paid(self, name: str) -> int:
        """Prices of the nodes that every fleet of the range holds, in quanta."""
        return sum(
            self._quanta(price) * low
            for pool, price, (low, _) in zip(
                self.scaled.pools, self.cluster.node_price, self.ends, strict=True
            )
            if pool.hardware == name
        )

    def _slopes(self, name: str) -> list[tuple[int, int]]:
        """Price in quanta and number of the nodes of a hardware, cheapest first."""
        quanta = [(self._quanta(price), count) for price, count in self._lines(name) if count > 0]
        return sorted(quanta)

    def _lines(self, name: str) -> list[tuple[float, int]]:
        """Price per hour of a node in use, and how many there are at it."""
        question, lines = self.scaled.question, []
        hours = question.hours[self.periods]
        for pool, price, (low, high) in zip(
            self.scaled.pools, self.cluster.node_price, self.ends, strict=True
        ):
            if pool.hardware == name and high > 0:
                running = _per_hour(pool.running[self.periods], hours)
                dearer = float(np.nextafter(running + price, -np.inf))
                lines += [(running, low), (dearer, high - low)]
        for one in question.hired:
            there = np.isfinite(one.price[self.periods])
            if one.hardware == name and there.any():
                price = _per_hour(one.price[self.periods][there], hours[there])
                lines.append((price, useful_nodes(question, name) if one.most is None else one.most))
        return lines


def _per_hour(money: Floats, hours: Floats) -> float:
    """The least of money per hour, rounded down."""
    return max(0.0, float(np.nextafter(money / hours, -np.inf).min()))


def _drawn(slopes: list[tuple[int, int]], credit: int) -> int:
    """The least cost of nodes that idle, in quanta: those that cost less than they earn so."""
    return sum((slope + credit) * count for slope, count in slopes if slope + credit < 0)


def _curve(slopes: list[tuple[int, int]], credit: int, nodes: int) -> Whole:
    """Least cost of at least n nodes in use, more of them idling, n = 0..nodes, in quanta."""
    drawn = sum(count for slope, count in slopes if slope + credit < 0)
    each = np.repeat([slope for slope, _ in slopes], [count for _, count in slopes])
    cost = np.concatenate(([0], np.cumsum(each[: max(nodes, drawn)]))).astype(np.int64)
    used = np.arange(nodes + 1)
    more = np.maximum(used, drawn)
    return np.asarray(cost[more] + credit * (more - used))


def _capacity(rate: Whole, nodes: Whole, supply: int, demand: int) -> Whole:
    """The most that n nodes do, n = 0, 1, ... up to all that there are or until the demand is met, in quanta."""
    table = [0]
    while len(rate) and len(table) <= supply and table[-1] < demand:
        count = len(table)
        fit = nodes <= count
        before = np.array(table)[count - nodes[fit]]
        table.append(max(table[-1], int((before + rate[fit]).max(initial=0))))
    return np.array(table, dtype=np.int64)
