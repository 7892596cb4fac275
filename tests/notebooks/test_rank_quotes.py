"""The embedding example: a quote sheet in, a ranked recommendation out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
QUOTES = [
    # tiny.yaml: 6 then 3 nodes, hired at 16 an hour or reserved at 10; 3 reserved and 3 hired cost 108
    {"vendor": "cheap", "hardware": "h800", "kind": "reserved", "price_usd": 1.0, "max_nodes": 3},
    {"vendor": "dear", "hardware": "h800", "kind": "on_demand", "price_usd": 9.0, "max_nodes": None},
    {"vendor": "flawed", "hardware": "h800", "kind": "reserved", "price_usd": -1.0, "max_nodes": None},
]


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


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_quotes_are_ranked_by_what_they_save(tmp_path: Path, ending: str) -> None:
    sheet = tmp_path / f"quotes.{ending}"
    frame = pd.DataFrame(QUOTES[:2])
    frame.to_csv(sheet, index=False) if ending == "csv" else frame.to_excel(sheet, index=False)
    done = run(sheet, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["cost_without_quotes"] == pytest.approx(108)
    assert [quote["vendor"] for quote in found["quotes"]] == ["cheap", "dear"]
    # 3 nodes at 8 instead of 10 USD an hour, for 2 hours
    assert found["quotes"][0]["saves"] == pytest.approx(3 * 2 * 2)
    assert found["quotes"][1]["saves"] == pytest.approx(0)
    assert found["quotes"][0]["nodes_together"] == 3
    assert not found["quotes"][1]["proven"]


def test_a_flawed_quote_is_told_and_costs_the_others_nothing(tmp_path: Path) -> None:
    sheet = tmp_path / "quotes.csv"
    pd.DataFrame([QUOTES[0], QUOTES[2]]).to_csv(sheet, index=False)
    done = run(sheet, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["quotes"][0]["saves"] == pytest.approx(12)
    assert found["cost_with_all"] == pytest.approx(108 - 12)
    assert found["quotes"][1]["status"] == "invalid"
    assert "greater than or equal to 0" in found["quotes"][1]["reason"]


def test_a_sheet_without_its_columns_is_refused(tmp_path: Path) -> None:
    sheet = tmp_path / "quotes.csv"
    sheet.write_text("vendor,price\na,1\n")
    done = run(sheet)
    assert done.returncode == 3
    assert "lacks the columns hardware, kind, price_usd" in done.stderr
