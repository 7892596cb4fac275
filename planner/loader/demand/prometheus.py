"""Range queries of Prometheus (`/api/v1/query_range`): JSON with a matrix of series, each with its labels and samples.

Counters of known tools are read by their names; others, and rates, whose names Prometheus drops, by `--map`. Buckets of
the histograms of known tools tell how long requests are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault, InstanceError, shortened
from planner.loader.demand.amounts import MOST_PER_S, misread, too_many
from planner.loader.demand.course import moment_text
from planner.loader.demand.histograms import LengthHistogram, histogram_of, together
from planner.loader.demand.mapping import MAPPED, Meaning, series_measure, to_be_read
from planner.loader.demand.metrics import lengths_of
from planner.loader.demand.moments import EARLIEST, LATEST
from planner.loader.demand.prometheus_answer import entries_of, metric_named, warnings_of
from planner.loader.demand.prometheus_series import QueriedSeries, begun, each_once, joined, number_of
from planner.loader.demand.tracks import Track, counter, intervals, spacing_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.loader.demand.fill import Fill
    from planner.loader.demand.head import Head
    from planner.loader.demand.log_reading import LogReading

_MOST_NAMED = 12
MODEL_LABELS = ("model_name", "model", "requested_model")
REPLICA_LABELS = ("prometheus_replica", "__replica__")
"""Labels that tell two Prometheus apart which watch the same (a pair for availability)."""
_BUCKET, _BOUND = "bucket", "le"


@dataclass(frozen=True)
class QueryReading:
    """What answers tell: tracks, the metrics that they are of in words, histograms of lengths by measure, and notes.

    `names_models`: whether any series has a label of its model.
    """

    tracks: list[Track]
    used: list[str]
    histograms: dict[str, LengthHistogram]
    notes: list[str]
    names_models: bool


def tracks_of_queries(
    heads: Sequence[Head], mapping: Mapping[str, str], reading: LogReading, fill: Fill
) -> QueryReading:
    """All answers together. Series of metrics that count no demand are noted. Raises InstanceError with all faults."""
    faults: list[Fault] = []
    unread: dict[str, int] = {}
    every = [one for head in heads for one in _series(head, mapping, faults, unread)]
    if not every and not faults:
        raise InstanceError([_nothing_known(heads, unread)])
    kept = _of_model(every, reading.model, faults)
    faults += _twice(kept)
    kept = joined(kept) if not faults else kept
    chosen = _read([one for one in kept if one.meaning.kind != _BUCKET], faults)
    histograms = _histograms(
        _read([one for one in kept if one.meaning.kind == _BUCKET], faults), reading, fill, faults
    )
    tracks, said = begun(
        [(one, track) for one in chosen if (track := _track(one, reading, fill, faults)) is not None]
    )
    if faults:
        raise InstanceError(faults)
    if not tracks:
        words = "holds no counter with two samples: ask for a longer range, or a shorter step"
        raise InstanceError([Fault(words, file=str(heads[0].path))])
    used = dict.fromkeys(f"{one.meaning.measure}: {one.metric}" for one in chosen)
    used |= {f"lengths of {measure}: histogram": None for measure in histograms}
    notes = [
        *warnings_of(heads),
        *said,
        *([f"not read, as they count no demand: {_listed(unread)}"] if unread else []),
    ]
    return QueryReading(tracks, list(used), histograms, notes, any(_model_of(one) for one in every))


def _nothing_known(heads: Sequence[Head], unread: Mapping[str, int]) -> Fault:
    """What to say of answers in which no series is one of demand."""
    if not unread:
        return Fault(
            "holds no series at all: does the query fit any, in that range?", file=str(heads[0].path)
        )
    example = shortened(next(iter(unread)))
    words = (
        f"holds {_listed(unread)}, of which none is known to count demand. Query counters such as "
        f"vllm:prompt_tokens_total; of others say what they count: --map requests_total={example} "
        f"(or input_tokens_total, output_tokens_total), of a rate --map requests_per_s={example}"
    )
    return Fault(words, file=str(heads[0].path))


def _listed(unread: Mapping[str, int]) -> str:
    shown = [
        f"{shortened(name)}{f' ({count} series)' if count > 1 else ''}"
        for name, count in list(unread.items())[:_MOST_NAMED]
    ]
    more = len(unread) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _series(
    head: Head, mapping: Mapping[str, str], faults: list[Fault], unread: dict[str, int]
) -> Iterator[QueriedSeries]:
    """The series of demand of an answer; of others by their metric how many there are goes into `unread`."""
    file = str(head.path)
    for place, entry in enumerate(entries_of(head)):
        labels = entry.get("metric") if isinstance(entry, dict) else None
        samples = entry.get("values") if isinstance(entry, dict) else None
        if not isinstance(labels, dict) or not isinstance(samples, list):
            message = "has no samples over time: ask by query_range, not by query"
            faults.append(Fault(message, f"data.result.{place}", file))
            continue
        metric = metric_named(head, labels)
        counted = lengths_of(metric)
        found = (
            series_measure(metric, mapping)
            if counted is None
            else Meaning(_BUCKET, counted.measure, counted.tool, counted.rank)
        )
        if found is None and "__name__" in labels:
            unread[metric] = unread.get(metric, 0) + 1
            continue
        if found is None:
            hint = "has no name, as functions such as rate() drop it: query the counter itself, or say of the file"
            message = f"{hint} what it holds, such as --map requests_per_s={shortened(metric)}"
            faults.append(Fault(message, f"data.result.{place}", file))
            continue
        yield QueriedSeries(file, place, metric, labels, samples, found)


def _model_of(one: QueriedSeries) -> str | None:
    return next((str(one.labels[name]) for name in MODEL_LABELS if one.labels.get(name)), None)


def _of_model(every: list[QueriedSeries], model: str | None, faults: list[Fault]) -> list[QueriedSeries]:
    models = sorted({name for one in every if (name := _model_of(one)) is not None})
    if model is None and len(models) > 1:
        message = (
            f"series of several models: {', '.join(models)}; --model NAME takes one, --model all all of them"
        )
        faults.append(Fault(message, "--model", every[0].file))
    if model in (None, "all") or not models:
        return every
    kept = [one for one in every if _model_of(one) == model]
    if every and not kept:
        faults.append(Fault(f"no series of the model '{model}'; there are {', '.join(models)}", "--model"))
    return kept


def _twice(every: list[QueriedSeries]) -> list[Fault]:
    """Series that another one tells at the same time, the same labels or those of another Prometheus of a pair."""
    faults: list[Fault] = []
    seen: dict[tuple[str, tuple[tuple[str, str], ...]], list[QueriedSeries]] = {}
    for one in every:
        like = seen.setdefault((one.metric, one.labels_but(*REPLICA_LABELS)), [])
        if before := next((other for other in like if _at_once(one, other)), None):
            there = f"{before.file}: data.result.{before.place}"
            if before.labels == one.labels:
                faults.append(
                    one.fault(f"{one.metric}: has the labels of {there} at the same time: leave one out")
                )
            else:
                words = "differs by its Prometheus alone, which both saw the same: query one of them"
                faults.append(one.fault(f"{one.metric}: {words}; the other is {there}"))
        like.append(one)
    return faults


def _at_once(one: QueriedSeries, other: QueriedSeries) -> bool:
    """Whether two series are of one time, more than the sample that a range may share with the next."""
    times = [each.times() for each in (one, other)]
    return all(times) and min(times[0][-1], times[1][-1]) > max(times[0][0], times[1][0])


def _read(every: list[QueriedSeries], faults: list[Fault]) -> list[QueriedSeries]:
    """The series that are to be read."""
    read, doubts = to_be_read({one.metric: one.meaning for one in every})
    faults += [Fault(doubt, file=every[0].file) for doubt in doubts]
    return [one for one in every if one.metric in read]


def _histograms(
    every: list[QueriedSeries], reading: LogReading, fill: Fill, faults: list[Fault]
) -> dict[str, LengthHistogram]:
    """Histograms by measure: by how much each bucket grew over the time asked for, of all replicas together.

    Replicas may have buckets of their own, so that each is read by itself: what has the same labels but the bound.
    """
    grown: dict[tuple[str, tuple[tuple[str, str], ...]], dict[float, float]] = {}
    first: dict[tuple[str, tuple[tuple[str, str], ...]], QueriedSeries] = {}
    for one in every:
        bound = _bound(one.labels.get(_BOUND))
        track = _track(one, reading, fill, faults)
        if bound is None:
            faults.append(one.fault(f"{one.metric} has no bound of its bucket: keep the label '{_BOUND}'"))
        elif track is not None:
            whose = one.meaning.measure, one.labels_but(_BOUND)
            counts = grown.setdefault(whose, {})
            counts[bound] = counts.get(bound, 0.0) + float(track.amounts.sum())
            first.setdefault(whose, one)
    found: dict[str, list[LengthHistogram]] = {}
    for whose, counts in grown.items():
        try:
            histogram = histogram_of(counts)
        except ValueError as error:
            faults.append(first[whose].fault(f"{first[whose].metric} {error}"))
        else:
            if histogram is not None:
                found.setdefault(whose[0], []).append(histogram)
    return {measure: together(histograms) for measure, histograms in found.items()}


def _bound(label: Any) -> float | None:
    if str(label) in ("+Inf", "Inf", "inf"):
        return math.inf
    number = number_of(label)
    return number if number is not None and number >= 0 else None


def _track(one: QueriedSeries, reading: LogReading, fill: Fill, faults: list[Fault]) -> Track | None:
    times, values = [], []
    for sample in one.samples:
        pair = sample if isinstance(sample, list) and len(sample) == 2 else [None, None]
        time, value = (number_of(cell) for cell in pair)
        if time is None or not EARLIEST <= time <= LATEST:
            when = shortened(repr(pair[0]))
            faults.append(one.fault(f"{one.metric}: a sample at {when}, no time between 1990 and 2100"))
            return None
        if value is None or value < 0:
            where, what = moment_text(time, None), shortened(repr(pair[1]))
            faults.append(one.fault(f"{one.metric}: {what} at {where} is no amount"))
            return None
        times.append(time)
        values.append(value)
    seconds, amounts = np.array(times), np.array(values)
    kept = each_once(one, seconds, amounts, fill, reading, faults)
    seconds, amounts = seconds[kept], amounts[kept]
    if len(seconds) < 2:
        return None
    late = np.flatnonzero(np.diff(seconds) <= 0)
    if len(late):
        when = moment_text(float(seconds[late[0] + 1]), None)
        faults.append(one.fault(f"{one.metric}: {when} does not come after the sample before it"))
        return None
    spacing = spacing_of(seconds)
    kind, measure = one.meaning.kind, one.meaning.measure
    counts = kind in ("counter", _BUCKET)
    over = np.flatnonzero(too_many("counter" if counts else kind, seconds, amounts, spacing))
    if len(over):
        when, value = moment_text(float(seconds[over[0]]), None), amounts[over[0]]
        faults.append(one.fault(f"{one.metric}: {value:g} at {when} is more than {MOST_PER_S:g} a second"))
        return None
    wrong = misread(kind, measure, one.metric, one.meaning.source == MAPPED, amounts)
    if wrong is not None:
        faults.append(one.fault(f"{one.metric}: {wrong}"))
        return None
    if counts:
        return counter(measure, seconds, amounts)
    scale = spacing if kind == "rate" else 1.0
    return intervals(measure, seconds - spacing, amounts * scale, spacing)
