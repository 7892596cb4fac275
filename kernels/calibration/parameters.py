"""The parameter vector of a fit: logarithms of shared efficiencies and of the factors put on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.effects import known_effects
from kernels.efficiency import NAMES, SHARED, SHARES, priors
from kernels.facts import figure, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats
    from kernels.effects import Subject

RANGE = 3.0  # of a logarithm around its centre
Key = tuple[str, str]  # (effect, its subject)


@dataclass(frozen=True)
class FitParameters:
    """Positions in the vector: first SHARED, then one factor per effect and subject seen in training or published."""

    position: dict[Key, int]
    centre: Floats  # logarithm of the prior value of each entry
    deviation: Floats  # prior standard deviation of each entry
    lower: Floats  # bounds of an entry, relative to its centre: no share, MFU or leak above one
    upper: Floats

    @classmethod
    def of(cls, subjects: Sequence[Subject]) -> FitParameters:
        """The vector that a training set asks for."""
        effects = {effect.name: effect for effect in known_effects()}
        entry = read("efficiencies", "priors")
        published = {
            (effect, name): float(figure(fact) or 1.0)
            for effect, facts in entry["published"].items()
            for name, fact in facts.items()
        }
        seen = {
            (effect.name, key)
            for subject in dict.fromkeys(subjects)
            for effect in effects.values()
            if (key := effect.key(subject)) is not None
        }
        found = sorted(seen | set(published))
        centre = [getattr(priors(), name) for name in SHARED] + [published.get(key, 1.0) for key in found]
        deviation = [entry[name]["sd"] for name in SHARED] + [effects[name].deviation for name, _ in found]
        log = np.log(centre)
        shares = np.array([name in SHARES for name in SHARED] + [False] * len(found))
        return cls(
            {key: len(SHARED) + index for index, key in enumerate(found)},
            log,
            np.array(deviation),
            np.full(len(log), -RANGE),
            np.where(shares, -log, RANGE),
        )

    def __len__(self) -> int:
        return len(self.deviation)

    def design(self, subjects: Sequence[Subject]) -> Design:
        """Which entries act on which point; factors of subjects outside the vector are 1."""
        weight = np.zeros((len(subjects), len(self)))
        weight[:, : len(SHARED)] = 1.0
        columns = np.zeros((len(self), len(NAMES)))
        columns[np.arange(len(SHARED)), np.arange(len(SHARED))] = 1.0
        for effect in known_effects():
            acting = [NAMES.index(name) for name in effect.columns]
            for row, subject in enumerate(subjects):
                place = self.position.get((effect.name, effect.key(subject) or ""))
                if place is not None:
                    weight[row, place] = effect.weight(subject)
                    columns[place, acting] = 1.0
        return Design(weight, columns)


@dataclass(frozen=True)
class Design:
    """`weight` [points, parameters] times `columns` [parameters, efficiencies]: a linear map of logarithms."""

    weight: Floats
    columns: Floats

    def logs(self, vector: Floats) -> Floats:
        """Logarithm of every efficiency of every point, [points, efficiencies]."""
        found: Floats = self.weight @ (vector[:, None] * self.columns)
        return found

    def slopes(self, by_column: Floats) -> Floats:
        """From derivatives by the logarithm of efficiencies to those by parameters, [points, parameters]."""
        found: Floats = self.weight * (by_column @ self.columns.T)
        return found


def columns_of(logs: Floats) -> dict[str, Floats]:
    """Efficiency columns [n, ...] from their logarithms [n, efficiencies, ...]; shares stop at one."""
    values = np.exp(logs)
    return {
        name: np.minimum(values[:, index], 1.0) if name in SHARES else values[:, index]
        for index, name in enumerate(NAMES)
    }
