"""Errors on the published points: ours, ours held out, and aiconfigurator's, on the points it can evaluate.

Run: python -m tests.bench.kernel_beside_aiconfigurator [most points]; needs pip install aiconfigurator.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

import numpy as np

from kernels.calibration.calibrate import summary
from kernels.calibration.held_out import by_point, held_out_rates
from kernels.calibration.validation import predict, read_points
from kernels.facts import DATA
from planner.rates.adapters.aiconfigurator import point_rate
from planner.rates.adapters.static_estimate import NoEstimate


def main() -> None:
    entries = json.loads((DATA / "measurements.json").read_text(encoding="utf-8"))
    points = [point for point in read_points(entries)[0] if point.phase != "colocated"]
    measured = np.array([point.rate_per_gpu for point in points])
    ours, unseen = predict(points) / measured, held_out_rates(points, by_point, 8) / measured
    theirs, refused = np.full(len(points), np.nan), Counter[str]()
    most = int(sys.argv[1]) if len(sys.argv) > 1 else len(points)
    for index, point in enumerate(points[:most]):
        try:
            theirs[index] = point_rate(point) / measured[index]
        except NoEstimate as error:
            refused[str(error)[:70]] += 1
    known = np.isfinite(theirs)
    for phase in ("prefill", "decode"):
        chosen = known & np.array([point.phase == phase for point in points])
        print(f"{phase}: {chosen.sum()} points both can evaluate")
        for name, ratio in (("aiconfigurator", theirs), ("kernel", ours), ("kernel, point held out", unseen)):
            print(f"  {name:24s}", summary(ratio[chosen]))
    print("refused by aiconfigurator:")
    for reason, count in refused.most_common():
        print(f"  {count:3d}  {reason}")


if __name__ == "__main__":
    main()
