"""An option that is for inputs that are not there is refused, by the panel of the help that it stands in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.app.cli.commands import run_here
from tests.loader.benchmarks.samples import VLLM
from tests.loader.demand.samples import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

INIT = ("init", "--model", "llama-70b", "--hardware", "h100", "--price", "h100=2")
MEAN = ("--requests-per-s", "5", "--input-tokens", "900", "--output-tokens", "200")


def refused(*arguments: str) -> list[str]:
    done = run_here(*arguments)
    assert done.returncode == 3, done.stderr
    return [line.split(":")[0] for line in done.stderr.splitlines() if line.startswith("--")]


def test_options_of_files_and_tests_need_them(tmp_path: Path) -> None:
    idle = ("--timezone", "UTC", "--fill", "gaps=zero", "--gpus", "2", "--cloud", "aws", "--log-model", "m")
    out = tmp_path / "a.yaml"
    assert set(refused(*INIT, *MEAN, *idle, "--out", str(out))) == {*idle[::2]}
    assert not out.exists()


def hours(folder: Path) -> str:
    rows = (f"2026-03-02T{hour:02}:00Z,{3_600 + hour},3600000,720000" for hour in range(24))
    (folder / "hours.csv").write_text("\n".join(["time,requests,input_tokens,output_tokens", *rows]) + "\n")
    return str(folder / "hours.csv")


def test_a_mean_beside_files_and_a_start_of_moments_are_refused(tmp_path: Path) -> None:
    series, out = hours(tmp_path), str(tmp_path / "a.yaml")
    options = refused(
        *INIT, "--from-csv", series, "--requests-per-s", "5", "--start", "2026-03-02T00:00Z", "--out", out
    )
    assert set(options) == {"--requests-per-s", "--start"}
    more = ("--start", "2026-03-02T00:00Z", "--cache-minutes", "5", "--model", "m")
    assert set(refused("import", "demand", series, *more)) == {"--start", "--cache-minutes", "--model"}
    more = ("--periods", "24", "--naive", "--start", "2026-03-02T00:00Z", "--workload", "api")
    assert set(refused("forecast", series, *more)) == {"--start", "--workload"}


def test_nothing_but_where_it_goes_stands_beside_an_example(tmp_path: Path) -> None:
    options = refused("init", "--example", "tiny", "--out", str(tmp_path), "--model", "llama-70b", *MEAN)
    assert set(options) == {"--model", *MEAN[::2]}


def test_a_treatment_without_its_defect_is_said(tmp_path: Path) -> None:
    done = run_here(
        "import", "demand", hours(tmp_path), "--fill", "gaps=zero", "--out", str(tmp_path / "d.csv")
    )
    assert done.returncode == 0
    assert "note: --fill gaps=zero: there was nothing to do" in done.stderr


def test_models_of_a_log_are_asked_for_by_the_option_that_there_is(tmp_path: Path) -> None:
    (tmp_path / "burst.csv").write_text(SAMPLES["burstgpt"].text.replace("10,ChatGPT,200", "10,GPT-4,200"))
    log = ("--from-log", str(tmp_path / "burst.csv"), "--start", "2025-03-03T10:00Z")
    done = run_here(*INIT, *log, "--out", str(tmp_path / "a.yaml"))
    assert "--log-model NAME takes one" in " ".join(done.stderr.split())


def test_what_is_read_and_set_aside_is_said_by_init_too(tmp_path: Path) -> None:
    series, out = hours(tmp_path), str(tmp_path / "a.yaml")
    other = tmp_path / "more.csv"
    other.write_text(
        (tmp_path / "hours.csv").read_text().replace(",3600000,", ",3600001,").replace(",3600,", ",3700,")
    )
    done = run_here(*INIT, "--from-csv", series, "--from-csv", str(other), "--out", out)
    assert done.returncode == 0, done.stderr
    assert "note: requests: added over 2 series" in done.stderr


def test_a_load_test_beside_several_kinds_of_hardware_says_which_it_is_of(tmp_path: Path) -> None:
    run = {**VLLM, "model_id": "Qwen/Qwen3-32B", "total_input_tokens": 400_000}
    (tmp_path / "run.json").write_text(json.dumps(run))
    tested = ("--load-test", str(tmp_path / "run.json"), "--gpus", "2", "--engine", "vllm 0.11.0")
    both = ("init", "--hardware", "h100", "--hardware", "h200", "--price", "h100=2", "--price", "h200=3")
    told = (*both, *MEAN, *tested, "--tpot-ms", "60", "--out", str(tmp_path / "a.yaml"))
    done = run_here(*told)
    assert done.returncode == 3
    assert "give --accelerator, which of --hardware it is of" in " ".join(done.stderr.split())
    done = run_here(*told, "--accelerator", "h100")
    assert done.returncode == 0, done.stderr
