"""`planner catalog` as a user runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from planner.app.cli.catalog import app
from planner.core.errors import InstanceError
from planner.loader.catalog import books, fact_books, read_book

if TYPE_CHECKING:
    from pathlib import Path

runner = CliRunner()


def test_list_names_every_book() -> None:
    table = runner.invoke(app, ["list"])
    assert table.exit_code == 0
    rows = json.loads(runner.invoke(app, ["list", "--json"]).stdout)
    assert {row["book"] for row in rows} == {*books(), *fact_books()}
    assert all(row["book"] in table.stdout for row in rows)


def test_show_filters_and_names_its_sources() -> None:
    shown = runner.invoke(app, ["show", "hyperscalers_2026_07", "--hardware", "h100", "--provider", "AWS"])
    assert "6.88" in shown.stdout
    assert "source: github.com/aws/karpenter-provider-aws" in shown.stdout
    lines = json.loads(runner.invoke(app, ["show", "capex_2026", "--json"]).stdout)["lines"]
    assert any(line["value"] is None and line["note"] for line in lines)


def test_show_refuses_what_is_not_there() -> None:
    assert isinstance(
        runner.invoke(app, ["show", "tokens_2025", "--hardware", "h100"]).exception, InstanceError
    )
    assert isinstance(
        runner.invoke(app, ["show", "china_2026", "--hardware", "b200"]).exception, InstanceError
    )


def test_check_passes_shipped_books_and_fails_a_bad_file(tmp_path: Path) -> None:
    assert runner.invoke(app, ["check", "--as-of", "2026-07-31"]).exit_code == 0
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "provider,region,hardware,gpus,term,price,currency,unit,date,source,note\n"
        "A,r,h100,8,on_demand,700,USD,gpu_hour,2026-07-01,s,\n"
    )
    result = runner.invoke(app, ["check", str(bad), "--as-of", "2026-07-31", "--json"])
    assert result.exit_code == 3
    assert json.loads(result.stdout)["books"][str(bad)][0]["rule"] == "sentinel"


def test_import_writes_a_book_that_reads_back(tmp_path: Path) -> None:
    catalog = tmp_path / "vms.csv"
    catalog.write_text(
        "InstanceType,AcceleratorName,AcceleratorCount,Price,SpotPrice,Region\n"
        "gpu-h200-sxm_8gpu,H200,8,28.00,11.60,eu-north1\n"
        ",B200,8,44.00,,eu-north1\n"
    )
    out = tmp_path / "nebius.csv"
    options = ["--provider", "Nebius", "--seen", "2026-07-20", "--source", "catalogs/v8@1", "--out", str(out)]
    result = runner.invoke(app, ["import", str(catalog), *options])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "left out: B200 x8" in result.stderr
    assert [price.per_gpu_hour for price in read_book(out).prices] == [3.5, 1.45]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_list_of_prices_is_one_format_in_and_out_csv_and_xlsx(suffix: str, tmp_path: Path) -> None:
    """What is written is read again, by `import prices` and by who reads quotes alike."""
    given, out, again = tmp_path / "given.csv", tmp_path / f"out.{suffix}", tmp_path / "again.csv"
    given.write_text(
        "provider,region,hardware,gpus,term,price,currency,unit,date,source,note\n"
        "Alder,eu,h200,8,on_demand,20.4,EUR,node_hour,2026-09,=offer 7,\n"
        "Birch,all,h100,8,reserved_1y,2.5,USD,gpu_hour,2026-09-01,letter,with support\n"
    )
    for file, written in ((given, out), (out, again)):
        result = runner.invoke(app, ["import", str(file), "--out", str(written)])
        assert result.exit_code == 0, result.output
    rows = [[{**price.as_row()} for price in read_book(file).prices] for file in (given, out, again)]
    assert rows[0] == rows[1] == rows[2]
    idle = runner.invoke(app, ["import", str(given), "--seen", "2026-09-01", "--provider", "Elm"])
    assert isinstance(idle.exception, InstanceError)
    assert {fault.path for fault in idle.exception.faults} == {"--seen", "--provider"}
    given.write_text("InstanceType,AcceleratorName,AcceleratorCount,Price,SpotPrice,Region\na,H200,8,28,,e\n")
    lacking = runner.invoke(app, ["import", str(given), "--provider", "Elm"])
    assert isinstance(lacking.exception, InstanceError)
    assert {fault.path for fault in lacking.exception.faults} == {"--seen", "--source"}


def test_names_are_found_as_people_write_them() -> None:
    found = json.loads(runner.invoke(app, ["models", "qwen3-235b", "--json"]).stdout)
    assert [entry["model"] for entry in found] == ["qwen3-235b-a22b"]
    found = json.loads(runner.invoke(app, ["hardware", "A100", "--json"]).stdout)
    assert [entry["hardware"] for entry in found] == ["a100_80gb", "a100_40gb", "a100_80gb_pcie"]
    rows = json.loads(runner.invoke(app, ["prices", "a100", "--provider", "aws", "--json"]).stdout)
    assert {row["hardware"] for row in rows} == {"a100_40gb", "a100_80gb"}
    assert {row["provider"] for row in rows} == {"AWS"}
    prices = [row["price_per_gpu_hour"] for row in rows if row["hardware"] == "a100_80gb"]
    assert prices == sorted(prices)
    table = runner.invoke(app, ["prices", "h100", "--provider", "aws", "--term", "on_demand"]).stdout
    assert runner.invoke(app, ["prices", "AWS", "h100", "--term", "on_demand"]).stdout == table
    of_cloud = json.loads(runner.invoke(app, ["prices", "nebius", "--json"]).stdout)
    every = json.loads(runner.invoke(app, ["prices", "--json"]).stdout)
    assert all(row in every for row in of_cloud)
    assert {row["book"] for row in every} == {*books()}
    assert {row["provider"] for row in of_cloud} == {"Nebius"}
    assert len({row["hardware"] for row in of_cloud}) > 1
    assert "6.88 USD" in table
    for words, told in (
        (["models", "qwen4-235b"], "did you mean 'qwen3-235b-a22b'"),
        (["hardware", "h1000"], "'h1000' is no hardware of the catalog; did you mean 'h100'"),
        (["prices", "h100", "--provider", "awz"], "'awz' is no provider with a price in the books"),
        (["prices", "h100", "--term", "weekly"], "no term 'weekly'; there are"),
        (["prices", "h999"], "'h999' is no hardware with a price in the books"),
    ):
        assert told in str(runner.invoke(app, words).exception)
