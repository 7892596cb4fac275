"""Utilisation caps against simulation over 1 to 2,000 servers: `python tests/bench/replay_caps.py`.

Prints one line a case and fails when any cap above 0.2 is more than 5 % off.
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1] / "kernels" / "queueing"))
from reference_queue import simulated_cap

from kernels.queueing import utilisation_cap

SERVERS = (1, 2, 8, 32, 128, 512, 2_000)
KINDS = {
    "M/M/c": (1, 1, "gamma"),
    "M/D/c": (1, 0, "gamma"),
    "gamma4/M/c": (4, 1, "gamma"),
    "gamma4/D/c": (4, 0, "gamma"),
    "gamma16/M/c": (16, 1, "gamma"),
    "hyper4/M/c": (4, 1, "hyperexponential"),
    "hyper16/M/c": (16, 1, "hyperexponential"),
}
WAITS = (0.1, 1.0, 5.0)
PERCENTILES = (0.9, 0.99)
REQUESTS = 400_000


@pytest.mark.parametrize("kind", KINDS)
def test_caps(kind):
    arrivals, service, law = KINDS[kind]
    worst = 0.0
    for servers, wait, share in itertools.product(SERVERS, WAITS, PERCENTILES):
        cap = float(utilisation_cap(servers, 1.0, wait, share, arrivals, service, law))
        if cap < 0.2:
            continue
        simulated = simulated_cap(servers, wait, share, arrivals, service, REQUESTS, steps=9, law=law)
        worst = max(worst, abs(cap / simulated - 1.0))
        print(f"{kind:12} c={servers:<5} wait={wait:<4} p={share:<5} cap={cap:.4f} simulated={simulated:.4f}")
    print(f"{kind}: worst {worst:.3f}")
    assert worst < 0.05


if __name__ == "__main__":
    start = time.perf_counter()
    for name in sys.argv[1:] or KINDS:
        test_caps(name)
    print(f"{time.perf_counter() - start:.0f} s")
