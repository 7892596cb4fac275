"""Each rule of the checker finds its own fault, and leaves sound lines alone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.loader.catalog import PriceBook, read_book
from planner.loader.catalog.check import check_book

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "provider,region,hardware,gpus,term,price,currency,unit,date,source,note\n"
AS_OF = date(2026, 7, 31)


def rules(tmp_path: Path, *lines: str) -> list[tuple[str, int]]:
    path = tmp_path / "book.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return [(finding.rule, finding.line) for finding in check_book(read_book(path), AS_OF)]


def line(
    price: float, term: str = "on_demand", region: str = "r", day: str = "2026-07-01", provider: str = "A"
) -> str:
    return f"{provider},{region},h100,8,{term},{price},USD,gpu_hour,{day},s,"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line(4.0), line(5.0, "spot")], [("spot_above_on_demand", 3)]),
        ([line(4.0), line(4.0, "spot")], [("spot_equals_on_demand", 3)]),
        ([line(8.545), line(0.8545, "spot")], [("spot_at_floor", 3)]),
        ([line(4.0), line(1.3, "spot")], []),
        ([line(4.0), line(4.1, "reserved_1y")], [("commitment_above_on_demand", 3)]),
        ([line(700.0)], [("sentinel", 2)]),
        ([line(0.0)], [("sentinel", 2)]),
        ([line(4.0), line(4.0)], [("duplicate", 3)]),
        ([line(4.0, day="2024-01-01")], [("old", 2)]),
        ([line(4.0, day="2027-01-01")], [("future", 2)]),
        ([line(4.0, day="")], [("undated", 2)]),
        ([line(4.0), line(5.0, "spot", region="elsewhere")], []),
    ],
)
def test_each_rule(tmp_path: Path, lines: list[str], expected: list[tuple[str, int]]) -> None:
    assert rules(tmp_path, *lines) == expected


def test_the_wrong_google_price_is_seen_among_its_regions(tmp_path: Path) -> None:
    prices = [12.71, 11.42, 13.19, 12.09, 5.38, 12.96]
    found = rules(tmp_path, *(line(price, region=f"r{i}") for i, price in enumerate(prices)))
    assert found == [("outlier_in_vendor", 6)]


def test_an_outlier_of_the_market_needs_peers(tmp_path: Path) -> None:
    vendors = [line(price, provider=name) for name, price in zip("BCDE", (2.4, 2.9, 4.0, 6.9), strict=True)]
    assert rules(tmp_path, *vendors, line(40.0)) == [("above_known", 6), ("outlier_in_market", 6)]
    assert rules(tmp_path, vendors[0], line(17.0)) == []


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 17), st.floats(0.11, 0.99))
def test_a_real_discount_is_never_doubted(on_demand: float, share: float) -> None:
    from planner.loader.catalog.price import Price, PriceTerm, PriceUnit

    def price(term: PriceTerm, value: float, number: int) -> Price:
        return Price("A", "r", "h100", 8, term, value, "USD", PriceUnit.GPU_HOUR, AS_OF, "", "s", "", number)

    prices = (price(PriceTerm.ON_DEMAND, on_demand, 2), price(PriceTerm.SPOT, on_demand * share, 3))
    assert check_book(PriceBook("b", "", prices), AS_OF) == ()
