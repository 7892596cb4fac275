"""Errors on the published points: ours held out point by point, beside aiconfigurator's.

Run: python -m tests.bench.kernel_beside_aiconfigurator; needs pip install aiconfigurator and some minutes.
`planner kernel validate --beside-aiconfigurator` prints the same with ours as shipped.
"""

from __future__ import annotations

import json

import numpy as np

from kernels.calibration.held_out import by_point, held_out_rates
from kernels.calibration.validation import read_points
from kernels.facts import DATA
from planner.rates.adapters.comparison import beside_aiconfigurator


def main() -> None:
    entries = json.loads((DATA / "measurements.json").read_text(encoding="utf-8"))
    points = [point for point in read_points(entries)[0] if point.phase != "colocated"]
    measured = np.array([point.rate_per_gpu for point in points])
    unseen = held_out_rates(points, by_point) / measured
    print(json.dumps(beside_aiconfigurator(points, unseen), indent=2))


if __name__ == "__main__":
    main()
