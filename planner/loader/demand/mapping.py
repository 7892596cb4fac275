"""`--map MEASURE=NAME`: which column, key or metric holds what, where the names themselves do not say it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from planner.core.errors import Fault, InstanceError, shortened
from planner.core.suggest import did_you_mean, nearest
from planner.core.units import SECONDS_PER_MS
from planner.loader.demand.course import MEASURES
from planner.loader.demand.metrics import measure_of
from planner.loader.demand.request_format import Fields, RequestFormat
from planner.loader.time_names import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MOST_NAMED = 12
CUSTOMER = "customer"
MAPPED = "--map"
TIME_UNITS_S = {"time": None, "time_s": 1.0, "time_ms": SECONDS_PER_MS}
"""Seconds of a step of times that only count; None: times are moments, or their name says the unit."""
OF_REQUESTS = (*TIME_UNITS_S, "input_tokens", "output_tokens", "cached_tokens", "model", "identity", CUSTOMER)
OF_SERIES = (
    *TIME_UNITS_S,
    *MEASURES,
    *(f"{measure}{kind}" for measure in MEASURES for kind in ("_per_s", "_total")),
)
_OF_WORDS = re.compile(r"[A-Za-z][A-Za-z _/-]*", re.ASCII)
_SECOND = ("s", "sec", "second")
SYNONYMS = {
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "generation_tokens": "output_tokens",
}


def mapping_of(texts: Iterable[str]) -> dict[str, str]:
    """What the texts `measure=name` say. Raises InstanceError with all that are not understood."""
    said: dict[str, str] = {}
    faults: list[Fault] = []
    for text in texts:
        target, _, name = text.partition("=")
        if target not in {*OF_REQUESTS, *OF_SERIES}:
            hint = did_you_mean(target, {*OF_REQUESTS, *OF_SERIES})
            faults.append(Fault(f"'{target}' is nothing that can be read{hint}", MAPPED))
        elif target in said:
            faults.append(Fault(f"'{target}' is named twice: '{said[target]}' and '{name}'", MAPPED))
        elif not name:
            faults.append(Fault(f"'{text}' names no column, key or metric: {target}=NAME", MAPPED))
        else:
            said[target] = name
    if len(times := TIME_UNITS_S.keys() & said.keys()) > 1:
        faults.append(Fault(f"names the time by {', '.join(sorted(times))}: by one of them", MAPPED))
    if faults:
        raise InstanceError(faults)
    return said


def time_of(mapping: Mapping[str, str]) -> tuple[str | None, float | None]:
    """The column or key of the time, and the seconds of a step where times only count, as far as they are named."""
    return next(
        ((mapping[target], unit) for target, unit in TIME_UNITS_S.items() if target in mapping), (None, None)
    )


def refuse_unmatched(mapping: Mapping[str, str], names: Iterable[str], file: str = "") -> None:
    """Raise InstanceError with what is named and is not among the columns, keys or metrics that there are."""
    known = dict.fromkeys(names)
    faults = [
        Fault(f"has no '{shortened(name)}' for {target}{_instead(name, list(known))}", MAPPED, file)
        for target, name in mapping.items()
        if name not in known
    ]
    if faults:
        raise InstanceError(faults)


def _instead(name: str, known: Sequence[str]) -> str:
    near = nearest(name, known)
    there = ", ".join(map(shortened, known[:_MOST_NAMED])) + ", ..." * (len(known) > _MOST_NAMED)
    return f"; did you mean '{near}'?" if near is not None else f"; it has {there or 'no name at all'}"


def mapped_format(mapping: Mapping[str, str]) -> RequestFormat:
    """The format of a log whose fields are named by the user. Raises InstanceError where one is left out."""
    faults = [
        Fault(f"a log of requests has this too: --map {target}=NAME", MAPPED)
        for target in ("time", "input_tokens", "output_tokens")
        if target not in mapping and not (target == "time" and time_of(mapping)[0])
    ]
    if faults:
        raise InstanceError(faults)
    time, unit = time_of(mapping)
    named = {name: (mapping[name],) for name in OF_REQUESTS if name in mapping and name not in TIME_UNITS_S}
    return RequestFormat(
        title="columns by --map",
        fields=Fields(time=(str(time),), **named),
        recognises=lambda names: names >= set(mapping.values()),
        seconds_per_count=unit,
    )


class Meaning(NamedTuple):
    """What a column or metric is: `kind` (counter, rate, count or bucket), measure, who counts it, its rank there."""

    kind: str
    measure: str
    source: str
    rank: int


def series_measure(name: str, mapping: Mapping[str, str]) -> Meaning | None:
    """The meaning of a column or metric; its source is the tool that counts it, `--map`, or a name of its own."""
    for target, mapped in mapping.items():
        if mapped == name and target not in TIME_UNITS_S:
            if target.endswith("_per_s"):
                return Meaning("rate", target.removesuffix("_per_s"), MAPPED, 0)
            if target.endswith("_total"):
                return Meaning("counter", target.removesuffix("_total"), MAPPED, 0)
            counts = measure_of(name) or name.endswith("_total")
            return Meaning("counter" if counts else "count", target, MAPPED, 0)
    plain, is_rate = _plain(name)
    if plain in MEASURES:
        return Meaning("rate" if is_rate else "count", plain, name, 0)
    known = measure_of(name)
    return None if known is None else Meaning("counter", known.measure, known.tool, known.rank)


def _plain(name: str) -> tuple[str, bool]:
    """The measure that a name of words stands for (`Input Tokens`, `requests/s`), and whether it is a rate."""
    if not _OF_WORDS.fullmatch(name):
        return name, False
    words = words_of(name.replace("/", " per "))
    is_rate = len(words) > 2 and words[-2] == "per" and words[-1] in _SECOND
    measure = "_".join(words[:-2] if is_rate else words)
    return SYNONYMS.get(measure, measure), is_rate


def to_be_read(found: Mapping[str, Meaning]) -> tuple[frozenset[str], list[str]]:
    """Of columns or metrics by name those to be read, and which measures are in doubt.

    Of each measure it is the mapped one, else the one that counts it best: others of the same tool count the same
    again, and of other sources nobody knows.
    """
    read, doubts = set[str](), []
    for measure in MEASURES:
        of_it = {name: meaning for name, meaning in found.items() if meaning.measure == measure}
        of_it = {name: one for name, one in of_it.items() if one.source == MAPPED} or of_it
        if len({meaning.source for meaning in of_it.values()}) > 1:
            names = ", ".join(shortened(name) for name in sorted(of_it))
            advice = f"give one of them, or say which by --map {measure}=NAME"
            doubts.append(f"{measure} come by {names}, which may count the same twice: {advice}")
        best = min((meaning.rank for meaning in of_it.values()), default=0)
        read |= {name for name, meaning in of_it.items() if meaning.rank == best}
    return frozenset(read), doubts
