"""Errors and order of hardware on the published runs: ours with submissions held out, beside aiconfigurator's.

Run: python -m tests.bench.kernel_beside_aiconfigurator [--rows N] [--write FILE] | [--predictions FILE]

Rows are the end-to-end runs of one co-located unit that ship with the package (`planner kernel validate --json` has
their ids), every one of both models' or N drawn evenly. Without `--predictions` aiconfigurator is asked, seconds a row:
it needs `pip install aiconfigurator` (extra `aiconfigurator`); `--write` keeps its answers. With it, a CSV is read:

    id,output_tokens_per_s_per_gpu
    run-1-deepseek-r1-b200-sglang,412.7

an empty figure, or a row that is not there, being one that it does not evaluate. Prints, for the rows that both
evaluate: median and 90 % error and median ratio of predicted over measured, and Kendall's tau of the order of hardware
in each cell of publisher, model, lengths and speed per user (rates of the runs that were measured as fast). Single
phases stand in `planner kernel validate --beside-aiconfigurator`.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kernels.calibration.held_out import by_submission, held_out_rates
from kernels.calibration.runs import shipped_points, shipped_runs
from kernels.calibration.validation import read_points, usable
from planner.rates.adapters.aiconfigurator import run_rate
from planner.rates.adapters.static_estimate import NoEstimate, SourceUnavailable
from tests.bench.kernel_bars import SPEEDS, TIE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Booleans, Floats
    from kernels.calibration.measurement import Measurement

COLUMNS = ("id", "output_tokens_per_s_per_gpu")


def main() -> None:
    """Print both, side by side."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int)
    asked.add_argument("--write", type=Path)
    asked.add_argument("--predictions", type=Path)
    given = asked.parse_args()
    points = usable(read_points(shipped_points())[0])
    runs = {entry["id"]: entry for entry in shipped_runs()}
    places = np.array([place for place, point in enumerate(points) if point.name in runs])
    if given.rows is not None:
        places = places[np.unique(np.linspace(0, len(places) - 1, given.rows).round().astype(int))]
    rows = [points[place] for place in places.tolist()]
    theirs = _read(given.predictions, rows) if given.predictions is not None else _ask(rows)
    if given.write is not None:
        _write(given.write, rows, theirs)
    measured = np.array([row.rate_per_gpu for row in rows])
    both = np.isfinite(theirs)
    if not both.any():
        sys.exit("aiconfigurator evaluates none of the rows")
    ours = held_out_rates(points, by_submission)[places]
    speeds = np.array([1e3 / runs[row.name]["latency"]["tpot_ms"] for row in rows])
    print(f"{int(both.sum())} of {len(rows)} rows")
    print(f"{'':30}{'median':>9}{'90 %':>9}{'ratio':>8}{'tau':>8}{'pairs':>8}")
    for name, predicted in (("kernel, submissions held out", ours), ("aiconfigurator", theirs)):
        ratio = predicted[both] / measured[both]
        error = np.abs(ratio - 1.0)
        tau, pairs = order(rows, predicted, speeds, both)
        figures = (
            f"{100 * np.median(error):8.1f}%{100 * np.quantile(error, 0.9):8.1f}%{np.median(ratio):8.2f}"
        )
        print(f"{name:30}{figures}{tau:8.2f}{pairs:8d}")


def order(
    rows: Sequence[Measurement], predicted: Floats, speeds: Floats, chosen: Booleans
) -> tuple[float, int]:
    """Kendall's tau of the order of hardware by its best rate at a speed, and the pairs that it is over."""
    cells: dict[tuple[str, str, float, float], list[int]] = defaultdict(list)
    for place in np.flatnonzero(chosen).tolist():
        asked = rows[place].conditions
        publisher = rows[place].source.split(" 20")[0]
        cells[publisher, rows[place].architecture.name, asked.input_tokens, asked.output_tokens].append(place)
    agree = []
    for members in cells.values():
        for speed in SPEEDS:
            fast = [place for place in members if speeds[place] >= speed]
            real, told = dict[str, float](), dict[str, float]()
            for place in fast:
                name = rows[place].accelerator.name
                real[name] = max(real.get(name, 0.0), rows[place].rate_per_gpu)
                told[name] = max(told.get(name, 0.0), float(predicted[place]))
            for one, other in combinations(real, 2):
                if min(real[one], real[other]) < TIE * max(real[one], real[other]):
                    agree.append(1.0 if (real[one] > real[other]) == (told[one] > told[other]) else -1.0)
    return (float(np.mean(agree)) if agree else float("nan")), len(agree)


def _ask(rows: Sequence[Measurement]) -> Floats:
    """What aiconfigurator says of each row; NaN where it does not evaluate it."""
    found, refused = np.full(len(rows), np.nan), Counter[str]()
    for place, row in enumerate(rows):
        try:
            found[place] = run_rate(row)
        except NoEstimate as error:
            refused[str(error)] += 1
        except SourceUnavailable as error:
            sys.exit(f"{error}\nor give its predictions of the rows as a CSV: --predictions FILE")
    for reason, count in refused.most_common(8):
        print(f"not evaluated, {count} rows: {reason}", file=sys.stderr)
    return found


def _read(file: Path, rows: Sequence[Measurement]) -> Floats:
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(line for line in stream if not line.startswith("#"))
        if set(reader.fieldnames or ()) != set(COLUMNS):
            sys.exit(f"{file}: the columns must be {','.join(COLUMNS)}")
        told = {row["id"]: float(row[COLUMNS[1]] or "nan") for row in reader}
    unknown = sorted(set(told) - {row.name for row in rows})
    if unknown:
        print(f"{len(unknown)} ids are none of the rows, such as {unknown[0]}", file=sys.stderr)
    return np.array([told.get(row.name, np.nan) for row in rows])


def _write(file: Path, rows: Sequence[Measurement], predicted: Floats) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for row, rate in zip(rows, predicted.tolist(), strict=True):
            writer.writerow((row.name, f"{rate:.6g}" if np.isfinite(rate) else ""))


if __name__ == "__main__":
    main()
