"""The shipped books, and the one way to look a price up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from planner.core.errors import InstanceError
from planner.loader.catalog import (
    CapexFact,
    TokenPrice,
    book,
    book_text,
    books,
    fact_book,
    fact_books,
    quote,
    read_book,
)
from planner.loader.catalog.check import Severity, check_book

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "provider,region,hardware,gpus,term,price,currency,unit,date,source,note\n"


@pytest.mark.parametrize("name", books())
def test_every_shipped_book_is_sourced_and_free_of_errors(name: str) -> None:
    prices = book(name).prices
    assert prices
    assert book(name).about
    assert all(price.source and price.hardware == price.hardware.lower() for price in prices)
    findings = check_book(book(name), as_of=date(2026, 7, 31))
    assert [f for f in findings if f.severity is Severity.ERROR] == []


def test_undated_prices_live_in_the_snapshot_alone() -> None:
    undated = {name for name in books() for price in book(name).prices if price.date is None}
    assert undated == {"skypilot_v8_snapshot"}


@pytest.mark.parametrize(
    ("where", "usd"),
    [
        (("hyperscalers_2026_07", "h100", "on_demand", "AWS", "us-east-1"), 6.88),
        (("hyperscalers_2026_07", "mi300x", "on_demand", "Azure", "westus3"), 6.0),
        (("skypilot_v8_snapshot", "h100", "spot", "Nebius", "eu-north1"), 1.25),
        (("commitments_2025", "h100", "reserved_3y", "GCP", "us-central1"), 4.86),
        (("ownership_2026_04", "gb200_nvl72", "ownership", "neocloud", "all"), 2.75),
        (("h800_2025", "h800", "on_demand", "DeepSeek", "CN"), 2.0),
    ],
)
def test_published_prices(where: tuple[str, str, str, str, str], usd: float) -> None:
    name, *choice = where
    assert quote(book(name), *choice).price_usd_per_gpu_hour == pytest.approx(usd)


def test_a_month_in_yuan_becomes_dollars_per_gpu_hour() -> None:
    found = quote(book("china_2026"), "h100", "month", units_per_usd={"CNY": 7.3})
    assert found.price_usd_per_gpu_hour == pytest.approx(76_000 / (730 * 8) / 7.3)
    assert "SMM" in found.source


def test_a_currency_without_a_rate_is_an_error() -> None:
    with pytest.raises(InstanceError, match="CNY"):
        quote(book("china_2026"), "h100", "month")


def test_several_matches_are_an_error_that_lists_them() -> None:
    with pytest.raises(InstanceError) as caught:
        quote(book("commitments_2025"), "h100", "on_demand")
    message = str(caught.value)
    assert "GCP us-central1 h100 x8 on_demand: 11.06" in message
    assert "Lambda" in message


def test_gpus_choose_between_sizes() -> None:
    azure = {"provider": "Azure", "region": "eastus"}
    with pytest.raises(InstanceError, match="2 prices match"):
        quote(book("commitments_2025"), "a100_80gb", "reserved_1y", **azure)
    assert (
        quote(book("commitments_2025"), "a100_80gb", "reserved_1y", **azure, gpus=8).price_usd_per_gpu_hour
        == 3.53
    )


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (("h10", "on_demand"), "no hardware 'h10'"),
        (("h100", "forever"), "no term 'forever'"),
        (("h100", "spot"), "no term 'spot' here"),
        (("h100", "on_demand", "Acme"), "no provider 'Acme' here; there are AWS"),
    ],
)
def test_what_is_not_there_is_named(choice: tuple[str, ...], message: str) -> None:
    with pytest.raises(InstanceError, match=message):
        quote(book("hyperscalers_2026_07"), *choice)


def test_unknown_book_names_the_nearest() -> None:
    with pytest.raises(InstanceError, match="did you mean 'china_2026'"):
        book("china_2025")


def test_books_write_and_read_back(tmp_path: Path) -> None:
    original = book("commitments_2025")
    path = tmp_path / "commitments_2025.csv"
    path.write_text(book_text(original.about, original.prices))
    again = read_book(path)
    assert again.about == original.about
    assert [p.as_row() for p in again.prices] == [p.as_row() for p in original.prices]


def test_frame_has_the_columns_of_the_file_and_the_hourly_price() -> None:
    frame = book("china_2026").frame()
    assert [*frame.columns][-1] == "price_per_gpu_hour"
    assert frame["price_per_gpu_hour"].to_numpy() == pytest.approx(frame["price"].to_numpy() / 5_840)


def test_every_fault_of_a_file_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(
        "# mine\n"
        + HEADER
        + "A,r,h100,8,on_demand,x,USD,gpu_hour,2026,s,\n"
        + "A,r,h100,8,on_demand,2,USD,gpu_hour,2026-13,s,\n"
        + "A,r,h100,0,on_demand,2,USD,gpu_hour,2026,s,\n"
        + "A,r,h100,8,on_demand,2,USD,gpu_hour,2026,,\n"
    )
    with pytest.raises(InstanceError) as caught:
        read_book(path)
    assert [fault.line for fault in caught.value.faults] == [3, 4, 5, 6]


def test_a_short_line_and_a_missing_column_are_faults(tmp_path: Path) -> None:
    short = tmp_path / "short.csv"
    short.write_text(HEADER + "A,r,h100\n")
    with pytest.raises(InstanceError, match="3 fields, the header has 11"):
        read_book(short)
    lacking = tmp_path / "lacking.csv"
    lacking.write_text("provider,region\nA,r\n")
    with pytest.raises(InstanceError, match=r"lacking.csv:1: no price book: it lacks hardware, gpus, term"):
        read_book(lacking)
    with pytest.raises(InstanceError, match="cannot read"):
        read_book(tmp_path / "nowhere.csv")


def test_a_table_that_is_no_price_book_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "quotes.csv").write_text(
        "figure,now,quoted,source\n" + "fleet.h100.rent.max_nodes,1,2,\n" * 3
    )
    with pytest.raises(
        InstanceError, match=r"^\S*quotes.csv:1: no price book: it lacks provider, region"
    ) as caught:
        read_book(tmp_path / "quotes.csv")
    assert len(caught.value.faults) == 1


def test_fact_books() -> None:
    assert fact_books() == ("capex_2026", "tokens_2025")
    capex = [fact for fact in fact_book("capex_2026").facts if isinstance(fact, CapexFact)]
    assert {
        fact.value for fact in capex if fact.item == "server_purchase_price" and fact.hardware == "h800"
    } == {358_000}
    unknown = [fact for fact in capex if fact.value is None and fact.high is None]
    assert [fact.item for fact in unknown] == ["hardware_maintenance"]
    tokens = [fact for fact in fact_book("tokens_2025").facts if isinstance(fact, TokenPrice)]
    standard = next(
        t for t in tokens if (t.vendor, t.model, t.tier) == ("DeepSeek", "deepseek-r1", "standard")
    )
    assert (standard.input_hit, standard.input_miss, standard.output) == (0.14, 0.55, 2.19)
    with pytest.raises(InstanceError, match="no book of facts"):
        fact_book("capex_1926")
