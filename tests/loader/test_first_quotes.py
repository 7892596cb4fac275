"""Quotes for a first instance: every row is taken, or named with why it is not; prices nobody asks are refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from planner.core.errors import Fault, InstanceError
from planner.loader.beginning.offers import offers_for
from planner.loader.beginning.quoted import QuotedLines, quoted_lines
from planner.loader.catalog import read_books

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "provider,region,hardware,gpus,term,price,currency,unit,date,source,note"
TODAY = date(2026, 9, 2)


def sheet(folder: Path, *rows: str, name: str = "quotes.csv") -> Path:
    lines = [f"{row},2026-09-01,quote," for row in rows]
    (folder / name).write_text("\n".join([HEADER, *lines]) + "\n")
    return folder / name


def quoted(*files: Path, hardware: tuple[str, ...] = ("h100", "h200")) -> QuotedLines:
    unread: list[Fault] = []
    books = read_books(files, unread)
    return quoted_lines(books, hardware, {}, TODAY, unread)


def test_every_row_is_taken_or_named(tmp_path: Path) -> None:
    file = sheet(
        tmp_path,
        "Alder,all,H100,8,on_demand,2.5,USD,gpu_hour",
        "Alder,all,h100,8,spot,1.5,USD,gpu_hour",
        "Alder,all,b200,8,on_demand,5,USD,gpu_hour",
        "Birch,all,h200,8,reserved_3y,0,USD,gpu_hour",
        "Birch,all,h200,8,reserved_1y,21.6,USD,node_hour",
    )
    found = quoted(file)
    offers = offers_for(["h100", "h200"], {}, found, [])
    assert [(one.hardware, one.fields["price_usd_per_gpu_hour"]) for one in offers] == [
        ("h100", 2.5),
        ("h200", 2.7),
    ]
    places = [remark.split("quotes.csv:")[1][0] for remark in found.remarks()]
    assert places == ["3", "4", "5"]
    assert "'spot' is neither on demand nor a commitment of years" in found.remarks()[0]


def test_fields_may_stand_between_semicolons(tmp_path: Path) -> None:
    file = sheet(tmp_path, "Alder,all,h100,8,on_demand,2.5,USD,gpu_hour")
    file.write_text(file.read_text().replace(",", ";"))
    assert [one.fields["price_usd_per_gpu_hour"] for one in offers_for(["h100"], {}, quoted(file), [])] == [
        2.5
    ]
    file.write_text(file.read_text().replace("2.5", "2,5"))
    with pytest.raises(InstanceError, match=r"quotes.csv:2: price: '2,5' is not a number"):
        quoted(file)


def test_three_sheets_are_one_list_and_their_faults_come_together(tmp_path: Path) -> None:
    files = [
        sheet(tmp_path, f"{vendor},all,h100,8,on_demand,{price},USD,gpu_hour", name=f"{vendor}.csv")
        for vendor, price in (("Alder", 2), ("Birch", 3), ("Cedar", 4))
    ]
    names = [one.name for one in offers_for(["h100"], {}, quoted(*files), [])]
    assert names == ["alder", "birch", "cedar"]
    for file in files[:2]:
        file.write_text("a,b\n1,2\n")
    with pytest.raises(InstanceError, match=r"(?s)Alder.csv:1: no price book.*Birch.csv:1: no price book"):
        quoted(*files)


def test_prices_that_nobody_asks_are_refused_by_line_and_option(tmp_path: Path) -> None:
    file = sheet(
        tmp_path, "Alder,all,h100,8,on_demand,250,USD,gpu_hour", "Birch,all,h20,8,on_demand,2,USD,gpu_hour"
    )
    with pytest.raises(
        InstanceError, match=r"quotes.csv:2: .*250 USD/GPU-hour looks like a placeholder.*node_hour"
    ):
        quoted(file)
    with pytest.raises(InstanceError, match=r"quotes.csv:3: .*may be of h20_141 or h20_96: say which"):
        quoted(file, hardware=("h20_141", "h20_96"))
    with pytest.raises(InstanceError, match=r"--price: h100=250: 250 USD/GPU-hour"):
        offers_for(["h100"], {"h100": 250.0}, None, [])
    with pytest.raises(InstanceError, match=r"--price: b200 is not among the hardware, which is h100"):
        offers_for(["h100"], {"h100": 2.0, "b200": 3.0}, None, [])


def test_rows_of_the_hardware_that_has_no_price_left_say_why(tmp_path: Path) -> None:
    file = sheet(tmp_path, "Alder,all,H100,8,spot,2,USD,gpu_hour")
    with pytest.raises(
        InstanceError, match=r"(?s)the quotes have no price of h100.*quotes.csv:2: .*'spot' is"
    ):
        offers_for(["h100"], {}, quoted(file), [])


def test_an_exchange_rate_that_no_quote_needs_is_refused(tmp_path: Path) -> None:
    file = sheet(tmp_path, "Alder,all,h100,8,on_demand,2,USD,gpu_hour")
    with pytest.raises(InstanceError, match="--exchange-rate: no quote that is taken is in EUR"):
        quoted_lines(read_books([file], []), ["h100"], {"EUR": {"per_usd": 0.9}}, TODAY)


def test_a_workbook_is_read_as_its_csv(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    rows = [
        HEADER.split(","),
        [],
        ["Alder", "all", "h100", 8, "on_demand", 2.5, "USD", "gpu_hour", TODAY, "quote"],
    ]
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "quotes.xlsx")
    (line,) = read_books([tmp_path / "quotes.xlsx"], [])[0].prices
    assert (line.line, line.gpus, line.per_gpu_hour, line.date) == (3, 8, 2.5, TODAY)
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(InstanceError, match=r"broken.xlsx: not a table of prices"):
        quoted(tmp_path / "broken.xlsx")


def test_every_fault_of_every_row_comes_at_once(tmp_path: Path) -> None:
    file = sheet(
        tmp_path,
        "Alder,all,h100,none,on_demand,much,USD,gpu_week",
        "Birch,all,h100,8,on_demand,250,USD,gpu_hour",
        "Cedar,all,h100,8,on_demand,2.5,USD,gpu_hour",
    )
    with pytest.raises(InstanceError) as caught:
        quoted(file)
    assert [fault.line for fault in caught.value.faults] == [2, 2, 2, 3]


def test_a_price_of_a_node_said_of_a_gpu_is_doubtful(tmp_path: Path) -> None:
    found = quoted(sheet(tmp_path, "Alder,all,h100,8,on_demand,20,USD,gpu_hour"))
    (remark,) = found.remarks()
    assert "is it of a node of 8, 2.5 a GPU (unit node_hour)?" in remark
    assert not quoted(sheet(tmp_path, "Alder,all,h100,8,on_demand,20,USD,node_hour")).remarks()


def test_formulas_without_saved_values_are_told_how_to_be_saved(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (HEADER, "Alder,all,h100,8,on_demand,=2*3,USD,gpu_hour,2026-09-01,quote,"):
        book.active.append(row.split(","))
    book.save(tmp_path / "quotes.xlsx")
    with pytest.raises(InstanceError, match=r"quotes.xlsx:2: F2 is a formula without a saved value: save"):
        quoted(tmp_path / "quotes.xlsx")
