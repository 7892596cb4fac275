"""The command line: output, files, exit codes, Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.cli.commands import PLANNER, run, run_here

CONTRACT = {
    *("schema_version", "instance", "status", "cost", "bound", "gap", "limit", "currency", "seconds"),
    *("solver", "method", "seed", "cost_terms", "fleet", "hours", "warnings"),
}


def test_json_is_the_contract_and_nothing_else() -> None:
    done = run("solve", "instances/tiny.yaml", "--json", "--gap", "0")
    assert done.returncode == 0
    record = json.loads(done.stdout)
    assert set(record) >= CONTRACT
    assert record["cost"] == pytest.approx(108.0)
    assert record["status"] == "optimal"
    assert sum(record["cost_terms"].values()) == pytest.approx(record["cost"])


def test_console_view_says_what_to_do() -> None:
    done = run_here("solve", "instances/tiny.yaml")
    assert done.returncode == 0
    for text in ("108.00", "4 nodes = 2 decode units x 16 GPUs", "reserve", "gap 0.000%", "per million"):
        assert text in done.stdout
    assert "\x1b" not in done.stdout


def test_out_check_and_tampering(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert run("solve", "instances/tiny.yaml", "--out", str(folder), "-q").returncode == 0
    assert {path.name for path in folder.iterdir()} >= {"plan.json", "fleet.csv", "hours.csv", "costs.csv"}
    assert run_here("check", "instances/tiny.yaml", str(folder)).returncode == 0
    plan = json.loads((folder / "plan.json").read_text())
    plan["units"][0]["on"][0] -= 1
    (folder / "plan.json").write_text(json.dumps(plan))
    done = run_here("check", "instances/tiny.yaml", str(folder), "--json")
    assert done.returncode == 4
    assert not json.loads(done.stdout)["passed"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["solve"], 2, "Missing argument"),
        (["solve", "instances/tiny.yaml", "--nope"], 2, "No such option"),
        (["solve", "nowhere.yaml"], 3, "nowhere.yaml: cannot read the file"),
        (["solve", "README.md"], 3, "README.md"),
        (["solve", "instances/tiny.yaml", "--set", "name"], 3, "expected key=value"),
        (
            ["solve", "instances/tiny.yaml", "--set", "fleet.h800.rent.max_node=3"],
            3,
            "did you mean 'max_nodes'?",
        ),
        (
            ["solve", "instances/tiny.yaml", "--set", "fleet.h800.rent.price_usd_per_gpu_hour=-1"],
            3,
            "does not fit: write a number, 0 or more",
        ),
        (["solve", "instances/tiny.yaml", "--solver", "nix"], 7, "no engine is called 'nix'"),
        (["check", "instances/tiny.yaml", "README.md"], 3, "not a plan"),
        (["check", "instances/tiny.yaml", "nowhere"], 3, "cannot read the plan"),
    ],
)
def test_bad_input_has_a_clear_message_and_its_exit_code(
    arguments: list[str], code: int, message: str
) -> None:
    done = run_here(*arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("arguments", [["solve", "nowhere.yaml"], ["schema"]])
def test_a_process_of_its_own_ends_as_one_called_here(arguments: list[str]) -> None:
    apart, here = run(*arguments), run_here(*arguments)
    assert (apart.returncode, apart.stdout) == (here.returncode, here.stdout)
    assert apart.stderr == here.stderr


def test_infeasible_says_which_hour_what_and_by_how_much() -> None:
    limits = ["--set", "fleet.h800.rent.max_nodes=1", "--set", "fleet.h800.reserve.max_nodes=2"]
    done = run_here("solve", "instances/tiny.yaml", *limits, "--json")
    assert done.returncode == 4
    record = json.loads(done.stdout)
    assert record["status"] == "infeasible"
    assert any("2025-01-01T00:00+00:00" in reason for reason in record["reasons"])


PEAK = ("instances/peak.yaml", "--set", "workloads.chat.sla.availability=null")
"""Never solved to a gap of nothing; without the promise of availability there is a plan within two seconds."""


def test_a_time_limit_gives_the_plan_so_far_with_its_true_gap() -> None:
    for seconds in ("2", "8", "32"):  # more only where the machine found no plan in less
        done = run("solve", *PEAK, "--time-limit", seconds, "--gap", "0", "--json")
        if done.returncode != 6:
            break
    record = json.loads(done.stdout)
    assert done.returncode == (5 if record["recommended"] else 8)
    assert record["recommended"] == (record["gap"] <= 0.05)
    assert record["status"] == "feasible"
    assert record["limit"] == "time"
    assert 0 < record["gap"] <= 1  # 1: the only bound so far is that nothing costs less than nothing


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_the_incumbent(number: signal.Signals, tmp_path: Path) -> None:
    command = [
        *PLANNER,
        "solve",
        *PEAK,
        "--gap",
        "0",
        "--out",
        str(tmp_path),
        "--events",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if json.loads(line)["cost"] is not None:
                break
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out)["limit"] == "interrupt"
    assert json.loads((tmp_path / "plan.json").read_text())["status"] == "feasible"


def test_rates_name_what_binds_and_why_others_were_left_out() -> None:
    done = run_here("rates", "instances/peak.yaml", "--json")
    assert done.returncode == 0
    table = json.loads(done.stdout)
    assert all(row["binding"] for row in table["rates"])
    assert all(row["why"] for row in table["rejected"])


def test_schema_is_the_one_that_ships() -> None:
    done = run_here("schema")
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads(
        Path("planner/loader/schemas/instance.schema.json").read_text()
    )


def test_validate_explains_where_values_come_from() -> None:
    done = run_here("validate", "instances/tiny.yaml", "--explain")
    assert done.returncode == 0
    assert "given" in done.stdout
    assert "default" in done.stdout
    assert "catalog" in done.stdout


def test_validate_tells_prices_that_may_be_of_a_node() -> None:
    dear = run_here(
        "validate", "instances/dense_70b.yaml", "--set", "fleet.h100.nebius.price_usd_per_gpu_hour=55.04"
    )
    assert dear.returncode == 0
    assert "! fleet.h100.nebius: 55.04 USD/GPU-hour is above all list prices known" in dear.stdout
    assert "is it of a node of 8, 6.88 a GPU (price_usd_per_node_hour)?" in dear.stdout
    assert "!" not in run_here("validate", "instances/dense_70b.yaml").stdout


def test_the_face_loads_no_solver() -> None:
    code = (
        "import sys, planner\nplanner.load('instances/tiny.yaml')\n"
        "bad = [name for name in ('pulp', 'ortools', 'highspy', 'pandas', 'scipy') if name in sys.modules]\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, planner.app.cli.main\n"
        "bad = [n for n in ('numpy', 'pandas', 'pydantic', 'pulp', 'ortools', 'highspy') if n in sys.modules]\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
