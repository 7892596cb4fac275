"""AWS's Savings Plans and Capacity Blocks become lines of a price book, per accelerator-hour."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import kernels
from planner.core.errors import InstanceError
from planner.loader.catalog import PriceTerm
from planner.loader.catalog.aws_instances import accelerators_of
from planner.loader.catalog.imported import Imported
from planner.loader.catalog.importing import import_prices

# the head of a file as AWS publishes it, of September 2025
METADATA = """FormatVersion,v1.0
Disclaimer,"This pricing list is for informational purposes only, and more"
Publication Date,2025-09-11T18:44:47Z
Version,20250911184447
OfferCode,AmazonComputeSavingsPlan
"""
COLUMNS = (
    "SKU,RateCode,Unit,EffectiveDate,DiscountedRate,Currency,DiscountedSKU,DiscountedServiceCode,DiscountedUsageType,"
    "DiscountedOperation,PurchaseOption,LeaseContractLength,LeaseContractLengthUnit,ServiceCode,UsageType,Operation,"
    "Description,Instance Family,Location,Location Type,Granularity,Product Family,DiscountedRegionCode,"
    "DiscountedInstanceType"
)
BLOCKS = "InstanceType,AvailabilityZone,InstanceCount,CapacityBlockDurationHours,UpfrontFee,CurrencyCode"


def plan(rate: str, years: int, option: str, **other: str) -> str:
    """A line of a plan for an instance of eight H100."""
    said = {
        **{"usage": "USE1-BoxUsage:p5.48xlarge", "operation": "RunInstances", "instance": "p5.48xlarge"},
        **{"family": "ComputeSavingsPlans", "currency": "USD", **other},
    }
    return (
        f"A,A.B,Hrs,2025-06-05T18:51:13Z,{rate},{said['currency']},B,AmazonEC2,{said['usage']},{said['operation']},"
        f"{option},{years},year,ComputeSavingsPlans,SP,,a plan,p5,US East,AWS Region,hourly,{said['family']},us-east-1,"
        f"{said['instance']}"
    )


def read(folder: Path, text: str) -> tuple[str, Imported]:
    (folder / "index.csv").write_text(text)
    return import_prices(folder / "index.csv", "AWS", date(2026, 7, 1), "price list 20250911184447")


def prices(found: Imported) -> dict[tuple[str, str, int, PriceTerm], float]:
    return {(one.region, one.hardware, one.gpus, one.term): one.price for one in found.prices}


def test_all_faults_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    row = plan("much", 1, "").replace("us-east-1", "")
    with pytest.raises(InstanceError) as told:
        read(tmp_path, f"{METADATA}{COLUMNS}\n{row}\nA,B\n")
    assert [(one.line, one.message.split(":")[0]) for one in told.value.faults] == [
        (7, "DiscountedRegionCode is empty"),
        (7, "PurchaseOption is empty"),
        (7, "DiscountedRate"),
        (8, "2 fields, the header has 24"),
    ]
    with pytest.raises(InstanceError) as told:
        read(tmp_path, f"{BLOCKS}\np5.48xlarge,nowhere,0,x,y,\n")
    assert [one.message.split(":")[0] for one in told.value.faults] == [
        *(
            "CurrencyCode is empty",
            "AvailabilityZone",
            "CapacityBlockDurationHours",
            "UpfrontFee",
            "InstanceCount",
        ),
    ]


def test_savings_plans_by_hand(tmp_path: Path) -> None:
    rows = (
        plan("32", 1, "No Upfront"),
        plan("28", 1, "No Upfront", family="EC2InstanceSavingsPlans"),
        plan("24", 1, "All Upfront"),
        plan("16", 3, "No Upfront"),
        plan("14", 3, "All Upfront"),
        plan("15", 3, "Partial Upfront"),
        plan("1", 3, "Some Upfront"),
        plan("1", 1, "No Upfront", usage="USE1-DedicatedUsage:p5.48xlarge"),
        plan("1", 1, "No Upfront", usage="USE1-UnusedBox:p5.48xlarge"),
        plan("1", 1, "No Upfront", usage="HostBoxUsage:p5.48xlarge"),
        plan("40", 1, "No Upfront", usage="BoxUsage:p5.48xlarge"),
        plan("1", 1, "No Upfront", operation="RunInstances:0002"),
        plan("1", 1, "No Upfront", instance="c5.xlarge", usage="USE1-BoxUsage:c5.xlarge"),
        plan("200", 1, "No Upfront", currency="CNY"),
    )
    title, found = read(tmp_path, f"{METADATA}{COLUMNS}\n" + "\n".join(rows) + "\n")
    assert title == "AWS Savings Plans price list"
    assert prices(found) == {
        ("us-east-1", "h100", 8, PriceTerm.RESERVED_1Y): 3.5,
        ("us-east-1", "h100", 8, PriceTerm.RESERVED_1Y_UPFRONT): 3.0,
        ("us-east-1", "h100", 8, PriceTerm.RESERVED_3Y): 2.0,
        ("us-east-1", "h100", 8, PriceTerm.RESERVED_3Y_PARTIAL_UPFRONT): 1.875,
        ("us-east-1", "h100", 8, PriceTerm.RESERVED_3Y_UPFRONT): 1.75,
    }
    (cheapest,) = (one for one in found.prices if one.term is PriceTerm.RESERVED_1Y)
    assert cheapest.note == "p5.48xlarge, EC2InstanceSavingsPlans: a discount, no capacity"
    assert found.left_out == (
        "3 year, Some Upfront: 1 lines",
        "no price in USD above zero: 1 lines",
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (plan("cheap", 1, "No Upfront"), r"index.csv:7: DiscountedRate: 'cheap' is no price"),
        (plan("-3", 1, "No Upfront"), r"index.csv:7: DiscountedRate: '-3' is no price"),
        ("A,B,C", r"index.csv:7: 3 fields, the header has 24"),
        ('"' + "x" * 200_000 + '"', r"index.csv:\d+: not readable as CSV"),
    ],
)
def test_lines_of_plans_that_cannot_be_read_are_told(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(InstanceError, match=words):
        read(tmp_path, f"{METADATA}{COLUMNS}\n{row}\n")


def test_capacity_blocks_by_hand(tmp_path: Path) -> None:
    rows = (
        "p5.48xlarge,us-east-1a,2,24,1536,USD",  # 1,536 over 2 instances, 24 h and 8 accelerators: 4
        "p5.48xlarge,us-east-1b,1,48,1152,USD",  # 3
        "p5en.48xlarge,us-west-2-phx-2a,1,24,960,USD",  # 5, in a local zone of us-west-2
        "trn9.48xlarge,us-east-1a,1,24,1,USD",
        "p5.48xlarge,us-east-1a,1,24,1,CNY",
    )
    title, found = read(tmp_path, "\n".join([BLOCKS, *rows]) + "\n")
    assert title == "AWS Capacity Block offerings"
    assert prices(found) == {
        ("us-east-1", "h100", 8, PriceTerm.CAPACITY_BLOCK): 3.0,
        ("us-west-2", "h200", 8, PriceTerm.CAPACITY_BLOCK): 5.0,
    }
    assert found.left_out == (
        "no price in USD above zero: 1 lines",
        "trn9.48xlarge, whose accelerators are not known: 1 lines",
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("p5.48xlarge,us-east-1a,0,24,1536,USD", "InstanceCount: '0' is not a positive integer"),
        ("p5.48xlarge,us-east-1a,1,0,1536,USD", "a block lasts longer than nothing"),
        ("p5.48xlarge,Mars,1,24,1536,USD", "AvailabilityZone: 'Mars' is none"),
        ("p5.48xlarge,us-east-1a,1,24,,USD", "UpfrontFee: '' is not a number"),
    ],
)
def test_lines_of_blocks_that_cannot_be_read_are_told(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(InstanceError, match=words):
        read(tmp_path, f"{BLOCKS}\n{row}\n")


def test_instances_have_hardware_of_the_catalog() -> None:
    known = {hardware for hardware, _ in accelerators_of().values()}
    assert known - {"a100_40gb"} <= set(kernels.accelerator_names())
    assert {gpus for _, gpus in accelerators_of().values()} == {1, 4, 8}
