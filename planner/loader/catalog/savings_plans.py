"""Import prices from AWS's price list file of Compute and EC2 Instance Savings Plans, a CSV file of one region.

Five lines of metadata, then columns: DiscountedRate (USD an instance-hour), DiscountedInstanceType,
DiscountedUsageType, DiscountedOperation, PurchaseOption, LeaseContractLength and so on (docs.aws.amazon.com, "Reading
the service price list file for a Savings Plan"). Lines of shared tenancy and Linux count: usage type `BoxUsage`,
operation `RunInstances`. A file has some hundred thousand lines; they are read one by one.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from planner.core.csv_table import finite_number
from planner.core.errors import MOST_SHOWN, Fault, InstanceError, in_lines, shortened
from planner.core.input_file import open_plain
from planner.loader.catalog.aws_instances import accelerators_of
from planner.loader.catalog.imported import Imported, dollar_price
from planner.loader.catalog.price import PriceTerm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

TITLE = "AWS Savings Plans price list"
NEEDED = (
    *("Unit", "DiscountedRate", "Currency", "DiscountedServiceCode", "DiscountedUsageType"),
    *("DiscountedOperation", "PurchaseOption", "LeaseContractLength", "LeaseContractLengthUnit"),
    *("Product Family", "DiscountedRegionCode", "DiscountedInstanceType"),
)
_FIRST, _METADATA_LINES = "FormatVersion", 10
_TERMS = {
    ("1", "No Upfront"): PriceTerm.RESERVED_1Y,
    ("1", "Partial Upfront"): PriceTerm.RESERVED_1Y_PARTIAL_UPFRONT,
    ("1", "All Upfront"): PriceTerm.RESERVED_1Y_UPFRONT,
    ("3", "No Upfront"): PriceTerm.RESERVED_3Y,
    ("3", "Partial Upfront"): PriceTerm.RESERVED_3Y_PARTIAL_UPFRONT,
    ("3", "All Upfront"): PriceTerm.RESERVED_3Y_UPFRONT,
}
_SHARED, _LINUX = "BoxUsage", "RunInstances"


def recognises(path: Path) -> bool:
    """Whether a file begins as AWS's price list files do, with a header of Savings Plans below."""
    try:
        with io.TextIOWrapper(open_plain(path), encoding="utf-8-sig", newline="") as file:
            rows = islice(csv.reader(file), _METADATA_LINES)
            return next(rows, [])[:1] == [_FIRST] and any(set(NEEDED) <= set(row) for row in rows)
    except (InstanceError, OSError, UnicodeDecodeError, csv.Error):
        return False


def import_savings_plans(path: Path, provider: str, seen: date, source: str) -> Imported:
    """Prices per accelerator-hour of each region, hardware, size and term: of the plans the cheaper one.

    A plan discounts what is used and holds no capacity, which `note` says. Rates are per hour of the whole term,
    whenever they are paid. Raises InstanceError with every line that cannot be read.
    """
    cheapest: dict[tuple[str, str, str, int, PriceTerm], tuple[float, str]] = {}
    left_out: dict[str, int] = defaultdict(int)
    faults: list[Fault] = []
    for number, cells in _rows(path, faults):
        known = accelerators_of().get(cells["DiscountedInstanceType"])
        if known is None or not _counts(cells):
            continue
        term = _TERMS.get((cells["LeaseContractLength"], cells["PurchaseOption"]))
        price = finite_number(cells["DiscountedRate"])
        wrong = _wrong_cells(cells, price)
        faults += [Fault(message, file=str(path), line=number) for message in wrong]
        if wrong or price is None:
            continue
        if term is None or cells["LeaseContractLengthUnit"] != "year":
            left_out[f"{cells['LeaseContractLength']} year, {cells['PurchaseOption']}"] += 1
        elif cells["Currency"] != "USD" or price == 0.0:
            left_out["no price in USD above zero"] += 1
        else:
            key = (provider, cells["DiscountedRegionCode"], *known, term)
            note = f"{cells['DiscountedInstanceType']}, {cells['Product Family']}: a discount, no capacity"
            cheapest[key] = min(cheapest.get(key, (price, note)), (price, note))
    if faults:
        raise InstanceError(in_lines(faults))
    prices = [dollar_price(key, price, note, seen, source) for key, (price, note) in sorted(cheapest.items())]
    return Imported(
        tuple(prices), tuple(f"{words}: {count} lines" for words, count in sorted(left_out.items()))
    )


def _wrong_cells(cells: dict[str, str], price: float | None) -> list[str]:
    """What is wrong with a line that counts."""
    empty = ("DiscountedRegionCode", "PurchaseOption", "LeaseContractLength", "Currency")
    wrong = [f"{column} is empty" for column in empty if not cells[column].strip()]
    if price is None or price < 0:
        wrong.append(f"DiscountedRate: '{shortened(cells['DiscountedRate'])}' is no price")
    return wrong


def _counts(cells: dict[str, str]) -> bool:
    """Whether a line is of Linux on shared tenancy, by the hour."""
    return (
        cells["DiscountedServiceCode"] == "AmazonEC2"
        and cells["DiscountedUsageType"].partition(":")[0].rpartition("-")[2] == _SHARED
        and cells["DiscountedOperation"] == _LINUX
        and cells["Unit"] == "Hrs"
    )


def _rows(path: Path, faults: list[Fault]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of every row below the header; rows of another number of cells are told in `faults`, the first."""
    with io.TextIOWrapper(open_plain(path), encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header: list[str] | None = None
        try:
            for row in reader:
                if header is None:
                    header = row if set(NEEDED) <= set(row) else None
                elif len(row) != len(header):
                    wrong = f"{len(row)} fields, the header has {len(header)}"
                    if len(faults) <= MOST_SHOWN:
                        faults.append(Fault(wrong, file=str(path), line=reader.line_num))
                else:
                    yield reader.line_num, dict(zip(header, row, strict=True))
        except (csv.Error, UnicodeDecodeError):
            wrong = "not readable as CSV in UTF-8"
            raise InstanceError([Fault(wrong, file=str(path), line=reader.line_num + 1)]) from None
