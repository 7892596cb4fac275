"""Two commits side by side: the same plans, bounds and costs of the shipped instances, and how long each takes.

    python tests/bench/compare_commits.py OLD NEW [--instances tiny ...] [--limit 60] [--gap 0.1] [--slower 1.2]

Each commit is checked out into a folder of its own and run from there with this Python, in turn, with one engine,
one thread and one seed, so that what differs is what the commits changed. Times are processor seconds of the command
and all its processes, which other work on the machine hardly changes, medians of the rounds, and their ratio, NEW over
OLD. With `--slower` the plans may differ, and it fails where what was proven before takes more than so many times as
long, or is no longer proven. `--gap` lets questions end by themselves that a time limit would cut off somewhere else
each time. Run it before a release, and after a change that should change nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FIXED = ("--solver", "highs", "--threads", "1", "--seed", "1", "--json", "-q")
OF_THE_RUN = ("seconds", "versions", "schema_version")
"""Keys of a plan that tell of the run and not of the plan."""


def checked_out(revision: str, folder: Path) -> Path:
    """The tree of a revision in a folder of its own."""
    subprocess.run(
        ["git", "-C", str(ROOT), "worktree", "add", "--detach", "--quiet", str(folder), revision], check=True
    )
    return folder


def solved(tree: Path, instance: str, limits: list[str]) -> tuple[dict[str, Any], float]:
    """The plan of an instance by the code of a tree, and the processor seconds of the whole command."""
    command = [sys.executable, "-m", "planner", "solve", f"instances/{instance}.yaml", *FIXED]
    before = used_s()
    done = subprocess.run(
        [*command, *limits],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = used_s() - before
    plan = json.loads(done.stdout) if done.stdout.strip() else {"status": f"exit {done.returncode}"}
    return plan, seconds


def used_s() -> float:
    """Processor seconds of all processes that were started from here and have ended, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def differing(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Keys of two plans with different values, those of the run left out."""
    keys = [key for key in {**old, **new} if key not in OF_THE_RUN]
    return [key for key in keys if old.get(key) != new.get(key)]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("old")
    asked.add_argument("new")
    asked.add_argument("--instances", nargs="*", help="names below instances/; absent: all of them")
    asked.add_argument("--limit", type=float, default=60.0, help="seconds of a solve")
    asked.add_argument(
        "--gap", type=float, help="gap that is asked for; absent: what a solve asks for by itself"
    )
    asked.add_argument("--rounds", type=int, default=1)
    asked.add_argument("--slower", type=float, help="times as long that a solve may take; plans may differ")
    given = asked.parse_args()
    shipped = sorted(path.relative_to(ROOT / "instances") for path in (ROOT / "instances").rglob("*.yaml"))
    names = given.instances or [str(path.with_suffix("")) for path in shipped]
    gap = [] if given.gap is None else ["--gap", f"{given.gap:g}"]
    limits = ["--time-limit", f"{given.limit:g}", *gap]
    different = 0
    with tempfile.TemporaryDirectory() as place:
        trees = [checked_out(given.old, Path(place, "old")), checked_out(given.new, Path(place, "new"))]
        try:
            for name in names:
                different += _compared(name, trees, limits, given.rounds, given.slower)
        finally:
            for tree in trees:
                subprocess.run(
                    ["git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree)], check=False
                )
    print(f"{len(names)} instances, {different} {'differ' if given.slower is None else 'slower'}")
    return int(different > 0)


def _compared(name: str, trees: list[Path], limits: list[str], rounds: int, slower: float | None) -> bool:
    """Print one line on an instance; whether its plans differ, or, with `slower`, it takes longer than that."""
    runs = [[solved(tree, name, limits) for tree in trees] for _ in range(rounds)]
    old, new = runs[-1][0][0], runs[-1][1][0]
    times = [statistics.median(run[side][1] for run in runs) for side in (0, 1)]
    keys = differing(old, new)
    print(
        f"{name:24} {old.get('status')!s:10} {old.get('cost')!s:>20} {new.get('cost')!s:>20} "
        f"{times[0]:6.1f} s {times[1]:6.1f} s  x{times[1] / times[0]:.2f}  "
        + ("identical" if not keys else "differ in " + ", ".join(keys)),
        flush=True,
    )
    if slower is None:
        return bool(keys)
    proven = [one.get("status") in ("optimal", "infeasible") for one in (old, new)]
    return proven[0] and (not proven[1] or times[1] > slower * times[0])


if __name__ == "__main__":
    raise SystemExit(main())
