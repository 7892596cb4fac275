"""Names of periods, taken apart: stage and scenario that a period belongs to, and the moment it begins.

`Instance.labels` writes them: the names of the stage and of the scenario, where there are any, then the start.
A run of periods with the same names is a block: one copy of the horizon.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from planner.core.errors import Fault, InstanceError
from planner.instance.time_zone import zone_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    import pandas as pd


class PeriodName(NamedTuple):
    """Names before the start, joined (empty where there are neither stages nor scenarios), and the start."""

    block: str
    start: datetime


def period_name(label: str) -> PeriodName:
    """A name taken apart. Raises InstanceError for a text that is no name of a period."""
    block, _, start = label.rpartition(" ")
    try:
        return PeriodName(block, datetime.fromisoformat(start))
    except ValueError:
        raise InstanceError(
            [Fault(f"a period of the plan is called {label!r}, which gives no moment")]
        ) from None


def zone_of_question(question: Mapping[str, Any]) -> ZoneInfo | None:
    """The zone whose clock the horizon of an instance as plain data follows; None where it names none."""
    horizon = question.get("horizon")
    name = horizon.get("timezone") if isinstance(horizon, dict) else None
    try:
        return zone_named(name) if isinstance(name, str) else None
    except ValueError:
        return None


def moments(labels: Sequence[str], zone: ZoneInfo | None = None) -> pd.DatetimeIndex:
    """Beginnings of periods as timestamps in a zone, to the second; None: at the offset of the first of them.

    Raises InstanceError for a text that is no name of a period.
    """
    import numpy as np
    import pandas as pd

    starts = {label: period_name(label).start for label in dict.fromkeys(labels)}
    clock = zone or (starts[labels[0]].tzinfo if labels else UTC)
    in_utc = {label: start.astimezone(UTC).replace(tzinfo=None) for label, start in starts.items()}
    values = np.array([in_utc[label] for label in labels], dtype="datetime64[s]")
    return pd.DatetimeIndex(values).tz_localize(UTC).tz_convert(clock)


def period_columns(
    labels: Sequence[str], periods: Sequence[str], name: str = "period", zone: ZoneInfo | None = None
) -> dict[str, pd.Series[Any]]:
    """Columns of a frame for names of periods out of those of a plan: their moments, as `moments` has them, and before
    these, where the plan has stages or scenarios, NAME_block: the names of both.
    """
    import pandas as pd

    columns: dict[str, pd.Series[Any]] = {}
    if any(period_name(label).block for label in periods[:1]):
        columns[f"{name}_block"] = pd.Series([period_name(label).block for label in labels], dtype="str")
    columns[name] = pd.Series(moments([*periods[:1], *labels], zone)[len(periods[:1]) :])
    return columns


def blocks_of(labels: Sequence[str]) -> list[range]:
    """Runs of periods that cover one horizon each, in order."""
    runs: list[range] = []
    for _, run in groupby(labels, key=lambda label: label.rpartition(" ")[0]):
        first = runs[-1].stop if runs else 0
        runs.append(range(first, first + sum(1 for _ in run)))
    return runs
