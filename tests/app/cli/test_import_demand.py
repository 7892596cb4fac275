"""`planner import demand`: from a log to files that an instance reads as they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

import planner
from tests.app.cli.commands import run_here
from tests.loader.demand.samples import SAMPLES

DATA = Path(__file__).parents[2] / "data"
ARGUMENTS = ("--timezone", "UTC", "--period-minutes", "1", "--from-first")
SERVED = {
    "version": 1,
    "name": "own",
    "deployments": [
        {"name": "prefill", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 10_000}},
        {"name": "decode", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"chat": 2_000}},
    ],
    "fleet": {"h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 10}}},
}


def test_a_public_trace_becomes_part_of_an_instance(tmp_path: Path) -> None:
    out = tmp_path / "chat.csv"
    done = run_here(
        "import", "demand", str(DATA / "azure2023_conv_excerpt.csv"), *ARGUMENTS, "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    part = yaml.safe_load((tmp_path / "chat.yaml").read_text())
    (tmp_path / "own.yaml").write_text(yaml.safe_dump({**SERVED, **part}))
    instance = planner.load(tmp_path / "own.yaml")
    assert instance.horizon.periods == part["horizon"]["periods"]
    assert instance.workloads["chat"].queueing is not None
    rows = (DATA / "azure2023_conv_excerpt.csv").read_text().splitlines()[1:]
    clocks = [row.split(",")[0].split(" ")[1].split(":") for row in rows]
    seconds = [3600 * int(hour) + 60 * int(minute) + float(second) for hour, minute, second in clocks]
    whole = [
        row
        for row, second in zip(rows, seconds, strict=True)
        if second < seconds[0] + 60 * instance.horizon.periods
    ]
    prompts = sum(int(row.split(",")[1]) for row in whole)
    lengths = instance.workloads["chat"].lengths
    assert lengths is not None
    assert lengths.classes is not None
    assert lengths.input_tokens == pytest.approx(np.mean([int(row.split(",")[1]) for row in rows]))
    stated = instance.workloads["chat"].demand.input_tokens_per_s
    assert isinstance(stated, tuple)
    assert sum(stated) * 60 == pytest.approx(prompts)


def test_json_and_refusals(tmp_path: Path) -> None:
    file = str(SAMPLES["openai_usage"].written(tmp_path))
    record = json.loads(run_here("import", "demand", file, *ARGUMENTS, "--json").stdout)
    assert record["figures"]["cached share of prompt tokens"]["value"] == pytest.approx(50 / 600)
    assert record["quantiles"]["input_tokens"]["0.5"] == 200
    assert "1 rows without token counts, left out" in record["notes"][0]
    for words, told in (
        (("--timezone", "Europe/Berln"), "'Europe/Berln' is no zone of time; did you mean 'Europe/Berlin'?"),
        (("--start", "soon"), "--start: 'soon' is no date and time"),
        (("--fill", "gaps"), "--fill: 'gaps' says not what to do"),
    ):
        refused = run_here("import", "demand", file, *words)
        assert refused.returncode == 3
        assert told in refused.stderr.replace("\n", " ")
