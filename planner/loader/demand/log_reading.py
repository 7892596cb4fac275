"""How a log is read, and what is met on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.core.demand_traits import DemandTrait
from planner.loader.demand.nested_calls import CallRecords

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.core.written_days import DayOrder
    from planner.loader.demand.columns import RecordColumns
    from planner.loader.demand.moments import Clock


TOLD_APART = "of hours that come twice, told apart by their order"


@dataclass
class LogReading:
    """How a log is read, and what is met on the way: requests of each model, and rows of note by their kind."""

    zone: ZoneInfo | None = None
    start: datetime | None = None
    twice_in_order: bool = False
    model: str | None = None
    """Model whose requests count; None: of the only one that there is."""
    day_order: DayOrder | None = None
    """Of days written with the year last what comes first; None: what the files tell."""
    models: Counter[str] = field(default_factory=Counter)
    noted: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Kind -> how many rows, and the place of the first."""
    traits: set[DemandTrait] = field(default_factory=set)
    defects: set[str] = field(default_factory=set)
    """Defects that a `Fill` treats, and that were met."""
    named: set[str] = field(default_factory=set)
    """Columns and keys in which any record has something."""
    calls: CallRecords = field(default_factory=CallRecords)

    def begin(self) -> None:
        """Forget what an earlier reading of the same logs met."""
        self.models.clear()
        self.noted.clear()
        self.calls = CallRecords()

    def note_times(self, clock: Clock) -> None:
        """What times of a file were like."""
        self.traits |= {DemandTrait.COUNTED_TIMES} if clock.seconds_per_count is not None else set()
        self.defects |= {"dates"} if clock.met_written else set()
        if clock.rows_twice:
            self.defects.add("dst")
            before, place = self.noted.get(TOLD_APART, (0, ""))
            self.noted[TOLD_APART] = (before + clock.rows_twice, place or clock.first_twice)
            clock.rows_twice = 0

    def note(self, kind: str, columns: RecordColumns, which: NDArray[np.bool_]) -> None:
        """Count rows of a kind."""
        count = int(which.sum())
        if count:
            before, place = self.noted.get(kind, (0, ""))
            first = f"{columns.file}:{int(columns.lines[int(np.argmax(which))])}"
            self.noted[kind] = (before + count, place or first)

    def in_words(self) -> list[str]:
        """What is to be said of the rows that were noted."""
        return [f"{count:,} rows {kind}, the first at {place}" for kind, (count, place) in self.noted.items()]
