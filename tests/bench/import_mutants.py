"""Thousands of mutated logs, exports of monitoring, benchmark results and price lists: none may break its importer.

    python -m tests.bench.import_mutants --count 10000 --seed 1

Each is read in this process. Printed are the numbers of files read and refused by kind, every failure (an error that
is none of an input, a warning of a library, a fault that names no file, option or place), the slowest and the largest
memory of the process.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from planner.core.errors import InstanceError
from planner.loader.benchmarks.read import read_points
from planner.loader.catalog import read_book
from planner.loader.catalog.importing import doubts, import_prices
from planner.loader.demand.fill import fill_of
from planner.loader.demand.observe import DemandWanted, observe
from planner.loader.demand.write import as_record, lengths_text, series_text, snippet_text
from tests.loader.benchmarks.samples import CSV, JSON_SAMPLES
from tests.loader.catalog import test_catalog_aws as aws
from tests.loader.catalog import test_catalog_gpuhunt as gpuhunt
from tests.loader.catalog import test_catalog_skypilot as skypilot
from tests.loader.demand.samples import BEGIN, SAMPLES
from tests.mutants import file_mutants

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime.fromisoformat(BEGIN)
UNIX = int(START.timestamp())
HOURS = "".join(
    f"2025-03-0{3 + h // 24} {h % 24:02}:00,{3600 + h},{h * 1e6:.0f},{h * 2e5:.0f}\n" for h in range(48)
)
TREATED = DemandWanted(
    ZoneInfo("Europe/Berlin"),
    START,
    1,
    from_first=True,
    fill=fill_of(["gaps=interpolate", "order=sort", "duplicates=first", "dst=order"]),
)


def samples() -> dict[str, bytes]:
    """A file of every kind, by the kind and the name of the file."""
    book = "provider,region,hardware,gpus,term,price,currency,unit,date,source,note\n"
    line = "AWS,us-east-1,h100,8,{},{},USD,gpu_hour,2026-07-20,list,\n"
    terms = (("on_demand", 6.88), ("spot", 2), ("reserved_1y", 4), ("reserved_3y_partial_upfront", 3))
    plans = "\n".join(aws.plan(str(32 - years), years, "Partial Upfront") for years in (1, 3))
    found = {f"demand {sample.name}": sample.text for sample in SAMPLES.values()}
    found |= {
        "demand hours.csv": f"time,requests,input_tokens,output_tokens\n{HOURS}",
        "demand grafana.csv": _grafana(),
        "demand prometheus.json": json.dumps(_prometheus()),
        "rates own.csv": CSV,
        "prices savings_plans.csv": f"{aws.METADATA}{aws.COLUMNS}\n{plans}\n",
        "prices blocks.csv": f"{aws.BLOCKS}\np5.48xlarge,us-east-1a,2,24,1536,USD\n",
        "prices skypilot_aws.csv": skypilot.AWS,
        "prices skypilot_gcp.csv": skypilot.GCP,
        "prices gpuhunt.csv": f"{gpuhunt.HEADER}\np5.48xlarge,us-east-1,55.04,192,2048,8,H100,80,False,\n",
        "book book.csv": book + "".join(line.format(*one) for one in terms),
    }
    found |= {f"rates {name}.json": json.dumps(sample) for name, sample in JSON_SAMPLES.items()}
    packed = gzip.compress(SAMPLES["azure"].text.encode(), mtime=0)
    return {**{name: text.encode() for name, text in found.items()}, "demand azure.csv.gz": packed}


def _grafana() -> str:
    head = '"Time","vllm:prompt_tokens_total{instance=""a""}","vllm:generation_tokens_total{}"\n'
    return head + "".join(f"{1000 * (UNIX + 60 * m)},{6000 * m},{600 * m}\n" for m in range(200))


def _prometheus() -> dict[str, Any]:
    def series(name: str, rate: float, **labels: str) -> dict[str, Any]:
        values = [[UNIX + 60 * m, str(rate * 60 * m)] for m in range(100)]
        return {"metric": {"__name__": name, "model_name": "m", **labels}, "values": values}

    buckets = [
        series("sglang:prompt_tokens_histogram_bucket", rate, le=bound)
        for bound, rate in (("100", 0.5), ("1000", 1.5), ("+Inf", 2.0))
    ]
    counters = [
        series("sglang:num_requests_total", 2),
        series("sglang:prompt_tokens_total", 1000),
        series("sglang:generation_tokens_total", 200),
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": counters + buckets}}


def _demand(file: Path) -> None:
    for wanted in (DemandWanted(ZoneInfo("UTC"), START, 1, from_first=True), TREATED):
        try:
            found = observe([file], wanted)
        except InstanceError:
            if wanted is TREATED:
                raise
        else:
            series_text(found)
            lengths_text(found)
            snippet_text(found, "chat", "chat.csv")
            json.dumps(as_record(found, "chat", "chat.csv"), allow_nan=False)


def _prices(file: Path) -> None:
    _, found = import_prices(file, "Cloud", date(2026, 7, 20), "list")
    doubts(found.prices, date(2026, 7, 20))


READERS: dict[str, Callable[[Path], object]] = {
    "demand": _demand,
    "rates": lambda file: read_points([file]),
    "prices": _prices,
    "book": read_book,
}


def main() -> int:
    """Run the mutants; the exit code is 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    warnings.simplefilter("error")
    tally: Counter[str] = Counter()
    failures, slowest = 0, (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, content) in enumerate(file_mutants(asked.seed, asked.count, samples())):
            kind, _, rest = name.partition(" ")
            file = Path(folder) / rest.replace(" ", "_")
            file.write_bytes(content)
            began = time.process_time()
            outcome = outcome_of(READERS[kind], file)
            slowest = max(slowest, (time.process_time() - began, f"{number} {name}"))
            tally[f"{kind}: {outcome if outcome in ('read', 'refused') else 'failed'}"] += 1
            if outcome not in ("read", "refused"):
                failures += 1
                print(f"{number} {name}: {outcome}", flush=True)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(dict(sorted(tally.items())), f"slowest {slowest[0]:.1f} s of a processor ({slowest[1]})")
    print(f"{datetime.now(UTC):%Y-%m-%d} {failures} failures, peak memory {memory_mb:.0f} MB")
    return 1 if failures else 0


def outcome_of(reader: Callable[[Path], object], file: Path) -> str:
    """`read` or `refused`, else what is wrong."""
    try:
        reader(file)
    except InstanceError as error:
        for fault in error.faults:
            text = str(fault)
            if not (fault.file or fault.path) or not text.isprintable() or len(text) > 4_000:
                return f"message {text[:300]!a}"
        return "refused"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:300]}"
    return "read"


if __name__ == "__main__":
    sys.exit(main())
