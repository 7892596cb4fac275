"""The end-to-end runs that ship with the package: one row of a table is one point.

Runs whose conditions are known to be other than stated do not stand in it, and what was put right says by what source;
the head of data/runs.csv has the details.

- 25 of DeepSeek-R1 by SGLang 0.5.10 on B300 are left out (four of them stood in data/measurements.json): their prompts
  were some five times as long as stated, as client and server cut text into different tokens
  (github.com/SemiAnalysisAI/InferenceX/pull/937, repeated in pull/1502).
- 22 behind a router of several replicas are left out: nobody stated what one replica held.
- 13 that the collection holds twice, once rounded, stand once.
- 53 of vLLM stand as tensor parallelism of their GPUs, no longer as data-parallel attention: the history of
  InferenceX's .github/configs/nvidia-master.yaml (2026-03-20 to 2026-04-26) has dp-attn for none of them.
- 18 of vLLM 0.12 on Llama-3.1-8B are left out: a cache of prefixes had found their prompts.

The points of tests/kernels/unseen_points.json are in no fit, but four variants of the fit that ships were judged on
them before one was taken, so that the error on them is not quite that of the unseen.
"""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from kernels.facts import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCES = {
    "inferencex": ("InferenceX (SemiAnalysis)", "https://github.com/SemiAnalysisAI/InferenceX"),
    "nvidia": ("NVIDIA aiconfigurator, silicon runs", "https://github.com/ai-dynamo/aiconfigurator"),
}

VERSION = re.compile(r"(?<![\w.])v?(\d+)\.(\d+)(?:\.(\d+))?")


@cache
def shipped_runs() -> tuple[dict[str, Any], ...]:
    """Entries of kernels/data/runs.csv in the schema of a points file."""
    return tuple(_entry(number, row) for number, row in enumerate(_rows(), start=1))


def month_of_version(engine: str, version: str) -> str:
    """Month, YYYY-MM, in which an engine was first measured in a version; empty where none of its runs is near it.

    Versions are told apart by three numbers. One that was not measured takes the month of the last before it with the
    same first two, or of the first with them.
    """
    asked = _numbers(version)
    near = {key[1]: month for key, month in _months().items() if key[0] == engine and key[1][:2] == asked[:2]}
    if not asked or not near:
        return ""
    before = [one for one in near if one <= asked]
    return near[max(before) if before else min(near)]


@cache
def _months() -> dict[tuple[str, tuple[int, ...]], str]:
    found: dict[tuple[str, tuple[int, ...]], str] = {}
    for row in _rows():
        numbers = _numbers(row["version"])
        if numbers and row["month"]:
            key = (row["engine"], numbers)
            found[key] = min(found.get(key, row["month"]), row["month"])
    return found


def _numbers(version: str) -> tuple[int, ...]:
    """The first three numbers of a version; empty where there are none."""
    found = VERSION.search(version)
    return () if found is None else tuple(int(part or 0) for part in found.groups())


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = (DATA / "runs.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _entry(number: int, row: Mapping[str, str]) -> dict[str, Any]:
    title, url = SOURCES[row["published_by"]]
    gpus, concurrency, drafts = int(row["gpus"]), float(row["concurrency"]), int(row["drafts"])
    return {
        "id": f"run-{number}-{row['model']}-{row['hardware']}-{row['engine']}",
        "source": {"title": f"{title} {row['month']}".strip(), "url": url},
        "tier": "B",
        "phase": "colocated",
        "hardware": row["hardware"],
        "engine": row["engine"],
        "engine_month": row["month"],
        "model_key": row["model"],
        "precision": row["precision"],
        "mtp": {"on": drafts > 0, "draft_tokens": drafts},
        "parallelism": {"unit_gpus": gpus, "tp": int(row["tensor_parallel"])},
        "input_len": float(row["input_tokens"]),
        "output_len": float(row["output_tokens"]),
        "concurrency": concurrency,
        "batch_per_gpu": concurrency / gpus,
        "latency": {"ttft_ms": float(row["ttft_ms"]), "tpot_ms": float(row["tpot_ms"])},
    }


def shipped_points() -> list[dict[str, Any]]:
    """Every measured point that ships with the package: single phases, benchmarks and end-to-end runs."""
    singles: list[dict[str, Any]] = json.loads((DATA / "measurements.json").read_text(encoding="utf-8"))
    return [*singles, *shipped_runs()]
