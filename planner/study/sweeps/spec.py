"""The sweep file: which instance, which inputs, which design."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from planner.core.errors import Fault, InstanceError, SolverUnavailable
from planner.core.input_file import read_text
from planner.core.solution import Method
from planner.instance.base import Flag, Positive, PositiveCount, Share, Strict, Text
from planner.loader import load
from planner.loader.overrides import OptionPath
from planner.loader.schema import inlined
from planner.loader.schema_faults import message_of
from planner.loader.strict_yaml import MAX_BYTES, parse
from planner.optimize.engines.registry import known_engine, prover
from planner.optimize.engines.run import RACE
from planner.optimize.solve_options import SolveOptions
from planner.study.sweeps.axes import MOST_CASES, Factors, SweepAxis, SweepRange, range_of, values_of
from planner.study.sweeps.case import value_at
from planner.study.sweeps.designs import grid, latin_hypercube, one_at_a_time, random_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from planner.instance import Instance
    from planner.loader.strict_yaml import Document
    from planner.study.sweeps.case import Inputs

LISTED = {"grid": grid, "one_at_a_time": one_at_a_time}
EXAMPLE = {"workloads.chat.demand.scale": [0.8, 1.2]}
DRAWN = {"random": random_cases, "latin_hypercube": latin_hypercube}


class SweepSpec(Strict):
    """A sweep: the base instance, the inputs that vary by path, and how cases are made of them."""

    version: Literal[1]
    """Version of this format."""
    instance: Text
    """Instance file, relative to this file."""
    overrides: Annotated[dict[Text, Any], Field(default_factory=dict)]
    """Values that replace those of the instance in every case, by dotted path."""
    design: Literal["grid", "one_at_a_time", "random", "latin_hypercube"] = "grid"
    """How cases are made: all combinations, each value alone, or drawn from ranges."""
    inputs: Annotated[dict[Text, SweepAxis], Field(min_length=1, examples=[EXAMPLE])]
    """What varies, by dotted path: a list of values, factors of the instance's value, or a range."""
    cases: Annotated[PositiveCount, Field(le=MOST_CASES)] | None = None
    """Number of cases to draw; for the designs random and latin_hypercube."""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**31)] = 1
    """Seed of the draw and of the engine."""
    gap: Share = 0.01
    """Relative gap to prove in every case."""
    time_limit_s: Positive = 60.0
    """Limit of every case in seconds."""
    memory_limit_mb: Positive | None = None
    """Limit of the engine's memory in every case."""
    solver: Annotated[Text, Field(default_factory=prover)]
    """Engine of every case, by name, or `race` for two at once."""
    method: Method = Method.AUTO
    """How every case is solved: by size, at once, or by period."""
    threads: Annotated[PositiveCount, Field(le=256)] = 1
    """Threads of every case."""
    warm_start: Flag = True
    """Whether a case starts from the plan of a neighbour."""

    @model_validator(mode="after")
    def _drawn_or_listed(self) -> Self:
        if self.design in DRAWN and self.cases is None:
            raise ValueError(f"design '{self.design}' needs cases: how many are to be drawn?")
        if self.design in LISTED and self.cases is not None:
            raise ValueError(f"design '{self.design}' takes no cases: its inputs say how many there are")
        return self

    @field_validator("solver")
    @classmethod
    def _known_engine(cls, name: str) -> str:
        try:
            return name if name == RACE else known_engine(name)
        except SolverUnavailable as error:
            raise ValueError(str(error)) from None

    @property
    def options(self) -> SolveOptions:
        """How each case is solved."""
        return SolveOptions(
            time_limit_s=self.time_limit_s,
            relative_gap=self.gap,
            solver=self.solver,
            method=self.method,
            threads=self.threads,
            seed=self.seed,
            memory_limit_mb=self.memory_limit_mb,
        )


@dataclass(frozen=True)
class LoadedSweep:
    """A sweep file with everything it names: the base instance and the inputs of every case."""

    spec: SweepSpec
    instance: Instance
    cases: list[Inputs]


def load_sweep(path: str | Path, changes: Mapping[str, Any] | None = None) -> LoadedSweep:
    """Read a sweep file and its instance; `changes` replace what the file says, by key; `overrides` add to its own.

    Raises InstanceError with every fault found.
    """
    file = Path(path)
    document = parse(read_text(file, MAX_BYTES), str(file))
    if isinstance(document.data, dict):
        document.data.update(_changed(document.data, changes or {}))
    try:
        spec = SweepSpec.model_validate(document.data)
    except ValidationError as error:
        raise InstanceError(_faults(document, error)) from None
    given = {str(path): path for path in (changes or {}).get("overrides") or {}}
    overrides = {
        given.get(path, OptionPath.by(str(file), path)): value for path, value in spec.overrides.items()
    }
    instance = load(file.parent / spec.instance, overrides)
    return LoadedSweep(spec, instance, _cases(document, spec, instance))


def _changed(data: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(changes)
    stated = data.get("overrides")
    if "overrides" in changed and isinstance(stated, dict):
        changed["overrides"] = {**stated, **changed["overrides"]}
    return changed


@cache
def _schema() -> dict[str, Any]:
    return inlined(SweepSpec.model_json_schema())


def _faults(document: Document, error: ValidationError) -> list[Fault]:
    """One fault a place; an input of none of its shapes gets one with all three, a mapping those of its shape."""
    faults: dict[tuple[str | int, ...], Fault] = {}
    for detail in error.errors(include_url=False, include_context=True, include_input=True):
        path = tuple(detail["loc"])
        message = message_of(detail, path, _schema())
        if len(path) > 2 and path[0] == "inputs":
            shape = _shape_of(document.data["inputs"][path[1]])
            if shape is None:
                path, shapes = path[:2], "a list of values, {factors: [...]} or {low, high, steps, relative}"
                message = f"does not read as {shapes}: {message}"
            elif shape in str(path[2]):  # with a check of its own the library names it inside that
                path = (*path[:2], *path[3:])
            else:
                continue
        if path not in faults or detail["type"] == "value_error":
            faults[path] = document.fault(path, message, detail["type"] == "extra_forbidden")
    return list(faults.values())


def _shape_of(given: Any) -> str | None:
    """Which of the shapes that are mappings an input has; None for none of them."""
    if not isinstance(given, dict):
        return None
    return Factors.__name__ if "factors" in given else SweepRange.__name__


def _cases(document: Document, spec: SweepSpec, instance: Instance) -> list[Inputs]:
    if spec.design in DRAWN:
        assert spec.cases is not None
        return DRAWN[spec.design](_resolved(document, spec, instance, range_of), spec.cases, spec.seed)
    axes = _resolved(document, spec, instance, values_of)
    sizes = [len(values) for values in axes.values()]
    count = prod(sizes) if spec.design == "grid" else 1 + sum(sizes)
    if count > MOST_CASES:
        message = (
            f"make {count:,} cases, {MOST_CASES:,} are the most: list fewer values, or draw cases from ranges"
        )
        raise InstanceError([document.fault(("inputs",), message, True)])
    return LISTED[spec.design](axes)


def _resolved(
    document: Document, spec: SweepSpec, instance: Instance, read: Callable[[SweepAxis, Any], Any]
) -> Mapping[str, Any]:
    """What `read` makes of every axis and the instance's own value. Raises InstanceError with every fault."""
    data = instance.model_dump(mode="json")
    resolved, faults = {}, []
    for path, axis in spec.inputs.items():
        try:
            resolved[path] = read(axis, value_at(data, path))
        except ValueError as error:
            faults.append(document.fault(("inputs", path), str(error)))
        else:
            misfit = _misfit(instance, path, resolved[path])
            faults += [document.fault(("inputs", path), misfit, True)] if misfit else []
    if faults:
        raise InstanceError(faults)
    return resolved


def _misfit(instance: Instance, path: str, values: Iterable[Any]) -> str:
    """Why no value of an axis fits the instance, empty when one does: a case that does not is a row."""
    message = ""
    for value in values:
        try:
            instance.override({path: value})
        except InstanceError as error:
            message = message or "; ".join(fault.message for fault in error.faults)
        else:
            return ""
    return message
