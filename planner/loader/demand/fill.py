"""`--fill DEFECT=TREATMENT`: what is done about a defect of a log or a series that would otherwise be refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean
from planner.core.written_days import DayOrder

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

TREATMENTS = {
    "gaps": ("zero", "interpolate", "day-before", "week-before"),
    "duplicates": ("first",),
    "order": ("sort",),
    "dst": ("order",),
    "dates": tuple(map(str, DayOrder)),
}
"""Treatments by defect: stretches without rows; rows that are there twice, of which the first stays; rows that are
not in the order of time; hours that come twice when clocks go back, told apart by the order of rows; days of which
nothing tells whether day or month comes first."""


@dataclass(frozen=True)
class Fill:
    """The treatment of each defect, None where it is refused."""

    gaps: str | None = None
    duplicates: str | None = None
    order: str | None = None
    dst: str | None = None
    dates: str | None = None

    def idle(self, defects: Container[str]) -> list[str]:
        """What is to be said of treatments of defects that were not among those met."""
        said = ((defect, getattr(self, defect)) for defect in TREATMENTS)
        return [
            f"--fill {defect}={treatment}: there was nothing to do"
            for defect, treatment in said
            if treatment is not None and defect not in defects
        ]


def fill_of(texts: Iterable[str]) -> Fill:
    """What the texts `defect=treatment` say. Raises InstanceError with all that are not understood."""
    said: dict[str, str] = {}
    faults: list[Fault] = []
    for text in texts:
        defect, _, treatment = text.partition("=")
        if defect not in TREATMENTS:
            faults.append(Fault(f"'{defect}' is no defect{did_you_mean(defect, TREATMENTS)}", "--fill"))
        elif treatment not in TREATMENTS[defect]:
            known = ", ".join(f"{defect}={one}" for one in TREATMENTS[defect])
            faults.append(Fault(f"'{text}' says not what to do: one of {known}", "--fill"))
        else:
            said[defect] = treatment
    if faults:
        raise InstanceError(faults)
    return Fill(**said)
