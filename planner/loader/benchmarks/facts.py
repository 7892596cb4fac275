"""What was measured: accelerator, GPUs, model, engine and precision of the replica, from options or from the files.

Nothing is guessed: what neither says is asked for, and where both say different things neither is believed. Names
of files count where they are names of the catalog but for case, underscores and the owner of a model, those of options
also where they are parts of one such name; the ends of the name of a checkpoint tell its precision where nothing else
does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import kernels
from kernels.recipe import AUTO
from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean
from planner.loader.benchmarks.served import hardware_called, model_called, recipe_of_model, recipe_said
from planner.loader.catalog.naming import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.loader.benchmarks.point import BenchmarkPoint

MOST_CACHED = 0.99
"""Of the prompt tokens of a benchmark: something is left to compute."""

Value = TypeVar("Value", str, int)


@dataclass(frozen=True)
class Given:
    """What the user says of the replica; None: the files are to say it."""

    accelerator: str | None = None
    gpus: int | None = None
    tensor_parallel: int | None = None
    model: str | None = None
    engine: str | None = None
    recipe: str | None = None
    cached_share: float | None = None


@dataclass(frozen=True)
class BenchmarkFacts:
    """What was measured; `origins` is the origin of each fact. A recipe `auto` is the usual one of model and hardware.

    `cached_share` is the part of the prompt tokens that the benchmark found in the cache.
    """

    accelerator: str
    gpus: int
    tensor_parallel: int | None
    model: str
    engine: str
    origins: dict[str, str]
    recipe: str = AUTO
    cached_share: float = 0.0


def facts_of(points: Sequence[BenchmarkPoint], given: Given) -> BenchmarkFacts:
    """The replica that was measured. Raises InstanceError with every fact that is missing or contradicted."""
    faults: list[Fault] = []
    origins: dict[str, str] = {}
    accelerator = _name(
        "accelerator",
        points,
        given.accelerator,
        kernels.accelerator_names(),
        origins,
        faults,
        hardware_called,
    )
    if not given.accelerator and accelerator and accelerator not in kernels.accelerator_names():
        hint = did_you_mean(_folded(accelerator), kernels.accelerator_names())
        message = f"is '{accelerator}', no accelerator of the catalog: name it by --accelerator{hint}"
        faults.append(points[0].fault(message))
    model = _name("model", points, given.model, kernels.architecture_names(), origins, faults, model_called)
    gpus = _number("gpus", points, given.gpus, origins, faults)
    width = _number("tensor_parallel", points, given.tensor_parallel, origins, faults, needed=False)
    engine = _name("engine", points, given.engine, (), origins, faults)
    recipe = _recipe(points, given.recipe, (model, accelerator, engine), origins, faults)
    cached = _cached_share(points, given.cached_share, origins)
    if faults:
        raise InstanceError(faults)
    return BenchmarkFacts(accelerator, gpus, width or None, model, engine, origins, recipe, cached)


def _recipe(
    points: Sequence[BenchmarkPoint],
    given: str | None,
    served: tuple[str, str, str],
    origins: dict[str, str],
    faults: list[Fault],
) -> str:
    """The precision recipe: what the files state, then an option, then what the name of the checkpoint tells."""
    known = (*kernels.recipe_names(), AUTO)
    if given is not None and given not in known:
        faults.append(Fault(f"no recipe '{given}' in the catalog{did_you_mean(given, known)}", "--recipe"))
        return AUTO
    stated: dict[str, BenchmarkPoint] = {}
    for point in reversed(points):
        name = recipe_said(point.precision, *served) if point.precision else None
        if point.precision and name is None and given is None:
            faults.append(
                point.fault(f"says precision '{point.precision}', no recipe is known by it: give --recipe")
            )
        if name is not None:
            stated[name] = point
    if given not in (None, AUTO):
        origins["recipe"] = "--recipe"
        faults += [
            point.fault(f"says precision '{point.precision}' ({name}), and --recipe is '{given}'")
            for name, point in stated.items()
            if name != given
        ]
        return str(given)
    if stated:
        return str(_only("recipe", stated, origins, faults) or AUTO)
    by_name = {
        name: point
        for point in reversed(points)
        if point.model and (name := recipe_of_model(point.model, *served)) is not None
    }
    if len(by_name) == 1:
        name, point = next(iter(by_name.items()))
        origins["recipe"] = f"by the name {point.model}, {point.place}"
        return name
    origins["recipe"] = "nobody says it: the usual one of the model on this hardware"
    return AUTO


def _cached_share(points: Sequence[BenchmarkPoint], given: float | None, origins: dict[str, str]) -> float:
    """The share of prompt tokens that was cached: an option, or the mean of what files say; 0 where nobody says it."""
    said = [point.cached_share for point in points if point.cached_share is not None]
    if given is None and not said:
        return 0.0
    origins["cached_share"] = "--cached-share" if given is not None else f"mean of {len(said)} runs"
    return min(given if given is not None else sum(said) / len(said), MOST_CACHED)


def _folded(name: str) -> str:
    """A name without the owner of a model, in the letters of the catalog."""
    return name.rsplit("/", 1)[-1].strip().lower().replace(" ", "_")


def _known(name: str, catalog: Sequence[str]) -> str:
    """The catalog's spelling of a name, or the name as it is."""
    spelled = {known.replace("_", "-"): known for known in catalog}
    return spelled.get(_folded(name).replace("_", "-"), name)


def _name(
    fact: str,
    points: Sequence[BenchmarkPoint],
    given: str | None,
    catalog: Sequence[str],
    origins: dict[str, str],
    faults: list[Fault],
    called: Callable[[str], str] = str,
) -> str:
    said = {
        _known(called(value), catalog): point for point in reversed(points) if (value := getattr(point, fact))
    }
    if given is None:
        return str(_only(fact, said, origins, faults) or "")
    origins[fact] = f"--{fact}"
    chosen = _known(called(given), catalog)
    if chosen not in catalog:
        found = matching(chosen, catalog)
        if len(found) > 1:
            faults.append(Fault(f"'{given}' may be {' or '.join(found)}: say which", f"--{fact}"))
        chosen = found[0] if len(found) == 1 else chosen
    faults += [
        point.fault(f"says {fact} '{other}', and --{fact} is '{given}'")
        for other, point in said.items()
        if other in catalog and other != chosen
    ]
    return chosen


def _number(
    fact: str,
    points: Sequence[BenchmarkPoint],
    given: int | None,
    origins: dict[str, str],
    faults: list[Fault],
    needed: bool = True,
) -> int:
    said = {value: point for point in reversed(points) if (value := getattr(point, fact)) is not None}
    if given is None:
        return int(_only(fact, said, origins, faults, needed) or 0)
    option = f"--{fact.replace('_', '-')}"
    origins[fact] = option
    faults += [
        point.fault(f"says {other} {fact.replace('_', ' ')}, and {option} is {given}")
        for other, point in said.items()
        if other != given
    ]
    return given


def _only(
    fact: str,
    said: dict[Value, BenchmarkPoint],
    origins: dict[str, str],
    faults: list[Fault],
    needed: bool = True,
) -> Value | None:
    option = f"--{fact.replace('_', '-')}"
    if len(said) > 1:
        one, other = list(said.items())[:2]
        faults.append(
            one[1].fault(f"says {fact} '{one[0]}', {other[1].place} '{other[0]}': import one at a time")
        )
    if not said and needed:
        faults.append(Fault(f"the files do not say it: give {option}", fact))
    if len(said) != 1:
        return None
    value, point = next(iter(said.items()))
    origins[fact] = point.place
    return value
