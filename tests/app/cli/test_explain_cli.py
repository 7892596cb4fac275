"""`explain`, `alternatives` and warm starts on the command line: JSON, tables, exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.app.cli.commands import run_here as run

if TYPE_CHECKING:
    from pathlib import Path

TINY = "instances/tiny.yaml"
SHORT = ("--set", "fleet.h800.rent.max_nodes=1", "--set", "fleet.h800.reserve.max_nodes=2")


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("solved")
    assert run("solve", TINY, "--out", str(folder), "-q").returncode == 0
    return folder


def test_explain_json() -> None:
    done = run("explain", TINY, "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["relaxed_cost"] == pytest.approx(89.6)
    assert {entry["work"] for entry in record["marginals"]} == {"chat.prefill", "chat.decode"}


def test_explain_table_of_a_given_plan(solved: Path) -> None:
    done = run("explain", TINY, str(solved))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tiny: solved within the gap of 0.5 % that was asked for")
    dear = "A million tokens more of chat.prefill costs 4.444 USD in the long run at 2025-01-01 00:00"
    assert done.stdout.index(dear) < done.stdout.index("What binds")
    for heading in ("What binds", "One more token/s", "next best", "Commitments against hiring"):
        assert heading in done.stdout


def test_explain_infeasible() -> None:
    done = run("explain", TINY, *SHORT)
    assert done.returncode == 4
    assert "cheapest repair: raise fleet.h800.reserve.max_nodes by 3 nodes, from 2 to 5" in done.stdout
    assert "Traceback" not in done.stderr


def test_explain_refuses_the_plan_of_another_question(solved: Path) -> None:
    done = run("explain", TINY, str(solved), "--set", "workloads.chat.demand.scale=2")
    assert done.returncode == 3
    assert "does not hold for this instance" in done.stderr


def test_alternatives(tmp_path: Path) -> None:
    done = run("alternatives", TINY, "--slack", "20%", "--gap", "0", "--json", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["slack"] == pytest.approx(0.2)
    assert [entry["goal"] for entry in record["alternatives"]] == ["least commitment"]
    assert run("check", TINY, str(tmp_path / "least_commitment")).returncode == 0


@pytest.mark.parametrize(("slack", "code"), [("lots", 2), ("-1%", 2)])
def test_slack_must_be_a_share(slack: str, code: int) -> None:
    assert run("alternatives", TINY, "--slack", slack).returncode == code


def test_alternatives_to_nothing() -> None:
    done = run("alternatives", TINY, *SHORT)
    assert done.returncode == 4
    assert "cheapest repair" in done.stderr


def test_warm_start_with_limits_on_change(solved: Path) -> None:
    more = ("--set", "workloads.chat.demand.scale=1.3", "--warm", str(solved), "-q", "--json")
    # a third decode unit of 2 nodes must join in the first hour
    assert run("solve", TINY, *more, "--max-nodes-moved", "2").returncode == 0
    refused = run("solve", TINY, *more, "--max-nodes-moved", "1")
    assert refused.returncode == 4
    assert any("limits.change.max_nodes_moved" in reason for reason in json.loads(refused.stdout)["reasons"])
    assert run("solve", TINY, "--max-nodes-moved", "2").returncode == 2
