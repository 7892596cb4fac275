"""`planner import rates`: from result files to a plan that its audit accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from planner.app.cli.main import app
from planner.core.errors import ExitCode, InstanceError
from planner.loader.benchmarks.asked import read_asked
from tests.loader.benchmarks.samples import CSV, VLLM, written

REPLICA = ["--accelerator", "h100", "--gpus", "4", "--engine", "vllm 0.11.0"]
FLEET = {"h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 10}}}


def sweep(folder: Path) -> list[str]:
    """Three loads of one replica; 40 ms per output token lie half-way between the last two: 4.5 requests/s."""
    loads = {16: (2.5, 24.0), 32: (4.0, 32.0), 64: (5.0, 48.0)}
    return [
        str(
            written(
                folder,
                VLLM,
                f"run_{load}.json",
                max_concurrency=load,
                request_throughput=rate,
                mean_tpot_ms=tpot,
            )
        )
        for load, (rate, tpot) in loads.items()
    ]


def instance(folder: Path, deployments: object, **demand: object) -> Path:
    question = {
        "version": 1,
        "name": "own",
        "horizon": {"start": "2026-01-01T00:00+00:00", "period_hours": 1, "periods": 2},
        "workloads": {
            "chat": {
                "model": "llama-3.1-70b",
                "lengths": {"input_tokens": 1000, "output_tokens": 200},
                "sla": {"tpot_ms": 40},
                "demand": demand or {"requests_per_s": [20, 8]},
            }
        },
        "deployments": deployments,
        "fleet": FLEET,
    }
    file = folder / "own.yaml"
    file.write_text(yaml.safe_dump(question), encoding="utf-8")
    return file


def run(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done.stdout


def test_sweep_to_instance_to_plan_to_check(tmp_path: Path) -> None:
    """20 requests/s need 5 replicas of 4.5, and 8 need 2: 7 replica-hours of 4 GPUs at 2 USD."""
    run(
        "import",
        "rates",
        *sweep(tmp_path),
        *REPLICA,
        "--workload",
        "chat",
        "--tpot-ms",
        "40",
        "--out",
        tmp_path / "r.yaml",
    )
    text = (tmp_path / "r.yaml").read_text(encoding="utf-8")
    entry = yaml.safe_load(text)["deployments"]
    assert entry[0]["rate_requests_per_s"] == {"chat": 4.5}
    for words in ("gpus: 4 (--gpus)", "TPOT mean <= 40 ms is met", "run_32.json", "48 concurrent requests"):
        assert words in text
    question = instance(tmp_path, entry)
    plan = json.loads(run("solve", question, "--json", "--out", tmp_path / "plan", "-q"))
    assert plan["cost"] == pytest.approx(56.0)
    assert "the plan holds" in run("check", question, tmp_path / "plan")


def test_an_instance_gives_limits_lengths_and_role(tmp_path: Path) -> None:
    """Demand in tokens makes two rates of a co-located unit, which the plan then uses."""
    files = sweep(tmp_path)
    demand = {"input_tokens_per_s": [20_000, 8_000], "output_tokens_per_s": [4_000, 1_600]}
    question = instance(tmp_path, [{"role": "colocated", "ep": 4}], **demand)
    told = json.loads(run("import", "rates", *files, *REPLICA, "--for", question, "--json"))
    assert told["requests_per_s"] == pytest.approx(4.5)
    assert told["measured"]["beyond"] == "TPOT mean <= 40 ms is met"
    question = instance(tmp_path, [told["deployment"]], **demand)
    run("solve", question, "--out", tmp_path / "plan", "-q")
    assert "the plan holds" in run("check", question, tmp_path / "plan")


@pytest.mark.parametrize(
    "demand", [{}, {"input_tokens_per_s": [20_000, 8_000], "output_tokens_per_s": [4_000, 1_600]}]
)
def test_an_instance_may_lack_deployments_until_there_is_one(
    tmp_path: Path, demand: dict[str, list[int]]
) -> None:
    """A file begun without deployments gets its first by `--for`; one with another fault is refused."""
    files = sweep(tmp_path)
    question = instance(tmp_path, [], **demand)
    told = json.loads(run("import", "rates", *files, *REPLICA, "--for", question, "--json"))
    done = instance(tmp_path, [told["deployment"]], **demand)
    assert "the plan holds" in run("check", done, _solved(done, tmp_path / "plan"))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(question.read_text().replace("tpot_ms: 40", "tpot_ms: -1"), encoding="utf-8")
    with pytest.raises(InstanceError, match="tpot_ms"):
        read_asked(wrong)


def _solved(question: Path, folder: Path) -> Path:
    run("solve", question, "--out", folder, "-q")
    return folder


def test_what_is_missing_or_contradicted_is_refused(tmp_path: Path) -> None:
    files = sweep(tmp_path)
    code = int(ExitCode.INVALID_INPUT)
    question = instance(tmp_path, [{"role": "colocated", "ep": 4}])
    for words in (
        [*files, "--workload", "chat"],
        [*files, *REPLICA],
        [*files, *REPLICA, "--for", question, "--workload", "talk"],
        [*files, *REPLICA, "--for", question, "--role", "request"],
        [*files, *REPLICA, "--workload", "chat", "--tpot-ms", "fast"],
    ):
        done = CliRunner().invoke(app, ["import", "rates", *map(str, words)])
        assert done.exit_code == code or done.exception is not None
        assert not isinstance(done.exception, TypeError | KeyError | AttributeError | ValueError)


def test_a_csv_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(CSV, encoding="utf-8")
    entry = yaml.safe_load(run("import", "rates", tmp_path / "rows.csv", *REPLICA, "--workload", "chat"))[
        "deployments"
    ][0]
    assert entry["rate_requests_per_s"] == {"chat": 4.0}


def test_texts_of_a_file_stay_texts(tmp_path: Path) -> None:
    """A model of a strange name adds no key to what is written."""
    file = written(tmp_path, VLLM, model_id="x\ndeployments: []\n#")
    text = run("import", "rates", file, *REPLICA, "--workload", "chat")
    assert len(yaml.safe_load(text)["deployments"]) == 1


def test_the_sweep_that_is_shipped() -> None:
    """40 ms lie at (40 - 28.68) / (42.55 - 28.68) of the way from 4.6 to 6.2 requests/s."""
    file = Path(__file__).parents[3] / "instances" / "benchmarks" / "deepseek-r1_b200_sglang.csv"
    told = json.loads(run("import", "rates", file, "--workload", "chat", "--tpot-ms", "40", "--json"))
    assert told["requests_per_s"] == pytest.approx(4.6 + 1.6 * (40 - 28.68) / (42.55 - 28.68))


def test_the_kernel_is_asked_for_the_precision_and_the_engine_that_were_measured(tmp_path: Path) -> None:
    """FP8 and SGLang of March 2026, as the file states: within a sixth of what was measured. Unstated it is FP4."""
    file = Path(__file__).parents[3] / "instances" / "benchmarks" / "deepseek-r1_b200_sglang.csv"
    asked = ("--workload", "chat", "--tpot-ms", "40")
    found = re.search(
        r"the kernel predicts ([\d.]+) requests/s at this load and these lengths, as fp8, sglang-2026-03",
        run("import", "rates", file, *asked),
    )
    assert found is not None
    assert float(found.group(1)) == pytest.approx(5.90584, rel=1 / 6)
    rows = file.read_text(encoding="utf-8").splitlines()
    unstated = tmp_path / "unstated.csv"
    unstated.write_text("\n".join(row.rpartition(",")[0] for row in rows if row[0] != "#"), encoding="utf-8")
    text = run("import", "rates", unstated, *asked)
    assert "as fp4, sglang" in text
    assert "recipe: auto (nobody says it" in text


def test_the_readme_shows_what_is_printed() -> None:
    """The command of README.md and the lines below it, comments left out as there."""
    root = Path(__file__).parents[3]
    _, _, after = (root / "README.md").read_text(encoding="utf-8").partition("$ planner import rates ")
    command, _, shown = after.partition("```")[0].partition("\n")
    words = command.partition(" 2>")[0].split()
    text = run("import", "rates", root / words[0], *words[1:])
    assert [line for line in text.splitlines() if not line.startswith("#")] == shown.splitlines()
