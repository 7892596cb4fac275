"""How a parameter is defined: default, meaning, unit, measured effect, and the values that are accepted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Definition:
    """What is documented of a parameter, and the range of each of its numbers."""

    meaning: str
    unit: str
    effect: str
    least: float
    most: float


def parameter(
    default: Any,
    meaning: str,
    unit: str = "share",
    effect: str = NOT_MEASURED,
    least: float = 1.0,
    most: float = math.inf,
) -> Any:
    """A field of a group of parameters; tuples are increasing and hold at least one number."""
    return field(default=default, metadata={"definition": Definition(meaning, unit, effect, least, most)})


def share(default: Any, meaning: str, effect: str = NOT_MEASURED, most: float = 1.0) -> Any:
    """A parameter without a unit, above zero."""
    return parameter(default, meaning, "share", effect, least=1e-12, most=most)


@dataclass(frozen=True)
class Parameters:
    """A group of parameters. Raises ValueError with every fault where a value is not accepted."""

    def __post_init__(self) -> None:
        faults = [fault for one in fields(self) for fault in self._faults(one)] or list(self.contradictions())
        if faults:
            raise ValueError("\n".join(faults))

    def contradictions(self) -> Iterator[str]:
        """What values that are accepted one by one contradict together."""
        yield from ()

    def _faults(self, one: Any) -> Iterator[str]:
        value, default, name = getattr(self, one.name), one.default, f"{type(self).__name__}.{one.name}"
        if "definition" not in one.metadata:
            if not isinstance(value, one.default_factory):
                yield f"{name}: must be {one.default_factory.__name__}, not {value!r}"
            return
        known: Definition = one.metadata["definition"]
        several = isinstance(default, tuple)
        if several != isinstance(value, tuple) or value == ():
            yield f"{name}: must be {'a tuple of numbers' if several else 'one number'}, not {value!r}"
            return
        whole = isinstance(default[0] if several else default, int)
        for number in value if several else (value,):
            if not _is_number(number, whole):
                yield f"{name}: must be {'a whole number' if whole else 'a number'}, not {number!r}"
            elif not known.least <= number <= known.most:
                yield f"{name}: must be from {known.least:g} to {known.most:g}, not {number!r}"
        if several and not _increases(value):
            yield f"{name}: must increase from number to number, not {value!r}"

    def override(self, **values: Any) -> Self:
        """The same with other values, by name; of a group inside by `group__name`."""
        mine: dict[str, Any] = {}
        for path, value in values.items():
            name, _, rest = path.partition("__")
            if not hasattr(self, name):
                raise ValueError(
                    f"{name}: no such parameter; there are {', '.join(f.name for f in fields(self))}"
                )
            mine[name] = mine.get(name, getattr(self, name)).override(**{rest: value}) if rest else value
        return replace(self, **mine)


def _is_number(value: Any, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and (isinstance(value, int) or not whole)


def _increases(values: tuple[Any, ...]) -> bool:
    numbers = all(_is_number(value, whole=False) for value in values)
    return not numbers or all(one < other for one, other in pairwise(values))
