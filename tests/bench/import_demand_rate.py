"""How fast `planner import demand` reads: CPU seconds and peak memory for a log of so many rows.

    python -m tests.bench.import_demand_rate --rows 10000000 [--format mooncake]

Writes the log, two weeks of requests with lengths drawn from log-normal laws, into a temporary folder first, and reads
it in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

READ = """
import resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from planner.loader.demand.observe import DemandWanted, observe
began = time.process_time()
found = observe([Path(sys.argv[1])], DemandWanted(zone=ZoneInfo("UTC"), start=datetime(2025, 3, 3, tzinfo=UTC)))
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
took = time.process_time() - began
print(f"{found.log.tally.rows:,} rows, {found.periods.count} periods: {took:.1f} s of CPU, {memory:,.0f} MiB")
"""
EACH = 500_000
BEGIN = np.datetime64("2025-03-03T00:00:00", "us")


def write(file: Path, rows: int, mooncake: bool) -> None:
    """A log in Azure's format, or in Mooncake's with four prefix blocks a request."""
    draw, begin, gap = np.random.default_rng(0), 0.0, 14 * 86_400 / rows
    with file.open("w", encoding="utf-8") as stream:
        if not mooncake:
            stream.write("TIMESTAMP,ContextTokens,GeneratedTokens\n")
        for first in range(0, rows, EACH):
            count = min(EACH, rows - first)
            seconds = begin + np.cumsum(draw.exponential(gap, count))
            begin = float(seconds[-1])
            prompts, answers = (draw.lognormal(mean, 1, count).astype(int) + 1 for mean in (6.5, 5))
            if mooncake:
                blocks = np.sort(draw.integers(0, 1_000_000, (count, 4)), axis=1)
                names = ("timestamp", "input_length", "output_length", "hash_ids")
                stream.writelines(
                    json.dumps(dict(zip(names, (int(1000 * at), int(prompt), int(answer), ids), strict=True)))
                    + "\n"
                    for at, prompt, answer, ids in zip(
                        seconds, prompts, answers, blocks.tolist(), strict=True
                    )
                )
            else:
                moments = np.datetime_as_string(BEGIN + (1e6 * seconds).astype("timedelta64[us]"))
                stream.writelines(
                    f"{at.replace('T', ' ')},{prompt},{answer}\n"
                    for at, prompt, answer in zip(moments.tolist(), prompts, answers, strict=True)
                )


def main() -> None:
    """Write a log, read it in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--format", choices=("azure", "mooncake"), default="azure")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ("log.jsonl" if asked.format == "mooncake" else "log.csv")
        write(file, asked.rows, asked.format == "mooncake")
        print(f"{asked.format}: {file.stat().st_size / 1e6:,.0f} MB")
        subprocess.run([sys.executable, "-c", READ, str(file)], check=True)


if __name__ == "__main__":
    main()
