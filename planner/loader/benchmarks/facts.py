"""What was measured: accelerator, GPUs, model and engine of the replica, from options or from the files.

Nothing is guessed: what neither says is asked for, and where both say different things neither is believed. Names
of files count where they are names of the catalog but for case, underscores and the owner of a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import kernels
from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.loader.benchmarks.point import BenchmarkPoint

Value = TypeVar("Value", str, int)


@dataclass(frozen=True)
class Given:
    """What the user says of the replica; None: the files are to say it."""

    accelerator: str | None = None
    gpus: int | None = None
    tensor_parallel: int | None = None
    model: str | None = None
    engine: str | None = None


@dataclass(frozen=True)
class BenchmarkFacts:
    """What was measured; `origins` is the origin of each fact."""

    accelerator: str
    gpus: int
    tensor_parallel: int | None
    model: str
    engine: str
    origins: dict[str, str]


def facts_of(points: Sequence[BenchmarkPoint], given: Given) -> BenchmarkFacts:
    """The replica that was measured. Raises InstanceError with every fact that is missing or contradicted."""
    faults: list[Fault] = []
    origins: dict[str, str] = {}
    accelerator = _name(
        "accelerator", points, given.accelerator, kernels.accelerator_names(), origins, faults
    )
    if not given.accelerator and accelerator and accelerator not in kernels.accelerator_names():
        hint = did_you_mean(_folded(accelerator), kernels.accelerator_names())
        message = f"is '{accelerator}', no accelerator of the catalog: name it by --accelerator{hint}"
        faults.append(points[0].fault(message))
    model = _name("model", points, given.model, kernels.architecture_names(), origins, faults)
    gpus = _number("gpus", points, given.gpus, origins, faults)
    width = _number("tensor_parallel", points, given.tensor_parallel, origins, faults, needed=False)
    engine = _name("engine", points, given.engine, (), origins, faults)
    if faults:
        raise InstanceError(faults)
    return BenchmarkFacts(accelerator, gpus, width or None, model, engine, origins)


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
) -> str:
    said = {_known(value, catalog): point for point in reversed(points) if (value := getattr(point, fact))}
    if given is None:
        return str(_only(fact, said, origins, faults) or "")
    origins[fact] = f"--{fact}"
    chosen = _known(given, catalog)
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
