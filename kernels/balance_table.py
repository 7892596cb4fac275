"""Published balancedness by unit size: what replication of hot experts leaves of the mean load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.facts import read

if TYPE_CHECKING:
    from kernels.arrays import Floats


def balancedness(gpus: Floats, policy: str = "replicated") -> Floats:
    """Mean over maximum GPU load, interpolated over the logarithm of the unit size, flat beyond the table.

    `policy` is `replicated` (hot experts copied and placed) or `plain`; the source is in data/balance.yaml.
    """
    table = read("", "balance")[policy]
    found: Floats = np.interp(np.log(gpus), np.log(table["gpus"]), table["balancedness"])
    return found


def published_balancedness(gpus: int, policy: str = "replicated") -> float:
    """The table's value for one unit size."""
    return float(balancedness(np.array([float(gpus)]), policy)[0])
