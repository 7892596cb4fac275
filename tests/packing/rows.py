"""The rows of the program of an instance given as plain data."""

from __future__ import annotations

from typing import Any

import planner
from tests.model.listing import Listing, listing, program_for


def rows_of(data: dict[str, Any]) -> Listing:
    """Lower side, coefficients by column and upper side of every row, by name."""
    return listing(program_for(planner.from_dict(data)))
