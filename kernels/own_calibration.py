"""Own calibrations: factors on the shipped efficiencies, decided by a sweep of one's own, from files of one's own.

A file speaks for co-located units of the engine, hardware, model and precision that were measured, of any size and
at any lengths. Carried over to other models such factors make predictions worse, so nothing else takes them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from kernels.accelerator import accelerator
from kernels.architecture import architecture
from kernels.effects import DISPATCHED, REPLICA, Subject
from kernels.errors import KernelError
from kernels.facts import figure, names, read
from kernels.recipe import recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "calibrations"
"""Subfolder of folders of one's own."""
PROVENANCE = "own calibration"
"""How the origin of rates by one begins."""
ROLE = "colocated"
WORDS = ("accelerator", "engine", "model", "recipe", "layout", "date", "measured")
KEYS = {"name", *WORDS, "gpus", "tensor_parallel", "factors", "band", "errors"}
FARTHEST = 10.0
"""Largest factor either way: beyond it something else was measured."""

Scope = tuple[str, str, float, str, str, str, str, str, str]


@dataclass(frozen=True)
class OwnCalibration:
    """Factors by name (`own_factors`), the ends of their error band, and what they are from."""

    name: str
    scope: Scope
    engine: str
    accelerator: str
    model: str
    recipe: str
    factor: dict[str, float]
    band_low: float
    band_high: float
    date: str

    @property
    def provenance(self) -> str:
        """What rates by it are told to be from."""
        return f"{PROVENANCE}, {self.name}.yaml, {self.date}"

    def by_column(self) -> Iterator[tuple[str, float]]:
        """Columns of the efficiencies that it changes, each with its factor."""
        columns = own_factors()
        return ((column, value) for name, value in self.factor.items() for column in columns[name].columns)


@dataclass(frozen=True)
class OwnFactor:
    """A factor that a sweep may decide: the columns it multiplies, and the deviation of its logarithm before."""

    columns: tuple[str, ...]
    deviation: float
    what: str


@cache
def own_factors() -> dict[str, OwnFactor]:
    """The factors of data/efficiencies/own.yaml."""
    groups = read("efficiencies", "priors")["columns"]
    return {
        name: OwnFactor(
            tuple(column for word in entry["columns"] for column in groups.get(word, [word])),
            float(entry["sd"]),
            str(entry["what"]),
        )
        for name, entry in read("efficiencies", "own")["factors"].items()
    }


def scope_of(subject: Subject) -> Scope:
    """What decides whether a calibration acts on a subject."""
    return (
        subject.accelerator,
        subject.engine,
        subject.years,
        subject.architecture,
        subject.arithmetic,
        subject.experts,
        subject.cache,
        subject.layout,
        subject.role,
    )


def own_calibrations() -> dict[Scope, OwnCalibration]:
    """Every calibration of one's own, by what it acts on.

    Raises KernelError with every fault of a file at once, and where two speak for the same.
    """
    found: dict[Scope, OwnCalibration] = {}
    for name in names(KIND):
        one = from_dict(name, read(KIND, name))
        other = found.setdefault(one.scope, one)
        if other is not one:
            raise KernelError(f"calibrations {other.name!r} and {name!r} speak for the same units: keep one")
    return found


def from_dict(name: str, entry: dict[str, Any]) -> OwnCalibration:
    """Read what `planner kernel calibrate --mine` writes. Raises KernelError with every fault."""
    faults = [f"unknown key {key!r}" for key in entry if key not in KEYS]
    faults += [f"missing {key!r}" for key in (*WORDS, "factors", "band") if not entry.get(key)]
    factors, band = (entry.get(key) or {} for key in ("factors", "band"))
    for key, fields in (("factors", factors), ("band", band)):
        if not isinstance(fields, dict):
            faults.append(f"{key} is no mapping of names to numbers")
    values: dict[str, float] = {}
    if not faults:
        faults += [f"no factor is called {one!r}" for one in factors if one not in own_factors()]
        values = {one: _number(fact) for one, fact in factors.items()}
        values |= {end: _number(band.get(end)) for end in ("low", "high")}
        faults += [
            f"{one} is no number between {1.0 / FARTHEST:g} and {FARTHEST:g}"
            for one, value in values.items()
            if not 1.0 / FARTHEST <= value <= FARTHEST
        ]
        if not values["low"] <= 1.0 <= values["high"]:
            faults.append("band must hold 1")
    if faults:
        raise KernelError(f"calibration {name!r}: " + "; ".join(faults))
    try:
        scope = _scope(entry)
    except KernelError as error:
        raise KernelError(f"calibration {name!r}: {error}") from None
    words = {key: str(entry[key]) for key in ("engine", "accelerator", "model", "recipe", "date")}
    return OwnCalibration(
        name=name,
        scope=scope,
        factor={one: values[one] for one in factors},
        band_low=values["low"],
        band_high=values["high"],
        **words,
    )


def _scope(entry: dict[str, Any]) -> Scope:
    layout = str(entry["layout"])
    if layout not in (DISPATCHED, REPLICA):
        raise KernelError(f"layout must be {DISPATCHED} or {REPLICA}, got {layout!r}")
    where, model = accelerator(str(entry["accelerator"])), architecture(str(entry["model"]))
    precision, engine = recipe(str(entry["recipe"])), str(entry["engine"])
    return scope_of(Subject.of(where, model, precision, layout == DISPATCHED, ROLE, engine))


def _number(fact: Any) -> float:
    """The number of a fact, NaN where it is none."""
    try:
        value = figure(fact)
    except (TypeError, ValueError):
        value = None
    return math.nan if value is None else value
