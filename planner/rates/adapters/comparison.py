"""Our errors on measured points beside aiconfigurator's, on the points that both can evaluate."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.calibration.calibrate import summary
from planner.rates.adapters.aiconfigurator import point_rate
from planner.rates.adapters.static_estimate import NoEstimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats
    from kernels.calibration.measurement import Measurement


def beside_aiconfigurator(points: Sequence[Measurement], ours: Floats) -> dict[str, Any]:
    """Median and 90 % error by phase for both, and why it refused the others; seconds per point.

    `ours` [n] is predicted over measured. Raises SourceUnavailable when the package is not installed.
    """
    theirs, refused = np.full(len(points), np.nan), Counter[str]()
    for index, point in enumerate(points):
        if point.phase == "colocated":
            continue
        try:
            theirs[index] = point_rate(point) / point.rate_per_gpu
        except NoEstimate as error:
            refused[str(error)] += 1
    found: dict[str, Any] = {}
    for phase in ("prefill", "decode"):
        both = np.isfinite(theirs) & np.array([point.phase == phase for point in points])
        errors = {"aiconfigurator": summary(theirs[both]), "kernel": summary(ours[both])}
        found[phase] = {"points": int(both.sum())} | errors
    return found | {"refused": dict(refused.most_common())}
