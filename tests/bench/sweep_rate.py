"""Rate, scaling and overhead of sweeps: `python tests/bench/sweep_rate.py [INSTANCE] [CASES]`.

Prints cases a second on one and on two workers, the scaling efficiency, and the overhead of a case: the time
of a worker per case beyond what the case itself takes in it. `tail_s` is how long workers had nothing left to
take up while others were still at their last cases; it is told apart, since it does not grow with the number
of cases. Workers are warmed before the clock starts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import planner
from planner.core.executors.local import LocalExecutor

ROOT = Path(__file__).parents[2]
DAY = ROOT / "instances" / "deepseek_day.yaml"
SCALE = "workloads.chat.demand.scale"
PRICE = "fleet.h800.rent.price_usd_per_gpu_hour"
OPTIONS = planner.SolveOptions(relative_gap=0.01, time_limit_s=60, solver="highs", threads=1)


def measure(instance: planner.Instance, cases: list[dict[str, Any]], workers: int) -> dict[str, float]:
    """One sweep on warm workers: seconds, cases a second, seconds in a case, cases without a proven plan."""
    warm = [{SCALE: 0.5 + 0.001 * place} for place in range(4 * workers)]
    count = len(cases)
    with LocalExecutor(workers) as executor:
        planner.sweep(instance, warm, OPTIONS, executor=executor)
        ends: list[float] = []
        began = time.perf_counter()
        table = planner.sweep(
            instance, cases, OPTIONS, executor=executor, on_progress=lambda step: ends.append(step.seconds)
        )
        seconds = time.perf_counter() - began
    tail = sum(ends[-1] - end for end in ends[-workers:])
    return {
        "workers": workers,
        "cases": count,
        "seconds": seconds,
        "cases_per_s": count / seconds,
        "case_s": float(table["seconds"].mean()),
        "overhead_ms": ((seconds * workers - tail) / count - float(table["seconds"].mean())) * 1e3,
        "tail_s": tail,
        "not_proven": int((table["status"] != "optimal").sum()),
        "worst_gap": float(table["gap"].max()),
    }


def main() -> None:
    """Measure on one and two workers and print JSON."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else DAY
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    instance = planner.load(file)
    cases = planner.latin_hypercube({SCALE: (0.7, 1.4), PRICE: (1.0, 4.0)}, count)
    two, one = measure(instance, cases, 2), measure(instance, cases[::2], 1)
    efficiency = two["cases_per_s"] / (2 * one["cases_per_s"])
    load = dict(zip(("1m", "5m", "15m"), os.getloadavg(), strict=True))
    print(
        json.dumps(
            {"instance": instance.name, "two": two, "one": one, "efficiency": efficiency, "load": load},
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
