"""Thousands of mutated instances and CSV files: none may end in an internal error or in a fault without a place.

    python -m tests.bench.input_mutants --count 15000 --seed 1 --verb 150

Each is read in this process, and what is valid is rated; a sample goes through the command line too. Printed are
the numbers of valid and refused mutants, every failure, the slowest mutant and the largest memory of the process.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from planner.core.errors import InstanceError
from planner.loader import load
from planner.rates.compute import compute_rates
from planner.rates.headroom import headroom
from tests.mutants import INSTANCES, Mutant, mutants

PLACE = re.compile(r"^[^\n:]+\.(yaml|csv):\d+(:\d+)?: ")
FOREIGN = re.compile(
    r"Input should|Extra inputs|valid (dictionary|integer|string|number|list|tuple)|pydantic|Value error"
)
RATED_ONE_IN = 10
LONG_TO_RATE = ("mixed", "peak", "week", "year")  # half a minute each where waits are promised


def main() -> int:
    """Run the mutants; the exit code is 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=15_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--verb", type=int, default=100, help="so many of them through `planner validate` too"
    )
    asked = parser.parse_args()
    tally: Counter[str] = Counter()
    failures: list[str] = []
    slowest = (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for number, mutant in enumerate(mutants(asked.seed, asked.count)):
            file = written(mutant, Path(folder))
            began = time.monotonic()
            outcome = _outcome(file, number % RATED_ONE_IN == 0 and mutant.name not in LONG_TO_RATE)
            slowest = max(slowest, (time.monotonic() - began, f"{number} {mutant.name} {mutant.done}"))
            if asked.verb and number % max(1, asked.count // asked.verb) == 0:
                outcome = outcome if outcome not in ("valid", "refused") else _by_verb(file, outcome)
                tally["by the command line"] += 1
            tally[outcome if outcome in ("valid", "refused") else "failed"] += 1
            if outcome not in ("valid", "refused"):
                failures.append(f"{number} {mutant.name} {mutant.done}: {outcome}")
                print(failures[-1], flush=True)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(dict(tally), f"slowest {slowest[0]:.1f} s ({slowest[1]})", f"peak memory {memory_mb:.0f} MB")
    return 1 if failures else 0


def written(mutant: Mutant, folder: Path) -> Path:
    """The mutant's file in a folder of its own kind, with the series as they are but for those it changes."""
    series = folder / "series"
    series.mkdir(exist_ok=True)
    for path in (INSTANCES / "series").glob("*.csv"):
        copy = series / path.name
        if path.name in mutant.series or (copy.exists() and copy.read_bytes() != path.read_bytes()):
            copy.write_bytes(mutant.series.get(path.name, path.read_bytes()))
        elif not copy.exists():
            copy.write_bytes(path.read_bytes())
    file = folder / "mutant.yaml"
    file.write_bytes(mutant.instance)
    return file


def _outcome(file: Path, rate: bool) -> str:
    try:
        instance = load(file)
        if rate:
            headroom(instance, compute_rates(instance))
    except InstanceError as error:
        return wrong_words(error) or "refused"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:300]}"
    return "valid"


def wrong_words(error: InstanceError) -> str:
    """The first message without a place, with control characters or with words of a library; empty if none."""
    for fault in error.faults:
        text = str(fault)
        if not PLACE.match(text) or FOREIGN.search(text) or not text.isprintable() or len(text) > 4_000:
            return f"message {text[:300]!a}"
    lines = str(error).splitlines()
    return "" if len(lines) <= 51 else f"{len(lines)} messages"


def _by_verb(file: Path, expected: str) -> str:
    command = [sys.executable, "-m", "planner", "validate", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=120, check=False)
    if done.returncode == {"valid": 0, "refused": 3}[expected]:
        return expected
    return f"validate: exit code {done.returncode}, not of {expected}: {done.stderr[:300]}"


if __name__ == "__main__":
    sys.exit(main())
