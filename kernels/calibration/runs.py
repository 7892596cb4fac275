"""The end-to-end runs that ship with the package: one row of a table is one point."""

from __future__ import annotations

import csv
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from kernels.facts import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCES = {
    "inferencex": ("InferenceX (SemiAnalysis)", "https://github.com/SemiAnalysisAI/InferenceX"),
    "nvidia": ("NVIDIA aiconfigurator, silicon runs", "https://github.com/ai-dynamo/aiconfigurator"),
}


@cache
def shipped_runs() -> tuple[dict[str, Any], ...]:
    """Entries of kernels/data/runs.csv in the schema of a points file."""
    text = (DATA / "runs.csv").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(_entry(number, row) for number, row in enumerate(csv.DictReader(rows), start=1))


def _entry(number: int, row: Mapping[str, str]) -> dict[str, Any]:
    title, url = SOURCES[row["published_by"]]
    gpus, concurrency = int(row["gpus"]), float(row["concurrency"])
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
