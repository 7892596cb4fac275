"""Effects: factors that an engine, a generation or an architecture puts on shared efficiencies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from kernels.errors import KernelError
from kernels.facts import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kernels.accelerator import Accelerator
    from kernels.architecture import Architecture
    from kernels.recipe import Recipe

TYPICAL = "typical"  # what an unnamed engine is called
DATED = re.compile(r"(.*?)(?:-(20\d\d-.*))?", flags=re.DOTALL)
DISPATCHED, REPLICA = "dispatched", "replica"  # tokens go to experts elsewhere, or stay with their replica


@dataclass(frozen=True)
class Subject:
    """What an effect may depend on: the words of one option or one measured point.

    `layout` is `dispatched` where tokens are sent to experts of other replicas, else `replica`. `arithmetic`
    is that of the GEMMs that dominate. `years` is how far the engine is ahead of an undated one, negative
    where it is older; `month` is its own, empty where it has none, as `link_class` is of accelerators that have links
    of their own. An empty engine is the typical one: no effect
    of an engine acts on it.
    """

    accelerator: str
    generation: str
    mfu_class: str
    family: str
    architecture: str
    arithmetic: str
    experts: str
    cache: str
    layout: str
    role: str
    engine: str = ""
    years: float = 0.0
    month: str = ""
    link_class: str = ""

    @classmethod
    def of(
        cls,
        accelerator: Accelerator,
        architecture: Architecture,
        recipe: Recipe,
        dispatched: bool,
        role: str,
        engine: str,
    ) -> Subject:
        """The subject of an option; `engine` is a name, or `name-YYYY-MM` for the engine of a month."""
        name, years = engine_and_years(engine)
        return cls(
            accelerator.name,
            accelerator.generation,
            accelerator.mfu_class or accelerator.generation,
            family_of(architecture),
            architecture.shapes_of or architecture.name,
            recipe.dense_compute,
            recipe.experts if architecture.routed_experts else "",
            recipe.cache,
            DISPATCHED if dispatched else REPLICA,
            role,
            name,
            years,
            month_named(engine),
            accelerator.link_class,
        )


@dataclass(frozen=True)
class Effect:
    """A factor on some columns that all points of one subject share; `per_year` takes it to a power of years."""

    name: str
    of: tuple[str, ...]
    columns: tuple[str, ...]
    deviation: float
    per_year: bool

    def key(self, subject: Subject) -> str | None:
        """The words of the subject, None where one of them is empty: then the effect does not act."""
        words = [str(getattr(subject, part)) for part in self.of]
        return " ".join(words) if all(words) else None

    def weight(self, subject: Subject) -> float:
        """The power the factor is taken to."""
        return subject.years if self.per_year else 1.0


@cache
def known_effects() -> tuple[Effect, ...]:
    """Every effect of data/efficiencies/priors.yaml."""
    groups = read("efficiencies", "priors")["columns"]
    return tuple(
        Effect(
            name,
            tuple(entry["of"]),
            tuple(column for word in entry["columns"] for column in groups.get(word, [word])),
            float(entry["sd"]),
            bool(entry.get("per_year", False)),
        )
        for name, entry in read("efficiencies", "priors")["effects"].items()
    )


def factors(subject: Subject, values: Mapping[tuple[str, str], float]) -> Iterator[tuple[Effect, float]]:
    """Effects that act on a subject with their factors; a key without a value acts as 1 and is left out."""
    for effect in known_effects():
        key = effect.key(subject)
        value = None if key is None else values.get((effect.name, key))
        if value is not None:
            yield effect, value ** effect.weight(subject)


def family_of(architecture: Architecture) -> str:
    """`latent`, `linear`, `mixture` or `dense`: what decides how many kernels a layer has."""
    if architecture.attention == "mla":
        return "latent"
    if architecture.linear_layers:
        return "linear"
    return "mixture" if architecture.routed_experts else "dense"


@cache
def engine_and_years(words: str) -> tuple[str, float]:
    """Name of an engine and how many years it is ahead of an undated one.

    `words` is a name or `name-YYYY-MM`. An engine without a date is taken as of the middle of the measured
    points; months outside those measured count as the nearest of them. Raises KernelError on a date it
    cannot read.
    """
    name, month = DATED.fullmatch(words).groups()  # type: ignore[union-attr]
    if not month:
        return name, 0.0
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        raise KernelError(f"engine {words!r}: {month} is no month; write NAME-YYYY-MM")
    months = read("efficiencies", "priors")["engine_months"]
    first, undated, last = (_months(str(months[key])) for key in ("first", "undated", "last"))
    return name, (min(max(_months(month), first), last) - undated) / 12.0


def month_named(words: str) -> str:
    """Month of an engine, YYYY-MM; empty where it has none."""
    return DATED.fullmatch(words).group(2) or ""  # type: ignore[union-attr]


def undated(words: str) -> str:
    """Name of an engine without its month."""
    return str(DATED.fullmatch(words).group(1))  # type: ignore[union-attr]


def _months(words: str) -> float:
    year, number = words.split("-")
    return 12.0 * float(year) + float(number)
