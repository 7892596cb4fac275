"""Import of files in the SkyPilot catalog's schema: both column orders, split hosts, zones."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from planner.core.errors import InstanceError
from planner.loader.catalog.importing import doubts, import_prices
from planner.loader.catalog.skypilot import import_skypilot

if TYPE_CHECKING:
    from pathlib import Path

# ruff: noqa: E501

AWS = """InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone,Arch
p5.48xlarge,H100,8,192,2048,"{'Gpus': [{'Name': 'H100', 'Count': 8}]}",55.04,20.0,us-west-2,us-west-2a,x86_64
p5.48xlarge,H100,8,192,2048,,55.04,10.0,us-west-2,us-west-2b,x86_64
p5.48xlarge,H100,8,192,2048,,55.04,,us-west-2,us-west-2c,x86_64
m5.large,,,2,8,,0.096,0.03,us-west-2,us-west-2a,x86_64
p4de.24xlarge,A100-80GB,8,96,1152,,27.447,9.0,us-east-1,us-east-1a,x86_64
"""

GCP = """InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region,AvailabilityZone,Price,SpotPrice
a3-highgpu-8g,208.0,1872.0,,,,us-east4,us-east4-a,9.46006,2.15966
,,,H100,8,"{'Gpus': []}",us-east4,us-east4-a,78.372736,17.885
,,,H100,8,,us-west1,us-west1-a,78.372736,17.885
,,,T4,1,,us-east4,us-east4-a,0.35,0.14
"""

SEEN = date(2026, 7, 20)


def imported(
    tmp_path: Path, text: str, provider: str
) -> tuple[dict[tuple[str, str, int, str], float], tuple[str, ...]]:
    path = tmp_path / "vms.csv"
    path.write_text(text)
    found = import_skypilot(path, provider, SEEN, "catalogs/v8@abc")
    return {
        (p.region, p.hardware, p.gpus, p.term.value): p.per_gpu_hour for p in found.prices
    }, found.left_out


def test_all_faults_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as told:
        imported(
            tmp_path,
            AWS.splitlines()[0] + "\np5.48xlarge,H100,-8,192,2048,,dear,cheap,,us-west-2a,x86_64\n",
            "AWS",
        )
    assert [one.message.split(":")[0] for one in told.value.faults] == [
        *("AcceleratorCount", "Region is empty", "Price", "SpotPrice"),
    ]


def test_instances_are_priced_per_accelerator_and_zones_merge(tmp_path: Path) -> None:
    prices, left_out = imported(tmp_path, AWS, "AWS")
    assert prices == pytest.approx(
        {
            ("us-west-2", "h100", 8, "on_demand"): 6.88,
            ("us-west-2", "h100", 8, "spot"): 15.0 / 8,
            ("us-east-1", "a100_80gb", 8, "on_demand"): 27.447 / 8,
            ("us-east-1", "a100_80gb", 8, "spot"): 9.0 / 8,
        },
        abs=1e-6,
    )
    assert left_out == ("instances without accelerators: 1 lines",)


def test_google_hosts_are_added_and_parts_without_host_left_out(tmp_path: Path) -> None:
    prices, left_out = imported(tmp_path, GCP, "GCP")
    assert prices == pytest.approx(
        {
            ("us-east4", "h100", 8, "on_demand"): (9.46006 + 78.372736) / 8,
            ("us-east4", "h100", 8, "spot"): (2.15966 + 17.885) / 8,
        },
        abs=1e-6,
    )
    assert left_out == ("H100 x8 in us-west1: no line of its host", "T4 x1 in us-east4: no line of its host")


def test_column_order_does_not_matter(tmp_path: Path) -> None:
    rows = [
        line.split(",")
        for line in AWS.replace("\"{'Gpus': [{'Name': 'H100', 'Count': 8}]}\"", "").splitlines()
    ]
    turned = "\n".join(",".join(reversed(row)) for row in rows) + "\n"
    assert imported(tmp_path, turned, "AWS") == imported(tmp_path, AWS, "AWS")


def test_another_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match="no column AcceleratorName"):
        imported(tmp_path, "InstanceType,AcceleratorCount,Price,Region\n", "AWS")


def test_an_unreadable_price_is_reported_by_line(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match=r"vms.csv:2: Price: 'free'"):
        imported(tmp_path, AWS.replace("55.04,20.0", "free,20.0"), "AWS")


HEADER = "InstanceType,AcceleratorName,AcceleratorCount,Price,SpotPrice,Region\n"


@pytest.mark.parametrize("count", ["-8", "8.5", "0", "1e300", "nan", ""])
def test_counts_that_are_none_are_refused_with_line_and_column(tmp_path: Path, count: str) -> None:
    rows = f"p5,H100,8,98.3,,us\np5,H100,{count},98.3,,us\n"
    with pytest.raises(InstanceError, match=r"vms.csv:3: AcceleratorCount: '"):
        imported(tmp_path, HEADER + rows, "AWS")


def test_parts_of_an_accelerator_and_rows_without_a_price_are_told(tmp_path: Path) -> None:
    prices, left_out = imported(tmp_path, HEADER + "g6f,L4,0.125,0.1,,us\np5,H100,8,,,us\n", "AWS")
    assert prices == {}
    assert left_out == (
        "line 2: g6f in us: AcceleratorCount 0.125 is a part of one",
        "line 3: p5 in us: no price",
    )


def test_absurd_prices_are_doubted(tmp_path: Path) -> None:
    path = tmp_path / "vms.csv"
    path.write_text(HEADER + "p5,H100,8,98.3,99999,us\np5,H100,8,0.00001,,eu\np5,H100,8,90,,asia\n")
    _, found = import_prices(path, "AWS", SEEN, "catalogs/v8@abc")
    assert doubts(found.prices, SEEN) == [
        "AWS eu h100 x8 on_demand: 1e-06 USD/GPU-hour looks like a placeholder",
        "AWS us h100 x8 spot: 12499.9 USD/GPU-hour looks like a placeholder",
        "AWS us h100 x8 spot: spot is 1.02e+03 of on-demand",
    ]
