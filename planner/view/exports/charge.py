"""A charge: one line of a bill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

NODE_HOURS = "Node-Hours"
LEAST_AMOUNT = 1e-9
"""Of nodes or money: at or below it an amount is what rounding leaves."""


@dataclass(frozen=True)
class Charge:
    """One line, in money of its day. `status` is Used or Unused for what is committed; `listed` is the price of hire on
    demand, 0 where another line has it. `once`: paid at one moment. `value` is what its money is worth in the cost.

    `block` is the copy of the horizon that it belongs to, named by `stage` and `scenario` where there are any.
    """

    category: str
    term: str
    start: datetime
    end: datetime
    billed: float
    effective: float
    listed: float
    quantity: float
    unit: str
    description: str
    hardware: str = ""
    channel: str = ""
    kind: str = ""
    status: str = ""
    block: int = 0
    stage: str = ""
    scenario: str = ""
    once: bool = False
    value: float = 1.0
