"""What an import of prices found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.loader.catalog.price import Price


@dataclass(frozen=True)
class Imported:
    """One price per region, hardware, size and term, and what was left out, in words."""

    prices: tuple[Price, ...]
    left_out: tuple[str, ...]
