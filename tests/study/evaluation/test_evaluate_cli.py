"""`planner evaluate` as a user runs it."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from planner.app.cli.evaluate import evaluate
from planner.core.errors import InstanceError

app = typer.Typer()
app.command()(evaluate)
runner = CliRunner()
DAY = ["instances/deepseek_day.yaml", "--schedule", "instances/series/deepseek_nodes.csv"]


def test_json_has_the_published_figures() -> None:
    result = runner.invoke(app, [*DAY, "--no-optimum", "--json"])
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert record["nodes_mean"] == 226.75
    assert record["cost"] == pytest.approx(87_072.0)
    assert record["theoretical"]["margin_on_cost"] == pytest.approx(5.4556, abs=1e-4)
    assert record["optimum"] is None


def test_table_shows_schedule_and_optimum() -> None:
    result = runner.invoke(app, ["instances/tiny.yaml", "--fleet", "h800.rent=6"])
    assert result.exit_code == 0
    assert "192.00" in result.stdout  # 6 nodes, two hours, 16 USD
    assert "108.00 (optimal)" in result.stdout
    assert "break-even load" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--fleet", "h800.rent=many"],
        ["--fleet", "h800.rent=2", "--fleet", "h800.rent=3"],
        [*DAY[1:], "--fleet", "h800=1"],
    ],
)
def test_what_is_asked_must_be_clear(arguments: list[str]) -> None:
    result = runner.invoke(app, ["instances/tiny.yaml", *arguments])
    assert isinstance(result.exception, InstanceError)
