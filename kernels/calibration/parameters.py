"""The parameter vector of a fit: logarithms of shared efficiencies and of the factors put on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.efficiency import LATENCIES, MFUS, SHARED, priors
from kernels.facts import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats, Integers
    from kernels.calibration.measurement import Measurement

Key = tuple[str, str, str]  # (effect, its subject, phase or empty)


def keys(point: Measurement) -> tuple[tuple[Key, tuple[str, ...]], ...]:
    """The factors that act on one point, each with the efficiency columns it multiplies."""
    pair = f"{point.accelerator.name} {point.engine}"
    phases = ("decode", "prefill") if point.phase == "colocated" else (point.phase,)
    return (
        *((("rate", pair, phase), (f"{phase}_scale",)) for phase in phases),
        (("engine_latency", point.engine, ""), LATENCIES),
        (("generation_latency", point.accelerator.generation, ""), LATENCIES),
        (("mfu", point.accelerator.generation, ""), MFUS),
    )


@dataclass(frozen=True)
class Parameters:
    """Positions in the vector: first SHARED, then one factor per key seen in training."""

    position: dict[Key, int]
    deviation: Floats  # prior standard deviation of each entry
    upper: Floats  # bound: no share, MFU or leak above one

    @classmethod
    def of(cls, points: Sequence[Measurement]) -> Parameters:
        """The vector that a training set asks for."""
        found = sorted({key for point in points for key, _ in keys(point)})
        entry = read("efficiencies", "priors")
        deviation = [entry[name]["sd"] for name in SHARED] + [entry["effects"][key[0]]["sd"] for key in found]
        shares = [name.endswith(("_share", "_mfu", "_leak")) for name in SHARED]
        room = [
            -np.log(getattr(priors(), name)) if share else 3.0
            for name, share in zip(SHARED, shares, strict=True)
        ]
        return cls(
            {key: len(SHARED) + index for index, key in enumerate(found)},
            np.array(deviation),
            np.array(room + [3.0] * len(found)),
        )

    def __len__(self) -> int:
        return len(self.deviation)

    def rows(self, points: Sequence[Measurement]) -> dict[str, Integers]:
        """For every factored column, which entries act on which point: [n, k], -1 where none does."""
        acting: dict[str, list[list[int]]] = {}
        for index, point in enumerate(points):
            for key, columns in keys(point):
                for column in columns:
                    rows = acting.setdefault(column, [[] for _ in points])
                    rows[index].append(self.position.get(key, -1))
        width = {column: max(map(len, rows)) for column, rows in acting.items()}
        return {
            column: np.array([row + [-1] * (width[column] - len(row)) for row in rows])
            for column, rows in acting.items()
        }

    def columns(self, vectors: Floats, rows: dict[str, Integers]) -> dict[str, Floats]:
        """Efficiency columns [n, m] at m vectors [len(self), m], for points whose `rows` are given."""
        padded = np.vstack([vectors, np.zeros((1, vectors.shape[1]))])
        count = len(next(iter(rows.values())))
        columns = {
            name: np.broadcast_to(getattr(priors(), name) * np.exp(vectors[index]), (count, vectors.shape[1]))
            for index, name in enumerate(SHARED)
        }
        for column, index in rows.items():
            columns[column] = columns.get(column, np.ones(1)) * np.exp(padded[index].sum(axis=1))
        for name in MFUS:
            columns[name] = np.minimum(columns[name], 1.0)
        return columns
