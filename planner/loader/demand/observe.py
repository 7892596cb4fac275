"""Files of any known format -> demand by period with what else they tell, or every defect that stands in the way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_HOUR
from planner.core.written_days import DayOrder
from planner.loader.demand.amounts import absurd_totals
from planner.loader.demand.copies import refuse_same, without_copies
from planner.loader.demand.course import MEASURES, moment_text
from planner.loader.demand.fill import Fill
from planner.loader.demand.formats import formats
from planner.loader.demand.gaps import treated
from planner.loader.demand.head import head_of
from planner.loader.demand.histograms import lengths_of_histograms
from planner.loader.demand.log import LogSums, course_of, read_logs
from planner.loader.demand.log_reading import LogReading
from planner.loader.demand.mapping import CUSTOMER, OF_REQUESTS, mapped_format, refuse_unmatched
from planner.loader.demand.measure import Measure
from planner.loader.demand.monitoring import monitoring_of
from planner.loader.demand.periods import Periods, first_whole, periods_of, without_empty_periods
from planner.loader.demand.prometheus_answer import error_answer, is_range_query
from planner.loader.demand.tracks import course_of_tracks
from planner.loader.demand.variability import Variability, variability_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.core.demand_traits import DemandTrait
    from planner.loader.demand.course import DemandCourse
    from planner.loader.demand.head import Head
    from planner.loader.demand.monitoring import Monitoring
    from planner.loader.demand.request_format import RequestFormat
    from planner.loader.demand.tracks import Track

MOST_FILES_NAMED = 3
LEAST_QUIET_MINUTES = 60
"""From this length on a period without a single request is asked about, however few there are around it."""


@dataclass(frozen=True)
class DemandWanted:
    """How demand is wanted: periods, their zone, and what is known beforehand of the files."""

    zone: ZoneInfo | None = None
    start: datetime | None = None
    period_minutes: int = 60
    from_first: bool = False
    mapping: dict[str, str] = field(default_factory=dict)
    model: str | None = None
    fill: Fill = field(default_factory=Fill)
    cache_kept_s: float = np.inf


@dataclass(frozen=True)
class Observed:
    """What the files tell: demand by period, mean lengths, and of request logs their variability and sums."""

    periods: Periods
    input_tokens: Measure | None
    output_tokens: Measure | None
    cached_share: Measure | None
    variability: Variability | None
    log: LogSums | None
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    zone: ZoneInfo | None
    cells: NDArray[np.float64] | None = None
    """Requests, prompt and answer tokens of each pair of buckets, where histograms tell lengths, shape [pair, 3]."""
    traits: frozenset[DemandTrait] = frozenset()
    defects: frozenset[str] = frozenset()
    """Defects that a `Fill` treats, and that were met."""


def observe(files: Sequence[Path], wanted: DemandWanted) -> Observed:
    """Read files of one kind, logs or monitoring. Raises InstanceError with every fault of a step."""
    try:
        return _observed(files, wanted)
    except InstanceError as error:
        together = ", ".join(map(str, files[:MOST_FILES_NAMED])) + ", ..." * (len(files) > MOST_FILES_NAMED)
        faults = [one if one.file or one.path else replace(one, file=together) for one in error.faults]
        raise InstanceError(faults) from None


def _observed(files: Sequence[Path], wanted: DemandWanted) -> Observed:
    refuse_same(files)
    heads = _heads(files)
    in_order = wanted.fill.dst is not None
    order = None if wanted.fill.dates is None else DayOrder(wanted.fill.dates)
    reading = LogReading(wanted.zone, wanted.start, in_order, wanted.model, order)
    logs = [(head, found) for head in heads if (found := _format(head, wanted)) is not None]
    if logs and len(logs) < len(heads):
        rest = next(head for head in heads if all(head is not log for log, _ in logs))
        message = "is no request log, and the others are: import one kind at a time"
        raise InstanceError([Fault(message, file=str(rest.path))])
    if logs:
        logs, copies = without_copies(logs, wanted.fill)
        reading.defects |= {"duplicates"} if copies else set()
        sources = tuple(f"{head.path.name} ({format_.title})" for head, format_ in logs)
        sums = read_logs(logs, reading, wanted.fill, wanted.from_first, wanted.cache_kept_s)
        sums.notes[:0] = copies
        _refuse_lacking_everywhere(wanted, reading, heads)
        return _of_log(sums, wanted, sources, reading)
    return _of_tracks(monitoring_of(heads, wanted.mapping, wanted.fill, reading), wanted, reading)


def _refuse_lacking_everywhere(wanted: DemandWanted, reading: LogReading, heads: Sequence[Head]) -> None:
    """Refuse keys of `--map` that no record of JSON logs has; of those that every record needs it is said by line."""
    if any(head.kind == "csv" for head in heads):
        return
    names = [*reading.named, *(name for head in heads for name in sorted(head.names))]
    lacking = {target: name for target, name in wanted.mapping.items() if name not in reading.named}
    refuse_unmatched(lacking, [name for name in names if name not in lacking.values()], str(heads[0].path))


def _heads(files: Sequence[Path]) -> list[Head]:
    heads: list[Head] = []
    faults: list[Fault] = []
    for file in files:
        try:
            heads.append(head_of(file))
            if (words := error_answer(heads[-1])) is not None:
                faults.append(Fault(words, file=str(file)))
        except InstanceError as error:
            faults += error.faults
    if faults:
        raise InstanceError(faults)
    return heads


def _format(head: Head, wanted: DemandWanted) -> RequestFormat | None:
    """The format of a request log, None for series over time."""
    if is_range_query(head):
        return None
    if set(wanted.mapping) == {CUSTOMER}:
        found = _format(head, replace(wanted, mapping={}))
        _refuse_lacking(head, wanted)
        named = (wanted.mapping[CUSTOMER],)
        return found and replace(found, fields=replace(found.fields, customer=named))
    if wanted.mapping:
        is_log = set(wanted.mapping) <= set(OF_REQUESTS) and "output_tokens" in wanted.mapping
        return _mapped(head, wanted) if is_log or head.kind != "csv" else None
    fitting = [found for found in formats().values() if found.recognises(head.names)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        titles = ", ".join(found.title for found in fitting)
        raise InstanceError(
            [Fault(f"may be of several formats: {titles}; say which, by --map", file=str(head.path))]
        )
    if head.kind == "csv":
        return None
    titles = ", ".join(found.title for found in formats().values())
    others = "others by --map time=KEY --map input_tokens=KEY --map output_tokens=KEY"
    message = f"is of no known format; known: {titles}, range queries of Prometheus; {others}"
    raise InstanceError([Fault(message, file=str(head.path), line=1)])


def _mapped(head: Head, wanted: DemandWanted) -> RequestFormat:
    found = mapped_format(wanted.mapping)
    _refuse_lacking(head, wanted)
    return found


def _refuse_lacking(head: Head, wanted: DemandWanted) -> None:
    """Refuse columns of `--map` that a CSV file does not have."""
    if head.kind == "csv":
        refuse_unmatched(wanted.mapping, head.header, str(head.path))


def _partly_known(tracks: Sequence[Track], course: DemandCourse, wanted: DemandWanted) -> list[str]:
    """Stretches at both ends of which only some of the measures are known."""
    first = min(float(track.seconds[0]) for track in tracks)
    end = max(float(track.seconds[-1]) for track in tracks)
    return [
        f"{moment_text(begin, wanted.zone)} to {moment_text(until, wanted.zone)} left out: not all measures are known"
        for begin, until in ((first, course.first_s), (course.end_s, end))
        if until - begin > course.resolution_s
    ]


def _periods(
    course: DemandCourse, wanted: DemandWanted, is_log: bool
) -> tuple[Periods, list[str], DemandCourse]:
    begin = first_whole(course, wanted.period_minutes, wanted.zone, wanted.from_first)
    if is_log and wanted.period_minutes >= LEAST_QUIET_MINUTES:
        course = without_empty_periods(course, begin, wanted.period_minutes)
    course, notes = treated(course, wanted.fill.gaps, wanted.zone)
    return periods_of(course, wanted.period_minutes, wanted.zone, wanted.from_first), notes, course


def _of_log(sums: LogSums, wanted: DemandWanted, sources: tuple[str, ...], reading: LogReading) -> Observed:
    periods, notes, _ = _periods(course_of(sums.tally), wanted, is_log=True)
    reading.defects |= {"gaps"} if notes else set()
    variability = variability_of(sums.tally)
    return Observed(
        periods,
        variability.input_tokens,
        variability.output_tokens,
        variability.cached_share,
        variability,
        sums,
        sources,
        (*sums.notes, *notes, *periods.left_out),
        wanted.zone,
        traits=frozenset(reading.traits),
        defects=frozenset(reading.defects),
    )


def _of_tracks(monitoring: Monitoring, wanted: DemandWanted, reading: LogReading) -> Observed:
    whole = course_of_tracks(monitoring.tracks, wanted.from_first)
    notes = [*monitoring.notes, *_partly_known(monitoring.tracks, whole, wanted)]
    periods, filled, course = _periods(whole, wanted, is_log=False)
    reading.defects |= {"gaps"} if filled else set()
    total = dict(zip(MEASURES, course.sums.sum(axis=1).tolist(), strict=True))

    if (words := absurd_totals(total, course.known)) is not None:
        raise InstanceError([Fault(words)])

    def mean(measure: str, by: str) -> Measure | None:
        there = measure in course.known and by in course.known and total[by] > 0
        return Measure(total[measure] / total[by]) if there else None

    means = mean("input_tokens", "requests"), mean("output_tokens", "requests")
    cells, said = lengths_of_histograms(monitoring.histograms, means)
    notes += said
    coarse = course.resolution_s > wanted.period_minutes * SECONDS_PER_HOUR / 60
    warned = ["samples are further apart than a period is long: periods share evenly what lies between them"]
    return Observed(
        periods,
        *means,
        mean("cached_tokens", "input_tokens"),
        None,
        None,
        monitoring.sources,
        (*notes, *filled, *periods.left_out, *(warned if coarse else ())),
        wanted.zone,
        cells,
        frozenset(reading.traits),
        frozenset(reading.defects),
    )
