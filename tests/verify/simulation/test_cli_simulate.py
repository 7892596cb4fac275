"""`planner simulate` from the command line: verdict, exit code, JSON, and refusals without a traceback."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

import planner
from planner.app.cli.simulate import simulate
from planner.core.errors import ExitCode, InstanceError
from tests.verify.simulation.test_simulate import DATA, INSTANCE, plan_of

FEW = ["--seeds", "2", "--requests", "20000", "--quiet"]


@pytest.fixture
def app():
    app = typer.Typer()
    app.command()(simulate)
    return app


@pytest.fixture
def plan_file(tmp_path):
    plan = plan_of(planner.from_dict(INSTANCE))
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan.to_dict()))
    return path


def run(app, *arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_kept_promises_exit_zero(app, plan_file):
    done = run(app, plan_file, *FEW)
    assert done.exit_code == ExitCode.SOLVED
    assert "TTFT p95 <= 2000 ms: kept in every period" in done.stdout
    assert "no headroom for waits" in done.stdout


def test_a_broken_promise_is_reported_by_period(app, plan_file):
    done = run(app, plan_file, *FEW, "--load", "1.4")
    assert done.exit_code == ExitCode.INFEASIBLE
    assert "broken in" in done.stdout
    assert "2025-01-01T00:00" in done.stdout


def test_the_day_that_comes_instead(app, plan_file, tmp_path):
    actual = tmp_path / "actual.csv"
    actual.write_text("input_tokens_per_s,output_tokens_per_s\n90000,18000\n30000,6000\n")
    done = run(app, plan_file, *FEW, "--demand", actual, "--json")
    kept = json.loads(done.stdout)["workloads"][0]["promises"][0]["kept"]
    assert done.exit_code == ExitCode.INFEASIBLE
    assert kept[0] is False
    slower = json.loads(run(app, plan_file, *FEW, "--rate", "0.7", "--json").stdout)
    assert slower["verdict"] == "broken"
    actual.write_text("input_tokens_per_s\n-1\n")
    assert "periods" in str(run(app, plan_file, "--demand", actual).exception)


def test_margins_by_demand_and_speed(app, plan_file, tmp_path):
    """Units read 40,000 of 30,000 in the second hour, 80,000 of 60,000 in the first: a third more is too much."""
    picture, few = tmp_path / "margins.svg", ["--seeds", "1", "--requests", "1000", "--quiet"]
    done = run(app, plan_file, "--margins", "--loads", "1,1.5", "--rates", "1", *few, "--plot", picture)
    lines = done.stdout.splitlines()
    assert done.exit_code == ExitCode.SOLVED
    assert ["rates x 1" in lines[1], "kept: chat" in lines[2], "+50.0%" in lines[3]] == [True] * 3
    assert "broken: chat" in lines[3]
    assert b"<svg" in picture.read_bytes()
    slow = run(app, plan_file, "--margins", "--loads", "1", "--rates", "0.6", *few, "--json")
    (cell,) = json.loads(slow.stdout)["cells"]
    assert slow.exit_code == ExitCode.INFEASIBLE
    assert (cell["rate"], cell["load"], cell["verdict"]) == (0.6, 1.0, "broken")
    assert cell["short"] > 0.0
    for wrong in (["--loads", "1"], ["--margins", "--rates", "1,x"], ["--margins", "--measure"]):
        assert isinstance(run(app, plan_file, *wrong).exception, InstanceError)


def test_a_trace_as_it_is_comes_in_the_first_period_only(app, plan_file):
    trace = DATA / "azure2023_conv_excerpt.csv"
    done = run(app, plan_file, *FEW, "--trace", trace, "--as-it-is", "--router", "random", "--json")
    record = json.loads(done.stdout)
    assert record["router"] == "random"
    assert record["workloads"][0]["requests"] == 2 * (len(trace.read_text().splitlines()) - 1)
    assert record["workloads"][0]["replayed_s_per_period"] == 3600.0
    for wrong in (["--as-it-is"], ["--router", "best"], ["--ranks", "best"]):
        assert isinstance(run(app, plan_file, *wrong).exception, InstanceError)


def test_json_and_trace(app, plan_file):
    trace = DATA / "mooncake_conversation_excerpt.jsonl"
    done = run(app, plan_file.parent, *FEW, "--trace", trace, "--cache-blocks", "100", "--json")
    record = json.loads(done.stdout)
    assert record["trace"] == trace.name
    assert record["workloads"][0]["cache_hit_share"] > 0
    assert len(record["workloads"][0]["promises"][0]["share"]) == 2


def test_measured_limits_fit_an_instance(app, plan_file):
    done = run(app, plan_file, "--trace", DATA / "azure2023_conv_excerpt.csv", "--measure")
    limits = json.loads(done.stdout)
    data = json.loads(json.dumps(INSTANCE))
    data["workloads"]["chat"]["queueing"] = limits
    queueing = planner.from_dict(data).workloads["chat"].queueing
    assert 0 < queueing.prefill_busy_limit < 1
    assert 0 < queueing.decode_busy_limit < 1


def test_refusals(app, plan_file, tmp_path):
    for arguments in (
        (tmp_path / "none.json",),
        (plan_file, "--trace", tmp_path / "none.csv"),
        (plan_file, "--measure"),
    ):
        assert isinstance(run(app, *arguments).exception, InstanceError)
    record = json.loads(plan_file.read_text())
    record["question"] = {}
    plan_file.write_text(json.dumps(record))
    assert "carry" in str(run(app, plan_file).exception)
