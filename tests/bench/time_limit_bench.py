"""How well `planner solve --time-limit` is kept: wall time of the whole command beside its limit, by shipped instance.

    python -m tests.bench.time_limit_bench --limits 2 10 30 [--instances week mixed]

Each is a process of its own that writes its plan (`--out`), with a gap that cannot be proven, so that time is what
ends it. What loading the program takes (`planner --version`) is measured first and told apart: it comes before the
limit can be read. Prints Markdown, with the load of the machine: on a busy one everything takes longer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

INSTANCES = Path(__file__).parents[2] / "instances"
SHIPPED = (
    *("day_night", "mixed", "peak", "week", "year", "build_up", "scenarios", "dense_70b", "domestic_chips"),
    *("maas_provider",),
)
KEPT = 1.05


def seconds_of(*arguments: str) -> tuple[float, float, int]:
    """Wall seconds, processor seconds and exit code of one command."""
    began, before = time.monotonic(), os.times()
    done = subprocess.run([sys.executable, "-m", "planner", *arguments], capture_output=True, check=False)
    after = os.times()
    return time.monotonic() - began, sum(after[2:4]) - sum(before[2:4]), done.returncode


def main() -> None:
    """Measure all of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limits", type=float, nargs="+", default=[2.0, 10.0, 30.0])
    parser.add_argument("--instances", nargs="+", default=list(SHIPPED))
    parser.add_argument("--gap", default="0.00001")
    asked = parser.parse_args()
    print("| instance | limit s | wall s | loading s | over | kept | processor s | exit code | load |")
    print("|---|---|---|---|---|---|---|---|---|")
    kept = count = 0
    for limit in asked.limits:
        for name in asked.instances:
            loading, _, _ = seconds_of("--version")
            with tempfile.TemporaryDirectory() as folder:
                file = str(INSTANCES / f"{name}.yaml")
                options = ["--time-limit", str(limit), "--gap", asked.gap, "--out", folder, "-q"]
                wall, used, code = seconds_of("solve", file, *options)
            over = (wall - loading) / limit - 1
            count, kept = count + 1, kept + (over <= KEPT - 1)
            print(
                f"| {name} | {limit:g} | {wall:.1f} | {loading:.1f} | {over:+.0%} | {over <= KEPT - 1} | {used:.1f} "
                f"| {code} | {os.getloadavg()[0]:.1f} |",
                flush=True,
            )
    print(f"\n{kept} of {count} are kept within {KEPT - 1:.0%}")


if __name__ == "__main__":
    main()
