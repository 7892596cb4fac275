"""Shares of a joint cost: rules of cooperative games that share out all of it.

    Shapley     sum over S without i of |S|! (n - |S| - 1)! / n! * (v(S and i) - v(S)),   v(none) = 0
    separable   m[i] + (v(all) - sum m) * (a[i] - m[i]) / sum (a - m),  m[i] = v(all) - v(all but i), a[i] = v(i)

The Shapley value (L. S. Shapley, *A value for n-person games*, 1953) is the mean, over every order in which players may
come, of what each adds to the cost. Separable costs with the rest by remaining benefits (H. P. Young, ed., *Cost
Allocation*, 1985) look at each player alone, and at all others without it. What is due however few there are falls on
all alike by the first rule.

A cost of some players is known by a plan and its bound. That of all is what is shared out, so it is as it is; the
Shapley value then lies between the sums that take of each other cost the end that makes it least, or most.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Group = frozenset[str]
CENTS = 100
DUST = 1e-6
"""Of a cent: what sums of doubles leave."""


@dataclass(frozen=True)
class CostRange:
    """What a group costs by a plan, and what it costs at least by proof."""

    cost: float
    bound: float


@dataclass(frozen=True)
class PlayerShare:
    """What a player bears, and between which ends that lies by proof; None where nothing is said of it."""

    value: float
    least: float | None = None
    most: float | None = None


def shapley(players: Sequence[str], costs: Mapping[Group, CostRange]) -> list[PlayerShare]:
    """Shapley value of each player, from the costs of every group but the empty one, that of all included."""
    every, count = frozenset(players), len(players)
    shares = []
    for player in players:
        value = least = most = 0.0
        for group, known in costs.items():
            size = len(group) - (player in group)
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            bound = known.cost if group == every else known.bound
            sign, low, high = (1.0, bound, known.cost) if player in group else (-1.0, -known.cost, -bound)
            value += sign * weight * known.cost
            least, most = least + weight * low, most + weight * high
        shares.append(PlayerShare(value, least, most))
    return shares


def separable(players: Sequence[str], costs: Mapping[Group, CostRange]) -> list[PlayerShare]:
    """Separable costs, from the costs of each player alone, of all but each, and of all."""
    every = frozenset(players)
    total = costs[every].cost
    own = np.array([total - costs[every - {player}].cost for player in players])
    alone = np.array([costs[frozenset([player])].cost for player in players])
    spared = np.maximum(alone - own, 0.0)
    part = spared / spared.sum() if spared.sum() > 0 else np.full(len(players), 1.0 / len(players))
    return [PlayerShare(float(value)) for value in own + (total - own.sum()) * part]


def cents_around(least: float | None, most: float | None) -> tuple[float | None, float | None]:
    """Ends of a range in whole cents, outwards: amounts within it are in there to the cent too. None stays so."""
    if least is None or most is None:
        return None, None
    return float(np.floor(least * CENTS + DUST)) / CENTS, float(np.ceil(most * CENTS - DUST)) / CENTS


def to_the_cent(amounts: Sequence[float], total: float) -> list[float]:
    """Amounts in whole cents that sum to a total rounded to the cent: what is left goes where most was cut off."""
    exact = np.asarray(amounts, dtype=np.float64) * CENTS
    cents = np.floor(exact)
    left = round(total * CENTS) - int(cents.sum())
    order = np.argsort(cents - exact, kind="stable")
    for step in range(abs(left)):
        cents[order[step % len(order)]] += 1 if left > 0 else -1
    return [float(amount) / CENTS for amount in cents]
