"""Overrides: values put at dotted paths of a document before it is validated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError, shortened
from planner.loader.money import same_money
from planner.loader.strict_yaml import MAX_DEPTH, scalar

if TYPE_CHECKING:
    from planner.loader.strict_yaml import Document

MOST_DIGITS_OF_A_PLACE = 9


def assignment(text: str) -> tuple[str, Any]:
    """Split `key=value`, the value read as YAML reads a scalar. Raises InstanceError."""
    path, separator, value = text.partition("=")
    if not separator or not path.strip():
        raise InstanceError([Fault(f"--set {shortened(text)}: expected key=value")])
    try:
        return path.strip(), scalar(value.strip())
    except ValueError as error:
        raise InstanceError([Fault(f"--set {shortened(path.strip())}: {error}")]) from None


def override(document: Document, path: str, value: Any) -> list[Fault]:
    """Put a value at a dotted path of the document; returns why it cannot be put there."""
    steps = path.split(".")
    if len(steps) > MAX_DEPTH:
        return [
            document.fault((), f"'{shortened(path)}' cannot be set: no path has more than {MAX_DEPTH} steps")
        ]
    here: Any = document.data
    for index, step in enumerate(steps[:-1]):
        place = _place(here, step)
        if place is not None:
            here = here[place]
        elif isinstance(here, dict):
            here = here.setdefault(step, {})
        else:
            return [_nothing(document, steps[:index], step, path)]
    place = _place(here, steps[-1])
    if place is not None:
        here[place] = value
    elif isinstance(here, dict):
        for other in same_money(steps[-1], here):
            del here[other]
        here[steps[-1]] = value
    else:
        return [_nothing(document, steps[:-1], steps[-1], path)]
    return []


def _place(here: Any, step: str) -> int | None:
    """The position in a list that a step names; None where it names none."""
    if not (
        isinstance(here, list) and step.isascii() and step.isdigit() and len(step) <= MOST_DIGITS_OF_A_PLACE
    ):
        return None
    return int(step) if int(step) < len(here) else None


def _nothing(document: Document, above: list[str], step: str, path: str) -> Fault:
    message = f"there is nothing at '{shortened(step)}' to set (of the override {shortened(path)})"
    return document.fault(
        tuple(int(one) if one.isascii() and one.isdigit() else one for one in above), message
    )
