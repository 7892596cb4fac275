"""Exports of gpuhunt become lines of a price book, per accelerator-hour, the cheapest instance of each size."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from planner.core.errors import InstanceError
from planner.loader.catalog import PriceTerm
from planner.loader.catalog.capacity_blocks import NEEDED as CAPACITY_BLOCKS
from planner.loader.catalog.importing import import_prices

HEADER = "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,provider"


def read(
    folder: Path, *rows: str, header: str = HEADER
) -> tuple[dict[tuple[str, str, int, PriceTerm], float], tuple[str, ...]]:
    file = folder / "export.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    title, found = import_prices(file, "Cloud", date(2026, 7, 1), "gpuhunt 1")
    assert title == "gpuhunt export"
    return {
        (one.provider, one.hardware, one.gpus, one.term): one.price for one in found.prices
    }, found.left_out


def test_all_faults_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as told:
        read(tmp_path, "big,,dear,96,1000,-8,H100,much,perhaps,acme")
    assert [one.message.split(":")[0] for one in told.value.faults] == [
        *(
            "spot is 'perhaps', and must be True or False",
            "location is empty",
            "gpu_count",
            "price",
            "gpu_memory",
        ),
    ]


def test_prices_by_hand(tmp_path: Path) -> None:
    prices, left_out = read(
        tmp_path,
        "big,us-1,24.0,96,1000,8,H100,80.0,False,acme",
        "bigger,us-1,32.0,128,2000,8,H100,80.0,False,acme",
        "big,us-1,8.0,96,1000,8,H100,80.0,True,acme",
        "one,us-1,2.0,12,100,1,A100,80.0,False,",
        "half,us-1,1.0,12,100,1,A100,40.0,False,",
        "plain,us-1,0.1,2,8,0,,,False,acme",
        "broken,us-1,0,2,8,1,L4,24,False,acme",
        "part,us-1,1,2,8,0.125,L4,24,False,acme",
        "whose,us-1,1,2,8,1,,24,False,acme",
    )
    assert prices == {
        ("acme", "h100", 8, PriceTerm.ON_DEMAND): 3.0,
        ("acme", "h100", 8, PriceTerm.SPOT): 1.0,
        ("Cloud", "a100_80gb", 1, PriceTerm.ON_DEMAND): 2.0,
        ("Cloud", "a100_40gb", 1, PriceTerm.ON_DEMAND): 1.0,
    }
    assert left_out == (
        "GPUs without a name: 1 of 9 lines, the first is line 10",
        "instances without GPUs: 1 of 9 lines, the first is line 7",
        "no price above zero: 1 of 9 lines, the first is line 8",
        "parts of a GPU: 1 of 9 lines, the first is line 9",
    )


def test_a_cloud_is_named_where_lines_do_not_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    offer = "big,us-1,24.0,96,1000,8,H100,80.0,False"
    file.write_text(f"{HEADER}\n{offer},acme\n")
    named = import_prices(file, "", date(2026, 7, 1), "gpuhunt 1")[1].prices
    assert [one.provider for one in named] == ["acme"]
    with pytest.raises(InstanceError, match="--provider: changes nothing: every line names its cloud"):
        import_prices(file, "Cloud", date(2026, 7, 1), "gpuhunt 1")
    file.write_text(f"{HEADER}\n{offer},\n")
    with pytest.raises(InstanceError, match=r"export.csv:2: names no cloud: give --provider"):
        import_prices(file, "", date(2026, 7, 1), "gpuhunt 1")


def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match=r"export.csv:2:.*spot is 'perhaps'"):
        read(tmp_path, "big,us-1,24.0,96,1000,8,H100,80.0,perhaps,acme")
    for count in ("-8", "8.5", "0"):
        with pytest.raises(InstanceError, match=r"export.csv:2:.*gpu_count: '"):
            read(tmp_path, f"big,us-1,24.0,96,1000,{count},H100,80.0,False,acme")
    with pytest.raises(
        InstanceError,
        match=r"of no known format of prices: list of prices .*SkyPilot catalog, schema v8 \(InstanceType",
    ):
        read(tmp_path, "1,2", header="a,b")


def test_a_book_states_provider_and_source(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(f"{HEADER}\nbig,us-1,24.0,96,1000,8,H100,80.0,False,\n")
    with pytest.raises(InstanceError, match=r"--source: is lacking"):
        import_prices(tmp_path / "export.csv", "Cloud", date(2026, 7, 1), "")
    (tmp_path / "blocks.csv").write_text(",".join(CAPACITY_BLOCKS) + "\n")
    with pytest.raises(InstanceError, match=r"--provider: is empty.* and the file does not"):
        import_prices(tmp_path / "blocks.csv", " ", date(2026, 7, 1), "aws")
