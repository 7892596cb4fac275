"""Where books of money facts are: in this folder, and in folders of one's own (`PLANNER_CATALOG`)."""

from __future__ import annotations

from pathlib import Path

from kernels import KernelError
from kernels.facts import entries
from planner.core.errors import Fault, InstanceError


def csv_files(kind: str) -> dict[str, Path]:
    """File by name of the books of one kind, sorted: `prices`, `capex` or `tokens`.

    Raises InstanceError where a folder of one's own cannot be used, or two books have one name.
    """
    try:
        return entries(Path(__file__).parent / kind, kind, ".csv")
    except KernelError as error:
        raise InstanceError([Fault(str(error))]) from None
