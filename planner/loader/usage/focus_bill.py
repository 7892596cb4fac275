"""Bills in FOCUS (FinOps Open Cost and Usage Specification, focus.finops.org, 1.0 to 1.2) as lines of channels.

A line is of the channel that a rule names, that its `ResourceId` does (`HARDWARE/CHANNEL`, as `planner export --focus`
writes it), or its `Tags` (`planner/hardware` and `planner/channel`). Cost is `EffectiveCost`, which spreads what is
paid at once over what it is paid for. Lines of the category Usage count node-hours: `ConsumedQuantity`, or the first of
`PricingQuantity` and `CommitmentDiscountQuantity` that is filled, in hours of nodes or of GPUs.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from planner.core.csv_table import read_csv_table
from planner.core.errors import Fault, InstanceError
from planner.loader.catalog.table import CatalogTable, Line, LineReader, number, parse_lines
from planner.loader.usage.bill_line import BillLine
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from planner.instance import Instance
    from planner.loader.usage.channel_rules import ChannelRule

RECOGNISED = frozenset(("ChargePeriodStart", "ChargePeriodEnd", "EffectiveCost"))
"""Columns by which a CSV file is a bill."""
NEEDED = (*sorted(RECOGNISED), "BillingCurrency", "ChargeCategory")
_QUANTITIES = ("Consumed", "Pricing", "CommitmentDiscount")
_NODES = frozenset(("hour", "hours", "hr", "hrs", "node-hour", "node-hours", "instance-hours"))
_GPUS = frozenset(("gpu-hour", "gpu-hours"))
_STATUS = ("CommitmentDiscountStatus", "CapacityReservationStatus")
READ = frozenset(
    (
        *NEEDED,
        *(f"{name}{part}" for name in _QUANTITIES for part in ("Quantity", "Unit")),
        *_STATUS,
        *("PricingCategory", "ResourceId", "Tags", "ServiceName", "x_Channel", "x_CostTerm"),
    )
)
"""Columns that are looked at, beside those of rules."""
MOST_BYTES = 1_000_000_000
MOST_FIELDS = 30_000_000


@dataclass
class Bill:
    """Lines of channels and of terms of the cost; what other lines cost, by what they are for."""

    lines: list[BillLine] = field(default_factory=list)
    others: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def read_bills(paths: Sequence[Path], instance: Instance, rules: Sequence[ChannelRule]) -> Bill:
    """Every line of the files. Raises InstanceError with every fault of every line."""
    bill = Bill()
    faults: list[Fault] = []
    columns: set[str] = set()
    for path in paths:
        try:
            columns |= _read(path, instance, rules, bill)
        except InstanceError as error:
            faults += error.faults
    lacking = [column for rule in rules for column, _ in rule.cells if column not in columns]
    if not faults:
        words = "is no column of any bill"
        faults += [Fault(f"'{column}' {words}", "--channel") for column in dict.fromkeys(lacking)]
    if faults:
        raise InstanceError(faults)
    return bill


def _read(path: Path, instance: Instance, rules: Sequence[ChannelRule], bill: Bill) -> set[str]:
    """Add the lines of a file; returns its columns."""
    wrong: list[Fault] = []
    table = read_csv_table(path, MOST_BYTES, MOST_FIELDS, wrong)
    lacking = [column for column in NEEDED if column not in table.header]
    if lacking:
        words = f"is a bill without {', '.join(lacking)}, which FOCUS has in every one"
        raise InstanceError([Fault(words, file=str(path), line=table.header_line)])
    reading = _Reading(instance, rules)
    known = [column for column in table.header if column in READ or column in reading.named]
    places = [table.header.index(column) for column in known]
    lines = tuple(
        Line(row.line, {column: row.cells[place] for column, place in zip(known, places, strict=True)})
        for row in table.rows
    )
    read = CatalogTable(table.file, table.comment, tuple(known), table.header_line, lines, tuple(wrong))
    for line, other in parse_lines(read, reading.line):
        if line is not None:
            bill.lines.append(line)
        elif other is not None:
            bill.others[other[0]] += other[1]
    return set(table.header)


@dataclass
class _Reading:
    """Lines of one file, each by itself."""

    instance: Instance
    rules: Sequence[ChannelRule]

    @property
    def named(self) -> set[str]:
        """Columns that rules look at."""
        return {column for rule in self.rules for column, _ in rule.cells}

    def line(self, line: Line) -> tuple[BillLine | None, tuple[str, float] | None]:
        """A line of the plan's, or what another is for and costs. Raises CellFaults with all that is wrong with it."""
        cells, reader = line.cells, LineReader()
        cost = reader.number(line, "EffectiveCost")
        begin = reader.read(lambda: _moment(cells, "ChargePeriodStart"), -math.inf)
        end = reader.read(lambda: _moment(cells, "ChargePeriodEnd"), math.inf)
        if end < begin:
            reader.refuse("ChargePeriodEnd lies before ChargePeriodStart")
        if cells["BillingCurrency"] != self.instance.currency:
            said = f"is in {cells['BillingCurrency'] or 'no currency'}, the plan in {self.instance.currency}"
            reader.refuse(f"BillingCurrency: {said}")
        key = self._channel(cells)
        hours = 0.0
        if key is not None and cells["ChargeCategory"] == "Usage":
            hours = reader.read(lambda: self._node_hours(line, key), 0.0)
        reader.close()
        if key is not None:
            return BillLine(begin, end, cost, *key, "", hours, _in_use(cells)), None
        if cells.get("x_CostTerm") and not cells.get("x_Channel"):
            return BillLine(begin, end, cost, term=cells["x_CostTerm"]), None
        return None, (cells.get("ServiceName") or cells["ChargeCategory"] or "no service", cost)

    def _channel(self, cells: Mapping[str, str]) -> tuple[str, str] | None:
        """Hardware and channel of a line; None where it is of none."""
        for rule in self.rules:
            if rule.fits(cells):
                return rule.hardware, rule.channel
        hardware, _, channel = cells.get("ResourceId", "").partition("/")
        tags = _tags(cells.get("Tags", ""))
        for key in ((hardware, channel), (tags.get("planner/hardware"), tags.get("planner/channel"))):
            if key[1] in self.instance.fleet.get(str(key[0]), {}):
                return str(key[0]), str(key[1])
        return None

    def _node_hours(self, line: Line, key: tuple[str, str]) -> float:
        """Node-hours of a line. Raises ValueError where it tells none."""
        for name in _QUANTITIES:
            column = f"{name}Quantity"
            if line.cells.get(column):
                unit = line.cells.get(f"{name}Unit", "")
                hours = number(line, column)
                if hours < 0:
                    raise ValueError(f"{column}: {hours:g} is negative")
                if unit.lower().replace(" ", "-") in _NODES:
                    return hours
                if unit.lower().replace(" ", "-") in _GPUS:
                    return hours / node_of(self.instance, key[0]).gpus
                words = f"'{unit}' is no hours of nodes or of GPUs, of {'.'.join(key)}"
                raise ValueError(f"{name}Unit: {words}: choose its lines by --channel")
        raise ValueError(f"of {'.'.join(key)}, tells no quantity: which node-hours are these?")


def _in_use(cells: Mapping[str, str]) -> bool | None:
    """Whether nodes ran, by the status of the commitment; hired ones, which have none, are paid while they run."""
    status = next((cells[name] for name in _STATUS if cells.get(name)), "")
    if status:
        return status == "Used"
    return True if cells.get("PricingCategory") in ("Standard", "Dynamic") else None


def _tags(text: str) -> dict[str, Any]:
    try:
        tags = json.loads(text or "{}")
    except ValueError:
        return {}
    return tags if isinstance(tags, dict) else {}


def _moment(cells: Mapping[str, str], column: str) -> float:
    """Seconds since 1970; FOCUS has all times in UTC. Raises ValueError naming the column."""
    try:
        moment = datetime.fromisoformat(cells[column])
    except ValueError:
        raise ValueError(f"{column}: '{cells[column]}' is no date and time of ISO 8601") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
