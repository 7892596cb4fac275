"""The quote sheet: out, edited, and back as overrides."""

from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import yaml
from typer.testing import CliRunner

from planner.app.cli.common import read_plan
from planner.app.cli.main import app
from planner.core.errors import InstanceError
from planner.loader import from_dict
from planner.optimize.pipeline import solve
from planner.view.exports import export
from planner.view.exports.quotes import quote_csv, quote_sheet, quotes_of, read_quotes
from tests.examples import plain, small

if TYPE_CHECKING:
    from pathlib import Path


def edited(tmp_path: Path, edits: dict[str, tuple[Any, str | None]]) -> Path:
    """The sheet of the small instance with values (and sources) filled in."""
    book = openpyxl.load_workbook(io.BytesIO(quote_sheet(small())))
    sheet = book["Quotes"]
    for row in sheet.iter_rows(min_row=2):
        if row[0].value in edits:
            row[2].value, row[3].value = edits[row[0].value]
    for path in edits.keys() - {row[0].value for row in sheet.iter_rows(min_row=2)}:
        sheet.append([path, None, *edits[path]])
    file = tmp_path / "quotes.xlsx"
    book.save(file)
    return file


def test_every_price_and_limit_can_be_quoted() -> None:
    quotes = {quote.path: quote.value for quote in quotes_of(small())}
    assert quotes["fleet.h800.rent.price_usd_per_node_hour"] == 16.0
    assert quotes["fleet.h800.rent.max_nodes"] == 20
    assert quotes["fleet.h800.reserve.term_years"] is None


def test_an_untouched_sheet_changes_nothing(tmp_path: Path) -> None:
    assert read_quotes(edited(tmp_path, {}), small()) == {}


def test_edits_come_back_as_overrides(tmp_path: Path) -> None:
    price, limit = "fleet.h800.rent.price_usd_per_node_hour", "fleet.h800.rent.max_nodes"
    file = edited(tmp_path, {price: (14.5, "quote of 2026-11-20"), limit: (12, None)})
    overrides = read_quotes(file, small())
    assert overrides == {price: 14.5, limit: 12, "fleet.h800.rent.source": "quote of 2026-11-20"}
    changed = from_dict(plain(overrides))
    assert changed.fleet["h800"]["rent"].max_nodes == 12


def test_solve_takes_a_quote_sheet(tmp_path: Path) -> None:
    """Hire at 1 USD a node-hour beats reserving at 10, so the cost is the node-hours in use."""
    instance, out = tmp_path / "small.yaml", tmp_path / "out"
    instance.write_text(yaml.safe_dump(plain()), encoding="utf-8")
    sheet = edited(tmp_path, {"fleet.h800.rent.price_usd_per_node_hour": (1.0, None)})
    asked = ["solve", str(instance), "--quotes", str(sheet), "--out", str(out), "--quiet", "--gap", "0"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    plan = read_plan(out)
    assert plan.cost == sum(sum(unit.on) * unit.nodes for unit in plan.units)


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    edits = {
        "fleet.h800.rent.price_usd_per_node_hour": ("=1+1", None),
        "fleet.h800.rent.max_nodes": ("many", None),
        "fleet.h800.rent.kind": (3.0, None),
    }
    with pytest.raises(InstanceError) as caught:
        read_quotes(edited(tmp_path, edits), small())
    text = str(caught.value)
    assert "give the value, not a formula" in text
    assert "'many' is not a number" in text
    assert "no figure 'fleet.h800.rent.kind' to quote" in text
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "quotes.xlsx"
    file.write_bytes(content)
    with pytest.raises(InstanceError, match="not a quote sheet"):
        read_quotes(file, small())
    with pytest.raises(InstanceError, match="cannot read the file"):
        read_quotes(tmp_path / "absent.xlsx", small())


def test_a_workbook_that_unpacks_to_much_and_a_pipe_are_refused_before_they_are_read(tmp_path: Path) -> None:
    file = tmp_path / "quotes.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    with pytest.raises(InstanceError, match="once it is unpacked"):
        read_quotes(file, small())
    os.mkfifo(tmp_path / "pipe.xlsx")
    with pytest.raises(InstanceError, match="it is a pipe"):
        read_quotes(tmp_path / "pipe.xlsx", small())


def test_a_sheet_as_csv_is_written_and_read(tmp_path: Path) -> None:
    lines = quote_csv(small()).decode().splitlines()
    assert lines[0] == "figure,now,quoted,source"
    assert "fleet.h800.rent.price_usd_per_node_hour,16.0,," in lines
    file = tmp_path / "quotes.csv"
    file.write_text("\n".join(lines).replace("node_hour,16.0,,", "node_hour,16.0,1.5,Acme 2026-01-01", 1))
    assert read_quotes(file, small()) == {
        "fleet.h800.rent.price_usd_per_node_hour": 1.5,
        "fleet.h800.rent.source": "Acme 2026-01-01",
    }
    file.write_text("\n".join(lines).replace("node_hour,16.0,,", "node_hour,16.0,cheap,", 1))
    with pytest.raises(InstanceError, match=r"quotes.csv:\d+: .*'cheap' is not a number"):
        read_quotes(file, small())
    price = "fleet.h800.rent.price_usd_per_node_hour,16.0"
    file.write_text(f"{lines[0]}\n{price},1,\n{price},,\n{price},2,\n")
    with pytest.raises(InstanceError, match=r"quotes.csv:4: .* is quoted in line 2 already"):
        read_quotes(file, small())
    file.write_text("a,b\n1,2\n")
    with pytest.raises(
        InstanceError,
        match=r"its first row is neither figure, now, quoted, source, .* nor provider, region, hardware",
    ):
        read_quotes(file, small())
    written = export(solve(small()), "quotes", tmp_path / "out.csv", small())
    assert written[0].read_text().splitlines() == lines


def test_a_sheet_is_read_back_whatever_currency_prices_are_written_in(tmp_path: Path) -> None:
    prices = {"input_hit": 1.0, "input_miss": 2.0, "output": 8.0}
    money = {"currency": "CNY", "exchange_rates": {"CNY": {"per_usd": 7.0, "date": "2025-02-28"}}}
    data = plain({**money, "vendors": {"v": {"price_usd_per_million_tokens": prices}}})
    file = tmp_path / "quotes.csv"
    rows = [f"{quote.path},,{2 * quote.value:g}," for quote in quotes_of(from_dict(data)) if quote.value]
    file.write_text("\n".join(["figure,now,quoted,source", *rows]))
    read = from_dict(data, read_quotes(file, from_dict(data)))
    before, after = (
        {one.path: one.value for one in quotes_of(instance) if one.value}
        for instance in (from_dict(data), read)
    )
    assert after == pytest.approx({path: 2 * value for path, value in before.items()})


LIST = "provider,region,hardware,gpus,term,price,currency,unit,date,source,note"
SOLD = {
    "fleet.h800.rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "provider": "Alder_Cloud"},
    "fleet.h800.year": {"kind": "reserved", "price_usd_per_node_hour": 10.0, "term_years": 1},
}


def priced(tmp_path: Path, *rows: str) -> dict[str, Any]:
    file = tmp_path / "prices.csv"
    file.write_text("\n".join([LIST, *(f"{row},2026-09-01,offer 7," for row in rows)]) + "\n")
    return read_quotes(file, small(SOLD))


def test_a_list_of_prices_is_of_the_channels_of_its_vendors_and_terms(tmp_path: Path) -> None:
    found = priced(
        tmp_path,
        "Alder Cloud,eu,H800,8,on_demand,1.5,USD,gpu_hour",
        "year,eu,h800,8,reserved_1y,1.25,USD,gpu_hour",
    )
    assert found == {
        "fleet.h800.rent.price_usd_per_gpu_hour": 1.5,
        "fleet.h800.rent.source": "Alder Cloud eu, offer 7, 2026-09-01",
        "fleet.h800.year.price_usd_per_node_hour": 10.0,
        "fleet.h800.year.source": "year eu, offer 7, 2026-09-01",
    }


def test_prices_of_no_channel_or_of_one_twice_are_refused_by_line(tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as caught:
        priced(
            tmp_path,
            "Birch,eu,h800,8,on_demand,1.5,USD,gpu_hour",
            "rent,eu,h800,8,on_demand,1.5,USD,gpu_hour",
            "Alder Cloud,eu,h800,8,on_demand,1.4,USD,gpu_hour",
            "Alder Cloud,eu,h800,8,reserved_3y,1.5,USD,gpu_hour",
            "Alder Cloud,eu,h800,8,on_demand,dear,USD,gpu_hour",
        )
    lines = {fault.line: fault.message for fault in caught.value.faults}
    assert sorted(lines) == [2, 4, 5, 6]
    assert "no channel of this provider and term" in lines[2]
    assert "fleet.h800.rent is priced in line 3 already" in lines[4]
    assert "'dear' is not a number" in lines[6]
