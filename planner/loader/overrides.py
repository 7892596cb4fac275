"""Overrides: values put at dotted paths of a document before it is validated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError, shortened
from planner.core.suggest import nearest
from planner.loader.exchange import Exchange, times
from planner.loader.money import same_money
from planner.loader.strict_yaml import MAX_DEPTH, scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.loader.strict_yaml import Document

MOST_DIGITS_OF_A_PLACE = 9
OVERRIDES = "overrides"
"""Where faults of values stand that were given beside a file, not by an option."""


class OptionPath(str):
    """A dotted path that an option of the command line gave a value for: `option` is where its faults stand."""

    __slots__ = ("option",)
    option: str

    @classmethod
    def by(cls, option: str, path: str) -> OptionPath:
        """The path as an option gave it."""
        made = cls(path)
        made.option = option
        return made

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        """As it goes to worker processes."""
        return OptionPath.by, (self.option, str(self))


def assignment(text: str) -> tuple[str, Any]:
    """Split `key=value`, the value read as YAML reads a scalar.

    Raises InstanceError where there is no value, or a list or mapping in its place.
    """
    path, separator, value = text.partition("=")
    if not separator or not path.strip():
        raise InstanceError([Fault(f"--set {shortened(text)}: expected key=value")])
    if value.strip()[:1] in ("[", "{"):
        message = (
            "a list or mapping cannot be set, only a single value: set its entries one by one, as"
            f" {shortened(path.strip())}.0=VALUE, or write it in the file"
        )
        raise InstanceError([Fault(f"--set {shortened(text)}: {message}")])
    try:
        return path.strip(), scalar(value.strip())
    except ValueError as error:
        raise InstanceError([Fault(f"--set {shortened(path.strip())}: {error}")]) from None


def assignments(texts: Iterable[str], option: str = "--set") -> dict[str, Any]:
    """`key=value` texts of an option, by key.

    Raises InstanceError where one is none, or where a key is given again with another value.
    """
    given: dict[str, Any] = {}
    for text in texts:
        key, value = assignment(text)
        if key in given and given[key] != value:
            message = f"{option} {shortened(key)}: is given twice, as {shortened(str(given[key]))} and as"
            raise InstanceError([Fault(f"{message} {shortened(str(value))}")])
        given[OptionPath.by(option.rstrip(":"), key)] = value
    return given


class Overrides:
    """Values put into a document, and which names they made that were not there before."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._made: dict[str, list[str]] = {}
        self._said: dict[str, str] = {}

    def put(self, path: str, value: Any) -> list[Fault]:
        """Put a value at a dotted path of the document; returns why it cannot be put there."""
        self._said[str(path)] = path.option if isinstance(path, OptionPath) else OVERRIDES
        steps = path.split(".")
        if len(steps) > MAX_DEPTH:
            message = f"'{shortened(path)}' cannot be set: no path has more than {MAX_DEPTH} steps"
            return [self._document.fault((), message)]
        here: Any = self._document.data
        for index, step in enumerate(steps[:-1]):
            place = _place(here, step)
            if place is not None:
                here = here[place]
            elif isinstance(here, dict):
                self._note(steps[: index + 1], here, path)
                self._in_this_currency(step, here)
                here = here.setdefault(step, {})
            else:
                return [_nothing(self._document, steps[:index], here, step, path)]
        place = _place(here, steps[-1])
        if place is not None:
            here[place] = value
        elif isinstance(here, dict):
            self._note(steps, here, path)
            for other in same_money(steps[-1], here):
                del here[other]
            here[steps[-1]] = value
        else:
            return [_nothing(self._document, steps[:-1], here, steps[-1], path)]
        return []

    def _note(self, steps: list[str], here: dict[str, Any], path: str) -> None:
        if steps[-1] not in here:
            made = ".".join(steps)
            self._made[made] = [name for name in here if isinstance(name, str)]
            self._said.setdefault(made, self._said[str(path)])

    def _in_this_currency(self, step: str, here: dict[str, Any]) -> None:
        """Amounts of a mapping that a step names in another currency are exchanged, so that single ones can be put.

        Where a rate is lacking both stay, and the validation says that they say the same.
        """
        exchange = Exchange.of(self._document.data)
        for other in same_money(step, here):
            worth = exchange.between(other, step)
            if step not in here and worth is not None and isinstance(here[other], dict):
                here[step] = times(here.pop(other), worth)

    def hinted(self, faults: list[Fault]) -> list[Fault]:
        """The faults; one at a value that was put says by which option, and which known name may have been meant."""
        return [self._placed(self._hinted(fault)) for fault in faults]

    def _placed(self, fault: Fault) -> Fault:
        """Where the value was given: no line of the file says it."""
        for path, option in self._said.items():
            if fault.path == path or fault.path.startswith(f"{path}."):
                return replace(fault, file=option, line=None, column=None)
        for path, option in self._said.items():
            if option != OVERRIDES and fault.path and fault.path == path.rpartition(".")[0]:
                message = f"{fault.message} ({option} {shortened(path)} is part of it)"
                return replace(fault, message=message)
        return fault

    def _hinted(self, fault: Fault) -> Fault:
        if "did you mean" in fault.message:
            return fault
        for path, known in self._made.items():
            if fault.path == path or fault.path.startswith(f"{path}."):
                name = path.rpartition(".")[2]
                near = nearest(name, known)
                if near is not None:
                    message = f"{fault.message} ('{shortened(name)}' is new here; did you mean '{near}'?)"
                    return replace(fault, message=message)
        return fault


def _place(here: Any, step: str) -> int | None:
    """The position in a list that a step names; None where it names none."""
    if not (
        isinstance(here, list) and step.isascii() and step.isdigit() and len(step) <= MOST_DIGITS_OF_A_PLACE
    ):
        return None
    return int(step) if int(step) < len(here) else None


def _nothing(document: Document, above: list[str], here: Any, step: str, path: str) -> Fault:
    """Why there is nothing at a step: a list counts its entries from 0, a single value has none."""
    where = f" of {shortened('.'.join(above))}" if above else ""
    message = f"there is nothing at '{shortened(step)}'{where} to set"
    found = document.fault((), f"{message}{_of_list(here, step) if isinstance(here, list) else ''}")
    return replace(found, path=str(path))


def _of_list(here: list[Any], step: str) -> str:
    """Which positions a list has, and the one whose entry has the name nearest to a step."""
    if not here:
        return "; the list is empty"
    named = {
        str(one["name"]): place for place, one in enumerate(here) if isinstance(one, dict) and "name" in one
    }
    near = nearest(step, named)
    hint = "" if near is None else f"; did you mean '{named[near]}', the position of '{near}'?"
    return hint or f"; the list has positions 0 to {len(here) - 1}"
