"""A log beside monitoring: what of prompts was cached goes with the demand, whoever tells it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.loader.beginning.demand import BeginningDemand, demand_of_files
from planner.loader.demand.observe import DemandWanted

if TYPE_CHECKING:
    from pathlib import Path


def demand(folder: Path, columns: str, *amounts: float) -> BeginningDemand:
    """A day of constant demand, beside a log of prompts of 500 tokens, 100 of them cached."""
    row = ",".join(f"{amount:g}" for amount in amounts)
    rows = [f"2026-03-02T{hour:02}:00Z,{row}" for hour in range(24)]
    (folder / "hours.csv").write_text("\n".join([f"time,{columns}", *rows]) + "\n")
    usage = {"prompt_tokens": 500, "completion_tokens": 80, "prompt_tokens_details": {"cached_tokens": 100}}
    lines = [json.dumps({"time": 1_760_000_000 + 2 * place, "usage": usage}) for place in range(300)]
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n")
    return demand_of_files([folder / "log.jsonl"], [folder / "hours.csv"], DemandWanted(), "own.csv")


def test_requests_have_the_share_of_the_log(tmp_path: Path) -> None:
    found = demand(tmp_path, "requests_per_s", 5)
    assert found.workload["demand"]["cached_share"] == pytest.approx(0.2)
    assert "20.00% of prompt tokens cached, as the log has it" in found.notes["demand"]


def test_prompt_tokens_have_a_series_of_cached_ones(tmp_path: Path) -> None:
    found = demand(tmp_path, "input_tokens_per_s,output_tokens_per_s", 2000, 300)
    header, *rows = (line for line in found.files["own.csv"].splitlines() if not line.startswith("#"))
    assert header == "time,input_tokens_per_s,output_tokens_per_s,cached_tokens_per_s"
    assert np.array([row.split(",")[3] for row in rows], dtype=float) == pytest.approx(np.full(24, 400))
    assert found.workload["demand"]["cached_tokens_per_s"] == "cached_tokens_per_s"


def test_what_monitoring_tells_of_the_cache_goes_before_the_log(tmp_path: Path) -> None:
    found = demand(tmp_path, "input_tokens_per_s,cached_tokens_per_s,output_tokens_per_s", 2000, 900, 300)
    assert "cached" not in found.files["own.lengths.csv"]
    assert "900" in found.files["own.csv"]


def test_prompts_alone_are_no_demand(tmp_path: Path) -> None:
    with pytest.raises(
        InstanceError, match="tells input_tokens alone, and demand is requests, or prompt and output"
    ):
        demand(tmp_path, "input_tokens_per_s", 2000)
