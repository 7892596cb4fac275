"""The embedding example: a quote sheet in, a ranked recommendation out."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import planner

ROOT = Path(__file__).parents[2]
QUOTES = [
    # tiny.yaml: 6 then 3 nodes, hired at 16 an hour or reserved at 10; 3 reserved and 3 hired cost 108
    {"vendor": "cheap", "hardware": "h800", "kind": "reserved", "price_usd": 1.0, "max_nodes": 3},
    {"vendor": "dear", "hardware": "h800", "kind": "on_demand", "price_usd": 9.0, "max_nodes": None},
    {"vendor": "flawed", "hardware": "h800", "kind": "reserved", "price_usd": -1.0, "max_nodes": None},
]


def script() -> ModuleType:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("rank_quotes", ROOT / "notebooks" / "rank_quotes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(sheet: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        str(ROOT / "notebooks" / "rank_quotes.py"),
        str(ROOT / "instances" / "tiny.yaml"),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, str(sheet), *arguments], env=environment, capture_output=True, text=True, timeout=120
    )


def test_quotes_are_ranked_by_what_they_save_and_a_flawed_one_is_reported(tmp_path: Path) -> None:
    sheet = tmp_path / "quotes.csv"
    pd.DataFrame(QUOTES).to_csv(sheet, index=False)
    done = run(sheet, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["cost_without_quotes"] == pytest.approx(108)
    cheap, dear, flawed = found["quotes"]
    assert [quote["vendor"] for quote in found["quotes"]] == ["cheap", "dear", "flawed"]
    # 3 nodes at 8 instead of 10 USD an hour, for 2 hours
    assert cheap["saves"] == pytest.approx(3 * 2 * 2)
    assert dear["saves"] == pytest.approx(0)
    assert cheap["nodes_together"] == 3
    assert not dear["proven"]
    assert flawed["status"] == "invalid"
    assert "does not fit: write a number, 0 or more" in flawed["reason"]
    assert found["cost_with_all"] == pytest.approx(108 - 12)


def test_workbooks_are_read_like_text(tmp_path: Path) -> None:
    frame = pd.DataFrame(QUOTES)
    frame.to_csv(tmp_path / "quotes.csv", index=False)
    frame.to_excel(tmp_path / "quotes.xlsx", index=False)
    read = script().read_quotes
    pd.testing.assert_frame_equal(
        read(tmp_path / "quotes.csv"), read(tmp_path / "quotes.xlsx"), check_dtype=False
    )


def test_the_example_sheet_names_channels_that_hold() -> None:
    day = planner.load(ROOT / "instances" / "deepseek_day.yaml")
    channels = dict(script().channels_of(script().read_quotes(ROOT / "notebooks" / "quotes.csv")))
    assert len(day.override(channels).fleet["h800"]) == 1 + 5


def test_a_sheet_without_its_columns_is_refused(tmp_path: Path) -> None:
    sheet = tmp_path / "quotes.csv"
    sheet.write_text("vendor,price\na,1\n")
    with pytest.raises(ValueError, match="lacks the columns hardware, kind, price_usd"):
        script().read_quotes(sheet)
