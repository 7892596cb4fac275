"""Axes of variables and rows: their names, how many positions they have, and the periods that a position is about.

A family that needs an axis of its own declares one beside its variables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.model.market import CommitmentSet, LendingSet
    from planner.model.sets import Sets

    Groups = dict[str, NDArray[np.int64]]
    Spans = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Axis:
    """`length(sets)` positions, which have the names `labels(sets)` where they have any.

    `spans(sets, at)` are the first and the last period of positions `at`, shape [count, axis], on the axes of a
    variable up to this one; absent where the axis is not about time. `groups(sets)` are coarser labels of positions, by
    name: the hardware of each unit, say.
    """

    name: str
    length: Callable[[Sets], int]
    spans: Callable[[Sets, NDArray[np.int64]], Spans] | None = None
    labels: Callable[[Sets], Sequence[str]] | None = None
    groups: Callable[[Sets], Groups] = field(default=lambda sets: {})


def shape_of(sets: Sets, axes: Sequence[Axis]) -> tuple[int, ...]:
    """Positions on each axis."""
    return tuple(axis.length(sets) for axis in axes)


def spans_of(sets: Sets, axes: Sequence[Axis], at: NDArray[np.int64]) -> Spans:
    """First and last period of decisions at positions `at`, shape [count, axis]; the whole horizon where no axis
    is about time.
    """
    for place, axis in enumerate(axes):
        if axis.spans is not None:
            return axis.spans(sets, at[:, : place + 1])
    return np.zeros(len(at), dtype=np.int64), np.full(len(at), sets.periods - 1)


def _days(sets: Sets) -> int:
    return int(sets.timeline.day.max(initial=-1)) + 1


def _most_lags(sets: Sets) -> int:
    """Periods back to the oldest job that may wait while jobs of other proportions do."""
    orders = sets.deferral.orders if sets.deferral is not None else ()
    return max((lags[-1] + 1 for order in orders for lags in order.came.values()), default=0)


def _of_offers(sets: Sets, at: NDArray[np.int64]) -> Spans:
    return sets.first[at[:, -1]], sets.last[at[:, -1]]


def _of_days(sets: Sets, at: NDArray[np.int64]) -> Spans:
    """The first and the last period of a day: of one that a repeating block begins and ends in, all of the block."""
    day = sets.timeline.day
    first, last = np.full(_days(sets), sets.periods), np.zeros(_days(sets), dtype=np.int64)
    np.minimum.at(first, day, np.arange(sets.periods))
    np.maximum.at(last, day, np.arange(sets.periods))
    return first[at[:, -1]], last[at[:, -1]]


def _of_runs(runs: Sequence[LendingSet | CommitmentSet], at: NDArray[np.int64]) -> Spans:
    first, last = np.zeros(len(at), dtype=np.int64), np.zeros(len(at), dtype=np.int64)
    for place, one in enumerate(runs):
        mine = at[:, -2] == place
        first[mine], last[mine] = one.first[at[mine, -1]], one.last[at[mine, -1]]
    return first, last


def _channels(sets: Sets) -> list[str]:
    """`hardware.channel` of each channel."""
    return [channel.label(sets) for channel in sets.channels]


def _channels_of_offers(sets: Sets) -> list[str]:
    """`hardware.channel` of each offer: that of several, one for each span it can be taken for."""
    labels = _channels(sets)
    return [labels[channel] for channel in sets.offer_channel.tolist()]


def _unit_groups(sets: Sets) -> Groups:
    roles = sorted({str(unit.role) for unit in sets.units})
    role = np.array([roles.index(str(unit.role)) for unit in sets.units], dtype=np.int64)
    return {"hardware": np.asarray(sets.hardware_of, dtype=np.int64), "role": role}


def _channel_groups(sets: Sets) -> Groups:
    return {"hardware": np.array([channel.hardware for channel in sets.channels], dtype=np.int64)}


def _offer_groups(sets: Sets) -> Groups:
    return {"hardware": _channel_groups(sets)["hardware"][sets.offer_channel]}


def _work_groups(sets: Sets) -> Groups:
    return {"workload": np.array(sets.market.workload_of, dtype=np.int64)}


UNIT = Axis(
    "unit",
    lambda sets: len(sets.units),
    labels=lambda sets: [one.name for one in sets.units],
    groups=_unit_groups,
)
WORK = Axis(
    "work",
    lambda sets: len(sets.works),
    labels=lambda sets: [one.name for one in sets.works],
    groups=_work_groups,
)
HARDWARE = Axis(
    "hardware",
    lambda sets: len(sets.hardware),
    labels=lambda sets: sets.hardware,
    groups=lambda sets: {"hardware": np.arange(len(sets.hardware))},
)
CHANNEL = Axis("channel", lambda sets: len(sets.channels), labels=_channels, groups=_channel_groups)
PERIOD = Axis("period", lambda sets: sets.periods, lambda sets, at: (at[:, -1], at[:, -1]))
OFFER = Axis("offer", lambda sets: len(sets.first), _of_offers, _channels_of_offers, groups=_offer_groups)
WORKLOAD = Axis(
    "workload",
    lambda sets: len(sets.market.workloads),
    labels=lambda sets: sets.market.workloads,
    groups=lambda sets: {"workload": np.arange(len(sets.market.workloads))},
)
VENDOR = Axis(
    "vendor",
    lambda sets: len(sets.market.vendors),
    labels=lambda sets: [one.name for one in sets.market.vendors],
)
DAY = Axis("day", _days, _of_days)
TIER = Axis("tier", lambda sets: max((len(one.tier_from) for one in sets.market.vendors), default=0))
LENDING = Axis(
    "lending",
    lambda sets: len(sets.market.lendings),
    labels=lambda sets: [one.name for one in sets.market.lendings],
)
BLOCK = Axis(
    "block",
    lambda sets: max((len(one.first) for one in sets.market.lendings), default=0),
    lambda sets, at: _of_runs(sets.market.lendings, at),
)
COMMITMENT = Axis(
    "commitment",
    lambda sets: len(sets.market.commitments),
    labels=lambda sets: [one.name for one in sets.market.commitments],
)
SPAN = Axis(
    "span",
    lambda sets: max((len(one.first) for one in sets.market.commitments), default=0),
    lambda sets, at: _of_runs(sets.market.commitments, at),
)
ROUTE = Axis(
    "route",
    lambda sets: 0 if sets.sites is None else len(sets.sites.routes),
    labels=lambda sets: [] if sets.sites is None else [" to ".join(ends) for ends in sets.sites.routes],
)
LAG = Axis("lag", _most_lags)
SCENARIO = Axis("scenario", lambda sets: 0 if sets.risk is None else len(sets.risk.probability))
PLAN = Axis("plan", lambda sets: 1)
