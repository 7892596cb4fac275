"""Request logs -> their sums, with every defect told at once; a second reading leaves out rows that are there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.demand_traits import DemandTrait
from planner.core.errors import Fault, InstanceError
from planner.loader.demand.course import MEASURES, MINUTE_S, DemandCourse, of_all, silent
from planner.loader.demand.prefix_reuse import PrefixReuse
from planner.loader.demand.requests import requests_of
from planner.loader.demand.tally import Tally
from planner.loader.demand.variability import variability_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.loader.demand.fill import Fill
    from planner.loader.demand.head import Head
    from planner.loader.demand.log_reading import LogReading
    from planner.loader.demand.repeats import EvenGroups, RepeatedRows
    from planner.loader.demand.request_format import RequestFormat
    from planner.loader.demand.requests import RequestBatch

EDGE_GAPS = 5.0
"""Mean gaps between requests by which a log reaches beyond its first and its last row, to the minute at most."""
_MOST_SHOWN = 10
_MOST_MODELS_SHOWN = 10


class LogSums:
    """What the logs come to: their sums, prefix reuse where blocks are named, and what was done about defects."""

    def __init__(self, tally: Tally, reuse: PrefixReuse | None, notes: list[str]) -> None:
        self.tally, self.reuse, self.notes = tally, reuse, notes


def read_logs(
    logs: Sequence[tuple[Head, RequestFormat]],
    reading: LogReading,
    fill: Fill,
    from_first: bool,
    kept_s: float,
) -> LogSums:
    """Sum up request logs, `kept_s` seconds for a prefix block in the cache. Raises InstanceError with every defect."""
    reading.begin()
    sums = _summed(logs, reading, from_first, kept_s, np.zeros(0, dtype=np.int64))
    if not sums.tally.rows:
        raise InstanceError([Fault(_nothing(reading), file=str(logs[0][0].path))])
    _one_model(reading, logs)
    alike = sums.tally.alike()
    twice = alike.twice if fill.duplicates is None else np.union1d(alike.twice, alike.perhaps)
    reading.defects |= {"duplicates"} if len(twice) else set()
    reading.defects |= {"order"} if sums.tally.disorder.rows else set()
    if sums.reuse is not None:
        reading.traits.add(DemandTrait.PREFIX_BLOCKS)
    faults = _duplicate_faults(sums.tally, alike, fill) + _order_faults(sums.tally, fill)
    if faults:
        raise InstanceError(faults)
    notes = [_noted(sums.tally)] if sums.tally.disorder.rows else []
    if len(twice):
        notes.append(f"{len(twice):,} rows that are there twice left out")
    if len(alike.perhaps):
        notes.append(_alike_in_words(sums.tally, alike, fill))
    if alike.even is not None:
        notes.append(_even_in_words(alike.even))
    outer = reading.calls.outer(twice)
    if len(outer):
        file, line = sums.tally.repeats.place(int(outer[0]))
        words = "rows set aside of calls that another row tells from within (client and engine traced one request)"
        notes.append(f"{len(outer):,} {words}, the first at {file}:{line}")
    if len(twice) or len(outer):
        reading.begin()
        sums = _summed(logs, reading, from_first, kept_s, np.union1d(twice, outer))
    notes += reading.in_words()
    sums.notes[:0] = notes
    return sums


def course_of(tally: Tally) -> DemandCourse:
    """The course by minute, with silent stretches that chance does not explain as missing."""
    first = int(np.floor(tally.first_s / MINUTE_S))
    count = int(np.floor(tally.last_s / MINUTE_S)) - first + 1
    sums = tally.minutes.between(first, count)
    known = tuple(name for name in MEASURES if name != "cached_tokens" or tally.cached_known)
    steady = variability_of(tally).dispersion.get(int(MINUTE_S))
    origin = tally.origin_s or 0.0
    usual_s = EDGE_GAPS * (tally.last_s - tally.first_s) / max(tally.rows - 1, 1)
    return DemandCourse(
        begin_s=origin + first * MINUTE_S,
        sums=sums,
        missing=of_all(known, silent(sums[0], steady.value if steady is not None else 1.0)),
        known=known,
        resolution_s=MINUTE_S,
        first_s=max(origin + first * MINUTE_S, origin + tally.first_s - usual_s),
        end_s=min(origin + (first + count) * MINUTE_S, origin + tally.last_s + usual_s),
    )


def _summed(
    logs: Sequence[tuple[Head, RequestFormat]],
    reading: LogReading,
    from_first: bool,
    kept_s: float,
    dropped: NDArray[np.int64],
) -> LogSums:
    tally, reuse = Tally(None if from_first else 0.0), None
    for batch, format_ in _kept(logs, reading, dropped):
        cached = batch.cached_tokens
        if batch.prefix_blocks is not None and format_.block_tokens is not None and cached is None:
            reuse = reuse or PrefixReuse(format_.block_tokens)
            cached = reuse.add(batch, kept_s)
        tally.add(batch, cached)
    notes = []
    if reuse is not None and not reuse.complete:
        notes.append(
            "prefix reuse was measured up to the most blocks that are remembered, and is too low after that"
        )
    return LogSums(tally, reuse, notes)


def _kept(
    logs: Sequence[tuple[Head, RequestFormat]], reading: LogReading, dropped: NDArray[np.int64]
) -> Iterator[tuple[RequestBatch, RequestFormat]]:
    row = 0
    faults: list[Fault] = []
    for head, format_ in logs:
        try:
            for batch in requests_of(head, format_, reading):
                inside = dropped[np.searchsorted(dropped, row) : np.searchsorted(dropped, row + len(batch))]
                kept = np.ones(len(batch), dtype=bool)
                kept[inside - row] = False
                row += len(batch)
                if kept.any() and not faults:
                    yield batch.only(kept), format_
        except InstanceError as error:
            faults += error.faults
    if faults:
        raise InstanceError(faults)


def _nothing(reading: LogReading) -> str:
    if reading.model is not None and reading.models:
        return f"holds no request of the model '{reading.model}'; it has {_models(reading)}"
    return "holds no request with tokens"


def _models(reading: LogReading) -> str:
    shown = [f"{name} ({count:,})" for name, count in reading.models.most_common(_MOST_MODELS_SHOWN)]
    return ", ".join(shown) + (", ..." if len(reading.models) > _MOST_MODELS_SHOWN else "")


def _one_model(reading: LogReading, logs: Sequence[tuple[Head, RequestFormat]]) -> None:
    if len(reading.models) > 1 and reading.model is None:
        message = (
            f"requests of several models: {_models(reading)}; --model NAME takes one, --model all all of them"
        )
        raise InstanceError([Fault(message, "--model", str(logs[0][0].path))])


def _duplicate_faults(tally: Tally, alike: RepeatedRows, fill: Fill) -> list[Fault]:
    twice = alike.twice
    if fill.duplicates is not None or not len(twice):
        return []
    places = [tally.repeats.place(int(row)) for row in twice[:_MOST_SHOWN]]
    faults = [Fault("is there before: a row twice", file=file, line=line) for file, line in places]
    more = len(twice) - len(faults)
    advice = "--fill duplicates=first keeps one"
    if alike.judged:
        advice += "; where each is a request of its own, name a column of ids, by --map identity=NAME"
    said = f"{faults[-1].message}{f', and {more:,} more such rows' if more else ''}: {advice}"
    return [*faults[:-1], Fault(said, file=faults[-1].file, line=faults[-1].line)]


def _alike_in_words(tally: Tally, alike: RepeatedRows, fill: Fill) -> str:
    """What is said of rows that are alike more often than by chance, in times too coarse to tell them apart."""
    file, line = tally.repeats.place(int(alike.perhaps[0]))
    rows = f"{len(alike.perhaps):,} rows say what one before says, the first at {file}:{line}"
    chance = f"chance explains about {alike.by_chance:,.2g} of them"
    if fill.duplicates is not None:
        return f"{rows}: left out, though {chance}"
    return f"{rows}; {chance}: counted, as requests alike; --fill duplicates=first leaves them out"


def _even_in_words(found: EvenGroups) -> str:
    """What is said of rows that come in pairs, some of which are there twice, though none is known to be."""
    return (
        f"{found.even:,} of {found.groups:,} times and lengths are those of an even number of rows; chance explains "
        f"about {found.groups / 2:,.0f}: rows are there twice, or requests come in pairs; which rows, nothing tells: "
        "--map identity=NAME names a column of ids"
    )


def _order_faults(tally: Tally, fill: Fill) -> list[Fault]:
    disorder = tally.disorder
    if fill.order is not None or not disorder.rows:
        return []
    file, _, line = disorder.first.rpartition(":")
    return [
        Fault(
            f"{_noted(tally)}: --fill order=sort takes them in the order of time", file=file, line=int(line)
        )
    ]


def _noted(tally: Tally) -> str:
    disorder = tally.disorder
    return (
        f"{disorder.rows:,} rows are not in the order of time, the first at {disorder.first}, by up to "
        f"{disorder.most_s:,.3g} s"
    )
