"""Adaptive choice among kinds of neighbourhoods: what a kind gained a second, and how large its parts may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.optimize.engines.matheuristic.parameters import MatheuristicParameters


@dataclass
class KindRecord:
    """How one kind has done: reward in share of the cost a second, None before its first trial."""

    leaders: float
    seconds: float
    reward: float | None = None
    trials: int = 0
    gains: int = 0


class AdaptiveChoice:
    """Draws kinds by their reward, every kind once at first, and some regardless."""

    def __init__(
        self, names: Iterable[str], parameters: MatheuristicParameters, random: np.random.Generator
    ) -> None:
        self.parameters, self.random = parameters, random
        self.kinds = {
            name: KindRecord(float(parameters.part_leaders), parameters.part_seconds) for name in names
        }

    def drop(self, name: str) -> None:
        """Leave out a kind that has nothing to offer."""
        del self.kinds[name]

    def next(self) -> str:
        """The kind to try next."""
        names = list(self.kinds)
        untried = [name for name in names if self.kinds[name].reward is None]
        if untried:
            return untried[0]
        rewards = np.array([self.kinds[name].reward or 0.0 for name in names])
        if self.random.random() < self.parameters.exploration or rewards.sum() <= 0:
            return names[int(self.random.integers(len(names)))]
        return names[int(self.random.choice(len(names), p=rewards / rewards.sum()))]

    def learn(
        self, name: str, gain: float, seconds: float, allowed: float, settled: bool, most: float
    ) -> None:
        """Take in a trial: gain as a share of the cost, processor seconds used and allowed, whether it was settled.

        `most` integer columns are all that the program has.
        """
        known, kind = self.parameters, self.kinds[name]
        reward = gain / max(seconds, 1e-3)
        kind.reward = (
            reward if kind.reward is None else (1 - known.memory) * kind.reward + known.memory * reward
        )
        kind.trials += 1
        kind.gains += gain > 0
        kind.leaders = min(most, kind.leaders)
        if settled and seconds < allowed / 3:
            kind.leaders = min(most, kind.leaders * known.growth)
        elif not settled and gain <= 0:
            kind.leaders = max(1.0, kind.leaders * known.shrinkage)
