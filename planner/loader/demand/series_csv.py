"""CSV files with a row for each interval or sample: counts and rates by the minute or hour, and exports of Grafana.

A row of counts or rates is of the interval that begins at its time (ends, where the name of the column says so) and
lasts until the next is due. Counters of known tools are samples, as Prometheus has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.core.errors import Fault, InstanceError, in_lines, shortened
from planner.loader.demand.amounts import MOST_PER_S, amounts_of, misread, too_long, too_many
from planner.loader.demand.columns import columns_of_csv
from planner.loader.demand.mapping import series_measure, time_of, to_be_read
from planner.loader.demand.moments import MOST_FAULTS, SECONDS_BY_WORD, Clock
from planner.loader.demand.tracks import Track, counter, intervals, spacing_of
from planner.loader.lengths import MOST_TOKENS
from planner.loader.time_names import names_end, names_time, names_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.loader.demand.columns import RecordColumns
    from planner.loader.demand.fill import Fill
    from planner.loader.demand.head import Head
    from planner.loader.demand.log_reading import LogReading

_NAMED = re.compile(r'__name__="([^"]+)"')
_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_SHORTEST_UNIT = len("day")
"""Letters that the name of a column needs to be taken for a time by its unit alone."""


@dataclass(frozen=True)
class SeriesColumns:
    """Which columns a file has: the time, and of each other the name, kind and measure."""

    time: str
    measures: dict[str, tuple[str, str]]
    mapped: frozenset[str] = frozenset()
    """Those that `--map` names."""
    seconds_per_count: float | None = None
    """Seconds of a step of times that only count, where `--map` says it."""


def series_columns(head: Head, mapping: Mapping[str, str]) -> SeriesColumns | None:
    """The columns of a CSV file that hold demand over time; None where it holds none.

    Raises InstanceError where several may hold the same.
    """
    found = {}
    for name in head.header:
        meaning = series_measure(name, mapping) or series_measure(metric_of(name), mapping)
        if meaning is not None:
            found[name] = meaning
    named, unit = time_of(mapping)
    time = named or next((name for name in head.header if _is_time(name)), None)
    if not found or time not in head.header:
        return None
    read, doubts = to_be_read(found)
    if doubts:
        raise InstanceError([Fault(doubt, file=str(head.path), line=head.header_line) for doubt in doubts])
    measures = {name: (one.kind, one.measure) for name, one in found.items() if name in read}
    return SeriesColumns(str(time), measures, frozenset(mapping.values()) & measures.keys(), unit)


def _is_time(name: str) -> bool:
    return names_time(name) or (len(name) >= _SHORTEST_UNIT and name.lower() in SECONDS_BY_WORD)


def tracks_of_csv(
    head: Head, columns: SeriesColumns, reading: LogReading, fill: Fill
) -> tuple[list[Track], list[str]]:
    """The tracks of a file, and what was done about defects. Raises InstanceError with the lines that are wrong."""
    names = [columns.time, *columns.measures]
    parts = list(columns_of_csv(head, names))
    if not parts:
        raise InstanceError([Fault("no rows", file=str(head.path), line=head.header_line)])
    whole = replace(
        parts[0],
        values={name: pd.concat([part.values[name] for part in parts], ignore_index=True) for name in names},
        lines=np.concatenate([part.lines for part in parts]),
        faults=tuple(fault for part in parts for fault in part.faults),
    )
    times, values, spacing, notes = _samples(columns, whole, reading, fill)
    if names_end(columns.time):
        times = times - spacing
    tracks = []
    for name, (kind, measure) in columns.measures.items():
        there = ~np.isnan(values[name])
        if there.sum() < 2:
            continue
        found = values[name][there]
        if kind == "counter":
            tracks.append(counter(measure, times[there], found))
        else:
            amounts = found * (spacing if kind == "rate" else 1.0)
            tracks.append(intervals(measure, times[there], amounts, spacing))
    others = [name for name in head.header if name not in names]
    notes += [f"{head.path.name}: not read: {', '.join(map(shortened, others))}"] if others else []
    return tracks, notes


def _samples(
    columns: SeriesColumns, whole: RecordColumns, reading: LogReading, fill: Fill
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]], float, list[str]]:
    """Times in order, values by column, their usual distance, and notes. Raises InstanceError with all faults."""
    faults: list[Fault] = [*whole.faults]
    values = {name: amounts_of(whole, name, faults) for name in columns.measures}
    try:
        seconds = _seconds(columns, whole, reading)
        kept, notes = _in_order(whole, seconds, fill, reading)
    except InstanceError as error:
        raise InstanceError(in_lines([*error.faults, *faults])) from None
    times = seconds[kept]
    spacing = spacing_of(times)
    if spacing <= 0:
        alone = whole.fault(0, "one row says not how long it lasts: two are needed")
        raise InstanceError(in_lines(faults if whole.faults else [*faults, alone]))
    faults += _absurd(columns, whole, seconds, values, kept, spacing)
    faults += _misread(columns, whole, values, kept)
    if faults:
        raise InstanceError(in_lines(faults))
    return times, {name: found[kept] for name, found in values.items()}, spacing, notes


def _misread(
    columns: SeriesColumns,
    whole: RecordColumns,
    values: Mapping[str, NDArray[np.float64]],
    kept: NDArray[np.int64],
) -> list[Fault]:
    """Columns that are not what they are taken for, and rows of more cached tokens than prompts have."""
    faults: list[Fault] = []
    for name, (kind, measure) in columns.measures.items():
        found = values[name][kept]
        wrong = misread(kind, measure, name, name in columns.mapped, found[~np.isnan(found)])
        if wrong is not None:
            faults.append(Fault(f"{name} {wrong}", file=whole.file))
    by_measure = {meaning: name for name, meaning in columns.measures.items()}
    for kind in ("rate", "count"):
        cached, prompts = (by_measure.get((kind, each)) for each in ("cached_tokens", "input_tokens"))
        if cached is None or prompts is None:
            continue
        above = np.flatnonzero(values[cached] > values[prompts] * (1 + 1e-9))[:MOST_FAULTS]
        faults += [
            whole.fault(
                place, f"{whole.shown(place, cached)} is more than the prompts have, {prompts}", cached
            )
            for place in above.tolist()
        ]
    return faults


def _absurd(
    columns: SeriesColumns,
    whole: RecordColumns,
    seconds: NDArray[np.float64],
    values: Mapping[str, NDArray[np.float64]],
    kept: NDArray[np.int64],
    spacing_s: float,
) -> list[Fault]:
    """Rows that hold more than anybody serves, or requests longer than any."""
    faults: list[Fault] = []
    over: dict[str, NDArray[np.bool_]] = {}
    for name, (kind, _) in columns.measures.items():
        rows = kept[np.isfinite(values[name][kept])]
        over[name] = np.zeros(len(seconds), dtype=bool)
        over[name][rows] = too_many(kind, seconds[rows], values[name][rows], spacing_s)
        faults += [
            whole.fault(place, f"{whole.shown(place, name)} is more than {MOST_PER_S:g} a second", name)
            for place in np.flatnonzero(over[name])[:MOST_FAULTS].tolist()
        ]
    scale = {"rate": spacing_s, "count": 1.0}
    amounts = {
        name: np.where(over[name], 0.0, values[name]) * scale[kind]
        for name, (kind, _) in columns.measures.items()
        if kind in scale
    }
    requests = next((name for name in amounts if columns.measures[name][1] == "requests"), None)
    if requests is None:
        return faults
    for name in amounts.keys() - {requests}:
        long = too_long(amounts[requests], amounts[name]) & ~over[requests]
        faults += [
            whole.fault(place, f"{whole.shown(place, name)} is above {MOST_TOKENS:,} tokens a request", name)
            for place in np.flatnonzero(long)[:MOST_FAULTS].tolist()
        ]
    return faults


def no_series(head: Head) -> Fault:
    """What to say of a CSV file in which no column is known."""
    columns = ", ".join(map(shortened, head.header[:12]))
    message = (
        f"is of no known format, with columns {columns}: say what they are: --map time=NAME --map requests=NAME "
        f"(counts of each row; of rates requests_per_s=NAME), "
        f"or for a row a request --map time=NAME --map input_tokens=NAME --map output_tokens=NAME"
    )
    return Fault(message, file=str(head.path), line=head.header_line)


def metric_of(name: str) -> str:
    """The metric that a column of Grafana is of: `metric{labels}`, or a label of that name."""
    found = _NAMED.search(name)
    if found is not None:
        return found[1]
    plain = _METRIC.match(name)
    return plain.group() if plain is not None and name[plain.end() : plain.end() + 1] in ("", "{") else name


def _seconds(columns: SeriesColumns, whole: RecordColumns, reading: LogReading) -> NDArray[np.float64]:
    """The times of all rows, in seconds since 1970, shape [row]."""
    from zoneinfo import ZoneInfo

    zone = reading.zone or (ZoneInfo("UTC") if names_utc(columns.time) else None)
    clock = Clock(
        zone,
        reading.start,
        columns.seconds_per_count,
        reading.twice_in_order,
        each_once=True,
        day_order=reading.day_order,
    )
    seconds = clock.seconds(whole, columns.time)
    reading.note_times(clock)
    return seconds


def _in_order(
    columns: RecordColumns, seconds: NDArray[np.float64], fill: Fill, reading: LogReading
) -> tuple[NDArray[np.int64], list[str]]:
    """The rows in the order of time, each time once. Raises InstanceError where that is not so, and not asked for."""
    faults, notes = list[Fault](), list[str]()
    late = np.flatnonzero(np.diff(seconds) < 0) + 1
    if len(late) and fill.order is None:
        faults.append(
            columns.fault(
                int(late[0]),
                "comes before the row above it: --fill order=sort takes rows in the order of time",
            )
        )
    elif len(late):
        notes.append(f"{columns.file}:{columns.lines[late[0]]}: rows out of order, sorted by time")
    order = np.argsort(seconds, kind="stable")
    again = order[1:][np.diff(seconds[order]) <= 0]
    reading.defects |= {defect for defect, found in (("order", late), ("duplicates", again)) if len(found)}
    if len(again) and fill.duplicates is None:
        faults += [
            columns.fault(place, "is the time of an earlier row too: --fill duplicates=first keeps that one")
            for place in np.sort(again)[:MOST_FAULTS].tolist()
        ]
    elif len(again):
        notes.append(f"{columns.file}: {len(again):,} rows of times that were there before left out")
    if faults:
        raise InstanceError(faults)
    return order[~np.isin(order, again)], notes
