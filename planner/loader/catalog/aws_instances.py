"""What accelerators an EC2 instance type has, of the types that have whole ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from planner.loader.catalog.table import read_table, whole_number

_FILE = Path(__file__).parent / "names" / "aws_instances.csv"


@cache
def accelerators_of() -> dict[str, tuple[str, int]]:
    """Hardware and number of accelerators by instance type."""
    lines = read_table(_FILE).lines
    return {line.cells["instance"]: (line.cells["hardware"], whole_number(line, "gpus")) for line in lines}
