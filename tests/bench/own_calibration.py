"""What a calibration by one sweep is worth: `python -m tests.bench.own_calibration [--transfer]`.

Sweeps are the published co-located runs of one unit at one pair of lengths, of at least four loads. Each is predicted
by a fit that did not see its submission, then with the factors of `kernels.calibration.own_fit` on top: load by load
left out, and with the factors of another sweep of the same model, precision, engine and hardware at other lengths and
sizes. `--transfer` carries them over to other precisions, models and hardware too. Prints median and 90 % error with
and without the factors, the share of ratios inside of the band of the sweep that gave the factors, and the spread of
the factors.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from kernels.calibration.fit import FittedVector, solve
from kernels.calibration.own_fit import OwnFit, own_fit, with_factors
from kernels.calibration.parameters import columns_of
from kernels.calibration.runs import shipped_points, shipped_runs
from kernels.calibration.validation import read_points, usable
from kernels.efficiency import NAMES, Efficiency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kernels.arrays import Floats
    from kernels.calibration.measurement import Measurement
    from kernels.effects import Subject

Key = tuple[object, ...]
FOLDS = 4
LEAST_LOADS, LEAST_SPAN = 4, 4.0
NEAR = {
    "the same, loads left out": lambda one, other: one == other,
    "other lengths": lambda one, other: one[:6] == other[:6] and one[6:] != other[6:],
    "other size": lambda one, other: one[:4] == other[:4] and one[4:6] != other[4:6] and one[6:] == other[6:],
    "other size and lengths": lambda one, other: (
        one[:4] == other[:4] and one[4:6] != other[4:6] and one[6:] != other[6:]
    ),
}
FAR = {
    "other precision": lambda one, other: one[:3] == other[:3] and one[3] != other[3],
    "other model": lambda one, other: one[:2] == other[:2] and one[2] != other[2],
    "other hardware": lambda one, other: one[0] == other[0] and one[2:4] == other[2:4] and one[1] != other[1],
}


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--transfer", action="store_true")
    relations = NEAR | (FAR if asked.parse_args().transfer else {})
    points = usable(read_points(shipped_points())[0])
    part = {name: crc32(name.encode()) % FOLDS for name in {point.submission for point in points}}
    fits = [solve([point for point in points if part[point.submission] != fold]) for fold in range(FOLDS)]
    lookups = [_lookup(fit) for fit in fits]
    groups = defaultdict(list)
    for point in usable(read_points(shipped_runs())[0]):
        groups[_key(point)].append(point)
    sweeps = {key: group for key, group in groups.items() if _wide(group)}
    found = {
        key: own_fit(sweep, lookups[part[sweep[0].submission]])
        for key, sweep in sweeps.items()
        if len({part[point.submission] for point in sweep}) == 1
    }
    logs = np.log([list(one.factor.values()) for one in found.values()])
    print(f"{len(found)} sweeps; factors {list(next(iter(found.values())).factor)}:", end=" ")
    print(f"standard deviation of logarithms {np.round(logs.std(axis=0), 3)}")
    print(f"{'':28}{'ratios':>8}{'median':>8}{'p90':>8}{'with':>8}{'p90':>8}{'in band':>9}")
    for title, relation in relations.items():
        _print(title, list(_pairs(found, groups, relation, lookups, part)))


def _pairs(
    found: dict[Key, OwnFit],
    groups: dict[Key, list[Measurement]],
    relation: Callable[[Key, Key], bool],
    lookups: Sequence[Callable[[Subject], Efficiency]],
    part: dict[str, int],
) -> Iterator[tuple[OwnFit, Floats, Floats]]:
    """A fit, ratios of predicted to measured rate without its factors and with them, for every pair in a relation."""
    for key, own in found.items():
        for other, group in groups.items():
            if not relation(key, other):
                continue
            if key == other:
                yield own, own.before / own.measured, own.left_out / own.measured
                continue
            for fold in {part[point.submission] for point in group}:
                some = [point for point in group if part[point.submission] == fold]
                measured = np.array([point.rate_per_gpu for point in some])
                before = with_factors(some, lookups[fold], dict.fromkeys(own.factor, 1.0))
                yield own, before / measured, with_factors(some, lookups[fold], own.factor) / measured


def _print(title: str, pairs: Sequence[tuple[OwnFit, Floats, Floats]]) -> None:
    before, after = (np.concatenate([pair[place] for pair in pairs]) for place in (1, 2))
    inside = np.concatenate(
        [(1 / pair[2] >= pair[0].band[0]) & (1 / pair[2] <= pair[0].band[1]) for pair in pairs]
    )
    figures = [
        f"{100 * value:7.1f}%"
        for ratio in (before, after)
        for value in (np.median(np.abs(ratio - 1)), np.quantile(np.abs(ratio - 1), 0.9))
    ]
    print(f"{title:28}{len(after):8d}{''.join(figures)}{100 * inside.mean():8.1f}%")


def _key(point: Measurement) -> Key:
    asked = point.conditions
    unit = (point.engine, point.accelerator.name, point.architecture.name, point.recipe)
    return (*unit, point.gpus, point.tensor_parallel, asked.input_tokens, asked.output_tokens)


def _wide(group: Sequence[Measurement]) -> bool:
    sizes = {point.size for point in group}
    return len(sizes) >= LEAST_LOADS and max(sizes) >= LEAST_SPAN * min(sizes)


def _lookup(fit: FittedVector) -> Callable[[Subject], Efficiency]:
    @cache
    def lookup(subject: Subject) -> Efficiency:
        logs = fit.parameters.design([subject]).logs(fit.vector + fit.parameters.centre)
        columns = columns_of(logs)
        return Efficiency(**{name: float(columns[name][0]) for name in NAMES})

    return lookup


if __name__ == "__main__":
    main()
