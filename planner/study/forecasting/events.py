"""Known events, before and ahead: a factor on the demand of a day, or from one time of day until another.

    learned[t] = history[t] / factor[t]        rate[t] = forecast of what is learned[t] * factor[t]

What a promotion added before is then no season, and what one will add comes on top of the forecast.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from planner.core.csv_table import finite_number
from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_DAY, _TIME = len("2026-11-27"), len("2026-11-27T08:00")
_SAMPLE = "2026-11-27=1.5 or 2026-11-27T08:00/2026-11-27T12:00=1.5"
_OPTION = "--event"


def factors_of(texts: Sequence[str], labels: Sequence[str], known: int) -> NDArray[np.float64]:
    """Factor on each period, shape [period]; `labels` are beginnings in ISO 8601, the first `known` of them history.

    Raises InstanceError with every event that cannot be read, lies elsewhere, or meets another.
    """
    factors, named, faults = np.ones(len(labels)), np.zeros(len(labels), dtype=bool), []
    days, times = (np.array([label[:length] for label in labels]) for length in (_DAY, _TIME))
    for text in texts:
        when, _, figure = text.rpartition("=")
        factor = finite_number(figure)
        begin, _, end = when.partition("/")
        if factor is None or factor < 0 or not (_is_day(when) or (_is_time(begin) and _is_time(end))):
            faults.append(Fault(f"'{text}' is no day with a factor, such as {_SAMPLE}", _OPTION))
            continue
        there = (times >= begin) & (times < end) if end else days == when
        if end and begin >= end:
            faults.append(Fault(f"{when} ends before it begins", _OPTION))
        elif not there.any() or (end and not _whole(begin, end, times)):
            said = f"is not among the days seen or forecast, {days[0]} to {days[-1]}"
            within = f"does not begin and end with periods seen or forecast, {times[0]} to {times[-1]}"
            faults.append(Fault(f"{when} {within if end else said}", _OPTION))
        elif named[there].any():
            faults.append(Fault(f"{when} is named twice: say one factor for a day", _OPTION))
        elif factor == 0 and there[:known].any():
            faults.append(Fault(f"{when} is past: 0 leaves nothing to learn of it", _OPTION))
        else:
            named |= there
            factors[there] = factor
    if faults:
        raise InstanceError(faults)
    return factors


def _is_day(text: str) -> bool:
    return len(text) == _DAY and _is_moment(text, "%Y-%m-%d")


def _is_time(text: str) -> bool:
    return len(text) == _TIME and _is_moment(text, "%Y-%m-%dT%H:%M")


def _is_moment(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _whole(begin: str, end: str, times: NDArray[np.str_]) -> bool:
    """Whether an event begins with a period, and ends with one or after all of them."""
    return bool((times == begin).any() and ((times == end).any() or end > times[-1]))
