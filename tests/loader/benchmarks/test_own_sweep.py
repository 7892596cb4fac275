"""`planner kernel calibrate --mine`: a sweep becomes a file of one's own that rates and plans use, or is refused."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import planner
from kernels.efficiency import shipped
from kernels.facts import OWN
from planner.app.cli.main import app
from planner.core.errors import InstanceError
from planner.loader.benchmarks.facts import BenchmarkFacts
from planner.loader.benchmarks.own_calibration import calibrated_sweep
from planner.loader.benchmarks.point import BenchmarkPoint
from planner.rates.calibration_doubts import calibration_doubts
from planner.rates.compute import compute_rates
from planner.rates.replica_prediction import Load, Replica, predict_at_load
from tests.loader.benchmarks.samples import VLLM, written
from tests.loader.catalog.question import question

FACTS = BenchmarkFacts("h100", 4, 4, "llama-3.1-70b", "vllm", {}, "fp8")
REPLICA = Replica("h100", "llama-3.1-70b", 4, "fp8", 4, "vllm")
LOADS = (1.0, 4.0, 16.0, 64.0)
SLOWER = 0.7


def point(load: float, **changes: Any) -> BenchmarkPoint:
    """A load that this replica serves at 0.7 of what the kernel predicts."""
    told = predict_at_load(REPLICA, Load(1.0, load, 1000.0, 200.0)).requests_per_s
    made = BenchmarkPoint("typed", f"c{load:g}.json", None, "", SLOWER * told, 1000.0, 200.0, load, {}, {})
    return replace(made, **changes)


def waiting(load: BenchmarkPoint) -> BenchmarkPoint:
    """The load with seven tenths of the time that requests are there (Little's law) before their first token."""
    there_ms = 1e3 * load.concurrency / load.requests_per_s
    each = 0.3 * there_ms / (load.output_tokens - 1.0)
    return replace(load, ttft_ms={"mean": 0.7 * there_ms}, tpot_ms={"mean": each})


SWEEP = [point(load) for load in LOADS]


def told(points: list[BenchmarkPoint], facts: BenchmarkFacts = FACTS) -> str:
    with pytest.raises(InstanceError) as caught:
        calibrated_sweep(points, facts, 0.01)
    return str(caught.value)


def test_a_slower_replica_is_predicted_slower() -> None:
    """Loads left out come out within 5 % where the shipped fit is 43 % too fast; those outside its band are told."""
    found = calibrated_sweep(SWEEP, FACTS, 0.01)
    errors = found.errors()
    assert errors["shipped"]["median"] == pytest.approx(1 / SLOWER - 1, abs=1e-4)
    assert errors["left_out"]["median"] < 0.05
    told = shipped().band(found.subject).low > SLOWER
    assert found.outside() == (SWEEP if told else [])
    record = found.record()
    assert (record["gpus"], record["engine"], record["layout"]) == (4, "vllm", "replica")
    assert record["factors"]["step"]["value"] < 1.0


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (SWEEP[:3], "3 loads are too few"),
        ([point(load) for load in (10.0, 12.0, 14.0, 20.0)], "too alike"),
        ([point(load, drafted=True) for load in LOADS], "drafts were verified"),
        (
            [waiting(point(load)) for load in LOADS],
            "waited longer than they were served",
        ),
        (
            [replace(one, requests_per_s=one.requests_per_s / SLOWER) for one in SWEEP],
            "the shipped fit stays",
        ),
    ],
)
def test_a_sweep_that_decides_nothing_is_refused(points: list[BenchmarkPoint], words: str) -> None:
    assert words in told(points)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "own-7b"}, "no model of the catalog"),
        ({"gpus": 1, "tensor_parallel": 1, "model": "llama-3.1-405b"}, "no prediction of llama-3.1-405b"),
        ({"model": "deepseek-r1", "tensor_parallel": None}, "give --tensor-parallel"),
    ],
)
def test_what_the_kernel_must_know_is_asked_for(changes: dict[str, Any], words: str) -> None:
    assert words in told(SWEEP, replace(FACTS, **changes))


def test_two_pairs_of_lengths_are_one_sweep() -> None:
    """Four loads, two at each pair of lengths."""
    longer = {"input_tokens": 4000.0, "output_tokens": 800.0}

    def rate(load: float) -> float:
        return SLOWER * predict_at_load(REPLICA, Load(1.0, load, 4000.0, 800.0)).requests_per_s

    points = [*SWEEP[:2], *(point(load, requests_per_s=rate(load), **longer) for load in (8.0, 32.0))]
    assert calibrated_sweep(points, FACTS, 0.01).errors()["left_out"]["median"] < 0.1


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


def test_from_files_to_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan uses it and says so, its audit agrees; asked for otherwise, that it counts for nothing is told."""
    monkeypatch.setenv(OWN, str(tmp_path / "ours"))
    (tmp_path / "ours").mkdir()
    files = [
        written(
            tmp_path,
            VLLM,
            f"c{load:g}.json",
            max_concurrency=load,
            request_throughput=one.requests_per_s,
            mean_ttft_ms=10.0,
            mean_tpot_ms=20.0,
            accelerator="h100",
            gpus="4",
            tensor_parallel="4",
            engine="vllm",
            precision="fp8",
        )
        for load, one in zip(LOADS, SWEEP, strict=True)
    ]
    shown = run("kernel", "calibrate", "--mine", *files)
    assert "left out / measured" in shown
    made = tmp_path / "ours" / "calibrations" / "h100_vllm_llama-3.1-70b_fp8.yaml"
    assert yaml.safe_load(made.read_text())["measured"].startswith("vllm: c1.json")
    deployment = {"role": "colocated", "gpus": 4, "engine": "vllm", "recipe": "fp8"}
    asked = question("llama-3.1-70b", "h100", {"price_usd_per_gpu_hour": 2.0}) | {"deployments": [deployment]}
    plan = planner.solve(planner.from_dict(asked))
    assert set(plan.frame("units")["provenance"]) == {f"own calibration, {made.name}, {_date(made)}"}
    assert planner.check(planner.from_dict(asked), plan).violations == ()
    assert doubts(asked) == []
    assert (
        "counts for nothing here" in doubts(asked | {"deployments": [deployment | {"engine": "sglang"}]})[0]
    )
    fleet = asked["fleet"] | {"h200": asked["fleet"]["h100"]}
    assert (
        "rates on h100 are by a calibration of your own, those on h200" in doubts(asked | {"fleet": fleet})[0]
    )
    made.write_text("factors: 1\n")
    with pytest.raises(InstanceError, match="missing 'engine'"):
        planner.from_dict(asked)


def test_without_a_folder_of_ones_own_a_file_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(OWN, raising=False)
    asked = ["kernel", "calibrate", "--mine", str(slower_sweep(tmp_path / "slower.csv"))]
    done = CliRunner().invoke(app, asked)
    assert "set PLANNER_CATALOG" in str(done.exception or done.output)
    record = json.loads(CliRunner().invoke(app, [*asked, "--json", "--out", str(tmp_path / "c.yaml")]).stdout)
    assert record["accelerator"] == "b200"
    assert (tmp_path / "c.yaml").exists()


def slower_sweep(file: Path) -> Path:
    """The shipped sweep with every time longer, so that its replica is slower than any fit would have it."""
    shipped_sweep = Path(__file__).parents[3] / "instances" / "benchmarks" / "deepseek-r1_b200_sglang.csv"
    lines = [line for line in shipped_sweep.read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        for row in rows:
            longer = {key: f"{float(row[key]) / SLOWER:.4g}" for key in ("mean_ttft_ms", "mean_tpot_ms")}
            rate = f"{float(row['requests_per_s']) * SLOWER:.4g}"
            writer.writerow(row | longer | {"requests_per_s": rate})
    return file


def doubts(asked: dict[str, Any]) -> list[str]:
    instance = planner.from_dict(asked)
    return list(calibration_doubts(instance, compute_rates(instance)))


def _date(file: Path) -> str:
    return str(yaml.safe_load(file.read_text())["date"])
