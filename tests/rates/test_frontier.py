"""`planner rates --frontier`: rate against speed, measured runs beside, as a table, as JSON and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import planner
from planner.app.cli.main import app
from planner.rates.frontier import COLUMNS, frontier_frame
from planner.view.pictures.draw import draw_frontiers

INSTANCE: dict[str, Any] = {
    "version": 1,
    "name": "frontier",
    "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
    "workloads": {
        "chat": {
            "model": "llama-3.1-70b",
            "demand": {"output_tokens_per_s": 2000},
            "lengths": {"input_tokens": 1024, "output_tokens": 1024},
            "sla": {"tpot_ms": 15},
        }
    },
    "deployments": [{"role": "colocated", "gpus": [4, 8]}],
    "fleet": {"h200": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 3.0}}},
}


@pytest.fixture
def written(tmp_path: Path) -> str:
    path = tmp_path / "instance.yaml"
    path.write_text(json.dumps(INSTANCE), encoding="utf-8")
    return str(path)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["rates", *arguments])


def test_a_frontier_falls_from_fast_to_cheap_and_says_what_is_in_time() -> None:
    frame = frontier_frame(planner.from_dict(INSTANCE))
    assert tuple(frame.columns) == COLUMNS
    for _, part in frame[frame["efficient"]].groupby("unit"):
        assert part["tokens_per_s_per_gpu"].is_monotonic_increasing
        assert part["tokens_per_s_per_user"].is_monotonic_decreasing
        assert set(part["in_time"]) == {True, False}
        assert (part["in_time"] == (part["tpot_ms"] <= 15.0)).all()


def test_measured_runs_of_the_same_unit_and_lengths_stand_beside() -> None:
    frame = frontier_frame(planner.from_dict(INSTANCE))
    measured = frame[frame["source"] == "measured"]
    assert set(measured["gpus"]) == {4, 8}
    assert measured["what"].str.contains("InferenceX").any()
    longer = INSTANCE["workloads"]["chat"] | {"lengths": {"input_tokens": 3000, "output_tokens": 1024}}
    other = frontier_frame(planner.from_dict(INSTANCE | {"workloads": {"chat": longer}}))
    assert not (other["source"] == "measured").any()


def test_the_verb_prints_and_draws(written: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "frontiers.svg"
    shown = run(written, "--frontier", "--plot", str(picture))
    assert shown.exit_code == 0
    assert "Frontiers" in shown.stdout
    assert "measured:" in shown.stdout
    assert (
        "tokens per second and user" in picture.read_text(encoding="utf-8") or picture.stat().st_size > 5000
    )
    found = json.loads(run(written, "--frontier", "--json").stdout)["frontier"]
    assert {"kernel", "measured"} == {row["source"] for row in found}


def test_no_two_lines_of_a_picture_look_alike() -> None:
    pytest.importorskip("matplotlib")
    point = {"workload": "chat", "efficient": True, "source": "kernel", "tokens_per_s_per_gpu": 1.0}
    rows = [point | {"unit": f"unit{place}", "tokens_per_s_per_user": 1.0} for place in range(23)]
    axes = draw_frontiers(pd.DataFrame(rows))
    looks = {
        (line.get_color(), line.get_linestyle()) for line in axes.lines if line.get_linestyle() != "None"
    }
    assert len(looks) == 23


def test_a_picture_needs_the_frontier_and_a_kind_that_can_be_drawn(written: str, tmp_path: Path) -> None:
    assert "give --frontier with it" in str(run(written, "--plot", "x.svg").exception)
    refused = run(written, "--frontier", "--plot", str(tmp_path / "frontiers.odd"))
    assert "cannot draw into it" in str(refused.exception)
