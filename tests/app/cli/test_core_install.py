"""On a core install every verb works, or names the package and the extra that it lacks, and how to get it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import planner
from kernels.calibration.runs import shipped_points
from planner.app.cli.main import app
from planner.core import extras
from planner.core.errors import ExitCode
from planner.view.exports import export
from tests.app.cli.core_only import ROOT, name_of, project
from tests.examples import plain, small

LACKING = {
    "report PLAN --html OUT/r.html": (ExitCode.INVALID_INPUT, "jinja2"),
    "report PLAN --html OUT/r.html --explain": (ExitCode.INVALID_INPUT, "jinja2"),
    "track PLAN --usage BILL --html OUT/t.html": (ExitCode.INVALID_INPUT, "jinja2"),
    "export PLAN --xlsx OUT/x.xlsx": (ExitCode.INVALID_INPUT, "xlsxwriter"),
    "export PLAN --quotes OUT/q.xlsx": (ExitCode.INVALID_INPUT, "xlsxwriter"),
    "export PLAN --parquet OUT/tables": (ExitCode.INVALID_INPUT, "pyarrow"),
    "forecast WEEK --periods 24": (ExitCode.INVALID_INPUT, "statsmodels"),
    "backtest TINY --history WEEK --periods 2 --horizons 1 --shed-usd-per-million 5": (
        ExitCode.INVALID_INPUT,
        "statsmodels",
    ),
    "solve TINY --quotes QUOTES": (ExitCode.INVALID_INPUT, "openpyxl"),
    "sweep SPEC --out OUT/t.parquet": (ExitCode.INVALID_INPUT, "pyarrow"),
    "sweep SPEC --executor dask --out OUT/d.csv": (ExitCode.SOLVER_UNAVAILABLE, "distributed"),
    "rates PEAK --source aiconfigurator": (ExitCode.SOLVER_UNAVAILABLE, "aiconfigurator"),
    "serve --port 0 --database OUT/jobs.sqlite": (ExitCode.INVALID_INPUT, "fastapi, uvicorn, jinja2"),
}
WORKING = (
    "solve TINY -q --out OUT/plan",
    "validate TINY",
    "rates TINY",
    "check TINY PLAN",
    "explain TINY PLAN",
    "alternatives TINY --solver highs",
    "export PLAN --csv OUT/tables --focus OUT/f.csv --json OUT/p.json --lp OUT/p.lp --mps OUT/p.mps",
    "compare PLAN TINY",
    "sweep SPEC --out OUT/t.csv -q --workers 1",
    "evaluate TINY --fleet h800.rent=5",
    "worth SCENARIOS",
    "deferral WAITS",
    "attribute TINY",
    "track PLAN --usage BILL --no-optimum",
    "roll TINY --came CAME --shed-usd-per-million 5",
    "simulate WAITED --seeds 1 --requests 3000",
    "schema",
    "catalog list",
    "catalog show hyperscalers_2026_07",
    "catalog check hyperscalers_2026_07",
    "catalog import --help",
    "import prices --help",
    "catalog import-model --help",
    "catalog models",
    "catalog prices h100",
    "catalog hardware",
    "import rates SWEEP --workload chat --tpot-ms 40",
    "init --model llama-70b --hardware h100 --price h100=2 --requests-per-s 5 --input-tokens 500 --output-tokens 100 "
    "--out FOLDER/first.yaml",
    "import demand LOG --timezone UTC --period-minutes 1",
    "forecast WEEK --periods 24 --naive",
    "backtest TINY --history PAST --horizons 1 --shed-usd-per-million 5 --naive --no-scenarios",
    "kernel validate POINTS",
    "kernel terms",
    "kernel calibrate --help",
    "sensitivity tornado TINY -q --workers 1",
    "sensitivity break-even TINY workloads.chat.demand.scale=0.5:2",
    "sensitivity regret TINY --case base --case low:workloads.chat.demand.scale=0.5 -q --workers 1",
    "sensitivity promises TINY --set workloads.chat.sla.tpot_ms=50",
)
WAITS = {
    "workloads.chat.lengths": {"input_tokens": 1500, "output_tokens": 300},
    "workloads.chat.sla": {"tpot_ms": 1000},
    "workloads.chat.deferral": {"deadline_hours": 1},
}
SPEC = """
version: 1
instance: {tiny}
design: grid
inputs: {{workloads.chat.demand.scale: [1.0]}}
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Exit code and output of every command line."""
    folder = tmp_path_factory.mktemp("core")
    tiny = ROOT / "instances" / "tiny.yaml"
    plan = planner.solve(planner.load(tiny))
    (folder / "plan.json").write_text(json.dumps(plan.to_dict()))
    (folder / "waits.yaml").write_text(json.dumps(plain(WAITS)))
    waits = planner.solve(small(WAITS), planner.SolveOptions(solver="highs"))
    (folder / "waits.json").write_text(json.dumps(waits.to_dict()))
    export(plan, "quotes", folder / "quotes.xlsx")
    hours = [f"2024-12-{27 + hour // 24}T{hour % 24:02}:00+00:00,1000,200" for hour in range(120)]
    (folder / "past.csv").write_text("\n".join(["time,input_tokens_per_s,output_tokens_per_s", *hours]))
    (folder / "points.json").write_text(json.dumps(shipped_points()[:3]))
    (folder / "spec.yaml").write_text(SPEC.format(tiny=tiny))
    places = {
        "OUT/": f"{folder}/",
        "WAITED": str(folder / "waits.json"),
        "WAITS": str(folder / "waits.yaml"),
        "PLAN": str(folder / "plan.json"),
        "TINY": str(tiny),
        "PEAK": str(ROOT / "instances" / "peak.yaml"),
        "SPEC": str(folder / "spec.yaml"),
        "SCENARIOS": str(ROOT / "instances" / "scenarios.yaml"),
        "SWEEP": str(ROOT / "instances" / "benchmarks" / "deepseek-r1_b200_sglang.csv"),
        "FOLDER": str(folder),
        "WEEK": str(ROOT / "instances" / "series" / "azure2024_conv_week.csv"),
        "LOG": str(ROOT / "tests" / "data" / "azure2023_conv_excerpt.csv"),
        "QUOTES": str(folder / "quotes.xlsx"),
        "PAST": str(folder / "past.csv"),
        "POINTS": str(folder / "points.json"),
        "CAME": str(ROOT / "instances" / "usage" / "tiny_tokens.csv"),
        "BILL": str(ROOT / "instances" / "usage" / "tiny_bill.csv"),
    }
    asked = [_placed(line, places) for line in (*LACKING, *WORKING)]
    (folder / "asked.json").write_text(json.dumps(asked))
    command = [sys.executable, "-m", "tests.app.cli.core_only", str(folder / "asked.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return dict(zip((*LACKING, *WORKING), told, strict=True))


def _placed(line: str, places: dict[str, str]) -> list[str]:
    for name, place in places.items():
        line = line.replace(name, place)
    return line.split()


@pytest.mark.parametrize("line", LACKING)
def test_a_verb_names_what_it_lacks(line: str, answers: dict[str, tuple[int, str]]) -> None:
    code, modules = LACKING[line]
    exit_code, told = answers[line]
    assert exit_code == code, told
    assert modules in told
    for module in modules.split(", "):
        needed = extras.MODULES[module]
        assert f"[{needed.extra}]" in told
        assert shlex.quote(needed.requirement) in told


@pytest.mark.parametrize("line", WORKING)
def test_other_verbs_work(line: str, answers: dict[str, tuple[int, str]]) -> None:
    exit_code, told = answers[line]
    # a plan that is busy all the time gets its verdict too
    assert exit_code == (ExitCode.INFEASIBLE if line.startswith("simulate") else ExitCode.SOLVED), told


def test_every_verb_is_tried() -> None:
    group = typer.main.get_command(app)
    verbs = set()
    for name, verb in group.commands.items():  # type: ignore[attr-defined]
        verbs |= {f"{name} {sub}" for sub in verb.commands} if hasattr(verb, "commands") else {name}
    tried = {*LACKING, *WORKING}
    assert [verb for verb in sorted(verbs) if not any(line.startswith(verb) for line in tried)] == []


def test_the_advice_is_what_the_extras_hold() -> None:
    held = project()["optional-dependencies"]
    assert isinstance(held, dict)
    for module, needed in extras.MODULES.items():
        assert needed.requirement in held[needed.extra], module
        assert name_of(needed.requirement) == module


def test_a_package_that_does_not_load_is_reported_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "brokenpackage.py").write_text("raise OSError('libbroken.so: cannot open')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(extras.ExtraMissing, match=r"does not load: OSError: libbroken.so"):
        extras.need("a picture", "brokenpackage")
