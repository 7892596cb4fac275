"""Files of monitoring, answers of Prometheus and CSV over time, as tracks of demand and histograms of lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.demand_traits import DemandTrait
from planner.core.errors import Fault, InstanceError
from planner.loader.demand.course import moment_text
from planner.loader.demand.mapping import MAPPED, OF_SERIES, refuse_unmatched
from planner.loader.demand.prometheus import tracks_of_queries
from planner.loader.demand.prometheus_answer import is_range_query, metrics_in
from planner.loader.demand.series_csv import metric_of, no_series, series_columns, tracks_of_csv
from planner.loader.demand.tracks import Track, added_up, repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from planner.loader.demand.fill import Fill
    from planner.loader.demand.head import Head
    from planner.loader.demand.histograms import LengthHistogram
    from planner.loader.demand.log_reading import LogReading

MOST_RESETS_SHOWN = 5


@dataclass(frozen=True)
class Monitoring:
    """What files of monitoring tell together: tracks, notes, where they are from, histograms by measure."""

    tracks: list[Track]
    notes: list[str]
    sources: tuple[str, ...]
    histograms: dict[str, LengthHistogram]


def _check_mapping(heads: Sequence[Head], queries: Sequence[Head], mapping: Mapping[str, str]) -> None:
    """Refuse what `--map` names and no file of monitoring has, or has no place in a series over time."""
    of_requests = [target for target in mapping if target not in OF_SERIES]
    if of_requests:
        words = "is of logs with a row a request, and this is demand over time: leave it out"
        raise InstanceError([Fault(f"'{target}' {words}", MAPPED) for target in of_requests])
    columns = [name for head in heads for name in head.header]
    metrics = [*metrics_in(queries), *map(metric_of, columns)]
    names = [*columns, *metrics]
    refuse_unmatched(mapping, names, str(heads[0].path) if len(heads) == 1 else "")


def monitoring_of(
    heads: Sequence[Head], mapping: Mapping[str, str], fill: Fill, reading: LogReading
) -> Monitoring:
    """Read files of monitoring together. Raises InstanceError with what is not known, in doubt, or told twice."""
    queries = [head for head in heads if is_range_query(head)]
    _check_mapping(heads, queries, mapping)
    tracks, notes, sources = list[Track](), list[str](), list[str]()
    histograms: dict[str, LengthHistogram] = {}
    if queries:
        answers = tracks_of_queries(queries, mapping, reading, fill)
        tracks, notes, histograms = [*answers.tracks], [*answers.notes], answers.histograms
        sources += [
            f"{', '.join(head.path.name for head in queries)} (Prometheus; {', '.join(answers.used)})"
        ]
        reading.traits |= {DemandTrait.MODELS} if answers.names_models else set()
    for head in heads:
        if head in queries:
            continue
        columns = series_columns(head, mapping)
        if columns is None:
            raise InstanceError([no_series(head)])
        _refuse_ambiguous(head, columns.measures.values())
        found, said = tracks_of_csv(head, columns, reading, fill)
        tracks += found
        notes += said
        read = ", ".join(f"{name} as {measure}" for name, (_, measure) in columns.measures.items())
        sources.append(f"{head.path.name} (CSV over time; {read})")
    if (words := repeated(tracks)) is not None:
        raise InstanceError([Fault(words)])
    if not tracks:
        raise InstanceError([Fault("holds no samples of demand", file=str(heads[0].path))])
    notes += reading.in_words() + added_up(tracks) + _resets(tracks, reading.zone)
    return Monitoring(tracks, notes, tuple(sources), histograms)


def _refuse_ambiguous(head: Head, measures: Iterable[tuple[str, str]]) -> None:
    if all(kind == "count" and measure != "requests" for kind, measure in measures):
        message = (
            "is each row a request, or a period? Of requests: --map time=NAME --map input_tokens=NAME --map "
            "output_tokens=NAME; of periods: a column of requests too, or --map input_tokens_per_s=NAME"
        )
        raise InstanceError([Fault(message, file=str(head.path), line=head.header_line)])


def _resets(tracks: Sequence[Track], zone: ZoneInfo | None) -> list[str]:
    moments = sorted({second for track in tracks for second in track.resets})
    if not moments:
        return []
    shown = ", ".join(moment_text(second, zone) for second in moments[:MOST_RESETS_SHOWN])
    more = f" and {len(moments) - MOST_RESETS_SHOWN} more" if len(moments) > MOST_RESETS_SHOWN else ""
    many = sum(bool(track.resets) for track in tracks)
    return [
        f"{many} of {len(tracks)} series began anew, seen at {shown}{more}: counted on from 0 there; what came between "
        "the last sample before and the new beginning is lost"
    ]
