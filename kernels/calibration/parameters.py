"""The parameter vector of a fit: logarithms of shared efficiencies and of the factors put on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.efficiency import LATENCIES, MFUS, SHARED, mfu_priors, priors
from kernels.facts import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats, Integers
    from kernels.calibration.measurement import Measurement

RANGE = 3.0  # of a logarithm around its centre
Key = tuple[str, str, str]  # (effect, its subject, phase or empty)


def keys(point: Measurement) -> tuple[tuple[Key, tuple[str, ...]], ...]:
    """The factors that act on one point, each with the efficiency columns it multiplies."""
    pair = f"{point.accelerator.name} {point.engine}"
    phases = ("decode", "prefill") if point.phase == "colocated" else (point.phase,)
    return (
        *((("rate", pair, phase), (f"{phase}_scale",)) for phase in phases),
        *((("engine_rate", point.engine, phase), (f"{phase}_scale",)) for phase in phases),
        (("engine_latency", point.engine, ""), LATENCIES),
        (("generation_latency", point.accelerator.generation, ""), LATENCIES),
        (("mfu", point.accelerator.mfu_class or point.accelerator.generation, ""), MFUS),
    )


@dataclass(frozen=True)
class FitParameters:
    """Positions in the vector: first SHARED, then one factor per key seen in training or published."""

    position: dict[Key, int]
    centre: Floats  # logarithm of the prior value of each entry
    deviation: Floats  # prior standard deviation of each entry
    lower: Floats  # bounds of an entry, relative to its centre: no share, MFU or leak above one,
    upper: Floats  # no launch power below it

    @classmethod
    def of(cls, points: Sequence[Measurement]) -> FitParameters:
        """The vector that a training set asks for."""
        published = {("mfu", name, "") for name in mfu_priors()}
        found = sorted({key for point in points for key, _ in keys(point)} | published)
        entry = read("efficiencies", "priors")
        deviation = [entry[name]["sd"] for name in SHARED] + [entry["effects"][key[0]]["sd"] for key in found]
        centre = [getattr(priors(), name) for name in SHARED]
        centre += [mfu_priors().get(key[1], 1.0) if key[0] == "mfu" else 1.0 for key in found]
        log = np.log(centre)
        shares = [name.endswith(("_share", "_mfu", "_leak")) for name in SHARED] + [False] * len(found)
        power = np.array([name == "launch_power" for name in SHARED] + [False] * len(found))
        return cls(
            {key: len(SHARED) + index for index, key in enumerate(found)},
            log,
            np.array(deviation),
            np.where(power, -log, -RANGE),
            np.where(shares, -log, RANGE),
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
        logs = vectors + self.centre[:, None]
        padded = np.vstack([logs, np.zeros((1, vectors.shape[1]))])
        count = len(next(iter(rows.values())))
        columns = {
            name: np.broadcast_to(np.exp(logs[index]), (count, vectors.shape[1]))
            for index, name in enumerate(SHARED)
        }
        for column, index in rows.items():
            columns[column] = columns.get(column, np.ones(1)) * np.exp(padded[index].sum(axis=1))
        for name in MFUS:
            columns[name] = np.minimum(columns[name], 1.0)
        return columns
