"""What the hourly relaxation makes of a question: nothing is covered that does not say so itself."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

from planner.model import costs, families
from planner.model.treatment import FIELD, Fate, Treatment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets


class NotCovered(Exception):
    """The relaxation would not be a relaxation of this question; the message says why."""


class LeftOut(NamedTuple):
    """A part of the question that the relaxation does not have, or has in a weaker form."""

    part: str
    """Its name: a family, a cost term, a channel."""
    reason: str
    """What is made of it."""


def left_out(sets: Sets) -> tuple[tuple[LeftOut, ...], tuple[LeftOut, ...]]:
    """Parts of the question that are left out of the relaxation or weakened in it, and those that plans are mended for;
    both empty: it has them all.

    Raises NotCovered where a part that applies is refused, or does not say what may be done with it: a family with
    its variables, a cost term, or a field of the sets. A cost term below zero is refused too, since without its
    variable, or with one that is rounded, the cost would not be a bound.
    """
    _know_fields("sets", sets)
    _know_fields("market", sets.market)
    for channel in sets.channels:
        _know_fields("channels", channel)
    parts: dict[Fate, list[LeftOut]] = {fate: [] for fate in Fate}
    for kind, name, treatment in (*_of_families(sets), *_of_cost_terms(sets)):
        if treatment is None:
            raise NotCovered(f"the {kind} {name} does not say what the decomposition may do with it")
        if treatment.fate is Fate.REFUSED:
            raise NotCovered(treatment.reason)
        parts[treatment.fate].append(
            LeftOut(name if kind == "family" else f"{kind} {name}", treatment.reason)
        )
    return tuple(parts[Fate.DROPPED]), tuple(parts[Fate.MENDED])


def _of_families(sets: Sets) -> Iterator[tuple[str, str, Treatment | None]]:
    for family in families.applying(sets):
        decomposition = getattr(family, "decomposition", None)
        yield "family", families.name_of(family), None if decomposition is None else decomposition(sets)


def _of_cost_terms(sets: Sets) -> Iterator[tuple[str, str, Treatment | None]]:
    for cost in costs.COSTS:
        for name, priced in cost(sets).items():
            treatment = getattr(cost, "decomposition", None)
            if treatment is not None and treatment.fate is not Fate.REFUSED and (priced.usd < 0).any():
                raise NotCovered("prices or credits are negative")
            yield "cost term", name, treatment


def _know_fields(where: str, record: Any) -> None:
    for one in fields(record):
        if FIELD not in one.metadata:
            raise NotCovered(f"{where}.{one.name} does not say what the decomposition may do with it")
