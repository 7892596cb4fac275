"""`--map MEASURE=NAME`: which column, key or metric holds what, where the names themselves do not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean
from planner.loader.demand.course import MEASURES
from planner.loader.demand.metrics import measure_of
from planner.loader.demand.request_format import Fields, RequestFormat

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CUSTOMER = "customer"
OF_REQUESTS = ("time", "input_tokens", "output_tokens", "cached_tokens", "model", "identity", CUSTOMER)
OF_SERIES = ("time", *MEASURES, *(f"{measure}_per_s" for measure in MEASURES))
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
            faults.append(Fault(f"'{target}' is nothing that can be read{hint}", "--map"))
        elif not name:
            faults.append(Fault(f"'{text}' names no column, key or metric: {target}=NAME", "--map"))
        else:
            said[target] = name
    if faults:
        raise InstanceError(faults)
    return said


def mapped_format(mapping: Mapping[str, str]) -> RequestFormat:
    """The format of a log whose fields are named by the user. Raises InstanceError where one is left out."""
    faults = [
        Fault(f"a log of requests has this too: --map {target}=NAME", "--map")
        for target in ("time", "input_tokens", "output_tokens")
        if target not in mapping
    ]
    if faults:
        raise InstanceError(faults)
    named = {target: (mapping[target],) for target in OF_REQUESTS if target in mapping}
    return RequestFormat(
        title="columns by --map",
        fields=Fields(**named),
        recognises=lambda names: names >= set(mapping.values()),
    )


def series_measure(name: str, mapping: Mapping[str, str]) -> tuple[str, str, int] | None:
    """Of a column or metric: what kind it is of (`counter`, `rate` or `count`), its measure, and its rank there."""
    for target, mapped in mapping.items():
        if mapped == name and target != "time":
            if target.endswith("_per_s"):
                return "rate", target.removesuffix("_per_s"), 0
            return ("counter" if measure_of(name) or name.endswith("_total") else "count"), target, 0
    plain = SYNONYMS.get(name.removesuffix("_per_s"), name.removesuffix("_per_s"))
    if plain in MEASURES:
        return ("rate" if name.endswith("_per_s") else "count"), plain, 0
    known = measure_of(name)
    return None if known is None else ("counter", known[1], known[2])
