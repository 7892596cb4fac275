"""A case: what differs from the base instance, and the key that equal cases share."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.model.signed import plain_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planner.instance import Instance
    from planner.model.signed import Signed
    from planner.optimize.customize import Customize
    from planner.optimize.solve_options import SolveOptions
    from planner.plan.plan import Plan

Inputs = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One case of a sweep: its position, its inputs by instance path, the key of equal cases, and what is signed."""

    index: int
    inputs: Inputs
    key: str
    signed: Signed | None = None


@dataclass(frozen=True)
class CaseTask:
    """What a worker needs to solve one case: the base instance as JSON, the inputs, and how to solve.

    With `tell_signed` the row says what the plan signs (`planner.model.signed`). `start` is a plan of the base, and
    `customize` adds constraints to the model, as in `planner.solve`.
    """

    base: str
    inputs: Inputs
    options: SolveOptions
    warm_start: bool = True
    tell_signed: bool = False
    start: Plan | None = None
    customize: Customize | None = None

    def of(self, case: Case) -> CaseTask:
        """The task of a case, solved as this one is."""
        return replace(self, inputs=case.inputs, options=replace(self.options, signed=case.signed))


def cases_of(
    instance: Instance,
    designs: Iterable[Inputs],
    options: SolveOptions,
    signed: Sequence[Signed] | None = None,
    tell_signed: bool = False,
) -> list[Case]:
    """Number the cases of a design and give each its key; `signed` is the first stage of each."""
    data = instance.model_dump(mode="json")
    base = _digest([data, asdict(replace(options, signed=None))])
    inputs = [{path: plain(value) for path, value in case.items()} for case in designs]
    stages = [options.signed] * len(inputs) if signed is None else signed
    return [
        Case(index, given, case_key(_base_key(base, stage, tell_signed), data, given), stage)
        for index, (given, stage) in enumerate(zip(inputs, stages, strict=True))
    ]


def _base_key(base: str, signed: Signed | None, tell_signed: bool) -> str:
    """The key of the base where nothing is signed and no row says what is."""
    if signed is None and not tell_signed:
        return base
    return _digest([base, None if signed is None else plain_of(signed), tell_signed])


def case_key(base: str, data: dict[str, Any], inputs: Inputs) -> str:
    """Key of a case: the base with its options, and the inputs that differ from it, sorted by path.

    An input that repeats what the base says leaves no trace, and 1 equals 1.0: such cases are solved once.
    """
    changed = {path: value for path, value in sorted(inputs.items()) if value_at(data, path) != value}
    return _digest([base, changed])[:32]


def value_at(data: Any, path: str) -> Any:
    """Value at a dotted path of plain data, None where there is none."""
    here = data
    for step in path.split("."):
        if isinstance(here, dict) and step in here:
            here = here[step]
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return None
    return here


def plain(value: Any) -> Any:
    """Numbers of numpy as those of Python, tuples as lists: what JSON and the instance know."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _digest(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(_as_floats(text).encode()).hexdigest()


def _as_floats(text: str) -> str:
    """The same JSON with every whole number written as a float."""
    return json.dumps(json.loads(text, parse_int=float), sort_keys=True, separators=(",", ":"))
