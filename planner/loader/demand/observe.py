"""Files of any known format -> demand by period with what else they tell, or every defect that stands in the way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_HOUR
from planner.loader.demand.course import MEASURES, moment_text, treated
from planner.loader.demand.fill import Fill
from planner.loader.demand.formats import formats
from planner.loader.demand.head import head_of
from planner.loader.demand.histograms import LengthHistogram, cells_of
from planner.loader.demand.log import LogSums, course_of, read_logs
from planner.loader.demand.mapping import CUSTOMER, OF_REQUESTS, mapped_format
from planner.loader.demand.measure import Measure
from planner.loader.demand.periods import Periods, first_whole, periods_of, without_empty_periods
from planner.loader.demand.prometheus import is_range_query, tracks_of_queries
from planner.loader.demand.requests import LogReading
from planner.loader.demand.series_csv import no_series, series_columns, tracks_of_csv
from planner.loader.demand.tracks import added_up, course_of_tracks, repeated
from planner.loader.demand.variability import Variability, variability_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.loader.demand.course import DemandCourse
    from planner.loader.demand.head import Head
    from planner.loader.demand.request_format import RequestFormat
    from planner.loader.demand.tracks import Track

MOST_RESETS_SHOWN = 5
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


def observe(files: Sequence[Path], wanted: DemandWanted) -> Observed:
    """Read files of one kind, logs or monitoring. Raises InstanceError with every fault of a step."""
    try:
        return _observed(files, wanted)
    except InstanceError as error:
        together = ", ".join(map(str, files[:MOST_FILES_NAMED])) + ", ..." * (len(files) > MOST_FILES_NAMED)
        faults = [one if one.file or one.path else replace(one, file=together) for one in error.faults]
        raise InstanceError(faults) from None


def _observed(files: Sequence[Path], wanted: DemandWanted) -> Observed:
    _refuse_same(files)
    heads = _heads(files)
    reading = LogReading(wanted.zone, wanted.start, wanted.fill.dst is not None, wanted.model)
    logs = [(head, found) for head in heads if (found := _format(head, wanted)) is not None]
    if logs and len(logs) < len(heads):
        rest = next(head for head in heads if all(head is not log for log, _ in logs))
        message = "is no request log, and the others are: import one kind at a time"
        raise InstanceError([Fault(message, file=str(rest.path))])
    sources = tuple(f"{head.path.name} ({format_.title})" for head, format_ in logs)
    if logs:
        sums = read_logs(logs, reading, wanted.fill, wanted.from_first, wanted.cache_kept_s)
        return _of_log(sums, wanted, sources)
    tracks, notes, sources, histograms = _tracks(heads, wanted, reading)
    return _of_tracks(tracks, histograms, wanted, sources, notes)


def _refuse_same(files: Sequence[Path]) -> None:
    """Refuse a file that is named twice, by whatever name: what it holds would count twice."""
    faults: list[Fault] = []
    there = [file for file in files if file.is_file()]
    for place, file in enumerate(there):
        if (before := next((one for one in there[:place] if file.samefile(one)), None)) is not None:
            faults.append(Fault(f"is {before}, which is read already: name it once", file=str(file)))
    if faults:
        raise InstanceError(faults)


def _heads(files: Sequence[Path]) -> list[Head]:
    heads: list[Head] = []
    faults: list[Fault] = []
    for file in files:
        try:
            heads.append(head_of(file))
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
    message = f"is of no known format; known: {titles}, range queries of Prometheus; others by --map time=KEY and so on"
    raise InstanceError([Fault(message, file=str(head.path), line=1)])


def _mapped(head: Head, wanted: DemandWanted) -> RequestFormat:
    found = mapped_format(wanted.mapping)
    _refuse_lacking(head, wanted)
    return found


def _refuse_lacking(head: Head, wanted: DemandWanted) -> None:
    """Refuse columns of `--map` that a CSV file does not have."""
    lacking = [name for name in wanted.mapping.values() if name not in head.names]
    if lacking and head.kind == "csv":
        known = ", ".join(head.header[:12])
        raise InstanceError(
            [Fault(f"has no column '{name}'; it has {known}", "--map", str(head.path)) for name in lacking]
        )


def _tracks(
    heads: Sequence[Head], wanted: DemandWanted, reading: LogReading
) -> tuple[list[Track], list[str], tuple[str, ...], dict[str, LengthHistogram]]:
    queries = [head for head in heads if is_range_query(head)]
    tracks, notes, sources, histograms = [], [], [], dict[str, LengthHistogram]()
    if queries:
        found, used, histograms = tracks_of_queries(queries, wanted.mapping, wanted.model)
        tracks += found
        sources += [f"{', '.join(head.path.name for head in queries)} (Prometheus; {', '.join(used)})"]
    for head in heads:
        if head in queries:
            continue
        columns = series_columns(head, wanted.mapping)
        if columns is None:
            raise InstanceError([no_series(head)])
        _refuse_ambiguous(head, columns.measures.values())
        found, said = tracks_of_csv(head, columns, reading, wanted.fill)
        tracks += found
        notes += said
        read = ", ".join(f"{name} as {measure}" for name, (_, measure) in columns.measures.items())
        sources.append(f"{head.path.name} (CSV over time; {read})")
    if (words := repeated(tracks)) is not None:
        raise InstanceError([Fault(words)])
    if not tracks:
        raise InstanceError([Fault("holds no samples of demand", file=str(heads[0].path))])
    return tracks, notes + added_up(tracks) + _resets(tracks, wanted), tuple(sources), histograms


def _refuse_ambiguous(head: Head, measures: Iterable[tuple[str, str]]) -> None:
    if all(kind == "count" and measure != "requests" for kind, measure in measures):
        message = (
            "is each row a request, or a period? Of requests: --map time=NAME, input_tokens=NAME, output_tokens=NAME; "
            "of periods: a column of requests too, or --map input_tokens_per_s=NAME"
        )
        raise InstanceError([Fault(message, file=str(head.path), line=head.header_line)])


def _resets(tracks: Sequence[Track], wanted: DemandWanted) -> list[str]:
    moments = sorted({second for track in tracks for second in track.resets})
    if not moments:
        return []
    shown = ", ".join(moment_text(second, wanted.zone) for second in moments[:MOST_RESETS_SHOWN])
    more = f" and {len(moments) - MOST_RESETS_SHOWN} more" if len(moments) > MOST_RESETS_SHOWN else ""
    return [f"counters began anew at {shown}{more}: counted on from 0 there"]


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


def _of_log(sums: LogSums, wanted: DemandWanted, sources: tuple[str, ...]) -> Observed:
    periods, notes, _ = _periods(course_of(sums.tally), wanted, is_log=True)
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
    )


def _of_tracks(
    tracks: Sequence[Track],
    histograms: dict[str, LengthHistogram],
    wanted: DemandWanted,
    sources: tuple[str, ...],
    notes: list[str],
) -> Observed:
    whole = course_of_tracks(tracks, wanted.from_first)
    notes = [*notes, *_partly_known(tracks, whole, wanted)]
    periods, filled, course = _periods(whole, wanted, is_log=False)
    total = dict(zip(MEASURES, course.sums.sum(axis=1).tolist(), strict=True))

    if total["cached_tokens"] > total["input_tokens"] > 0:
        raise InstanceError([Fault("tells more cached tokens than prompts have: which of them is wrong?")])

    def mean(measure: str, by: str) -> Measure | None:
        there = measure in course.known and by in course.known and total[by] > 0
        return Measure(total[measure] / total[by]) if there else None

    means = mean("input_tokens", "requests"), mean("output_tokens", "requests")
    cells = None
    if histograms:
        values = tuple(None if one is None else one.value for one in means)
        cells = cells_of(
            histograms.get("input_tokens"), histograms.get("output_tokens"), (values[0], values[1])
        )
        apart = "prompts and answers of histograms are taken as independent: they do not say which belong together"
        lacking = "lengths are left out: of prompts or answers there is neither a histogram nor a mean"
        notes = [*notes, lacking if cells is None else apart]
    coarse = course.resolution_s > wanted.period_minutes * SECONDS_PER_HOUR / 60
    warned = ["samples are further apart than a period is long: periods share evenly what lies between them"]
    return Observed(
        periods,
        *means,
        mean("cached_tokens", "input_tokens"),
        None,
        None,
        sources,
        (*notes, *filled, *periods.left_out, *(warned if coarse else ())),
        wanted.zone,
        cells,
    )
