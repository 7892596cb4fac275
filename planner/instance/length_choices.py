"""What an instance may be read as that leaves it to the plan where its workloads are split by length.

Each workload with `split: cheapest` stays whole, is split at one of its boundaries, or at all of them; the choices of
several workloads go with each other.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance.instance import Instance

MOST_CHOICES = 16
WHOLE = "whole"


def open_splits(instance: Instance) -> tuple[str, ...]:
    """Workloads of which the plan is to say where they are split."""
    return tuple(
        name
        for name, one in instance.workloads.items()
        if one.lengths is not None and one.lengths.split == "cheapest"
    )


def split_choices(instance: Instance) -> Iterator[tuple[str, Instance]]:
    """Every reading by what it says of the splits, all whole first; nothing where nothing is left to choose."""
    names = open_splits(instance)
    for chosen in product(*(boundaries(instance, name) for name in names)) if names else ():
        said = ", ".join(
            f"{name} {'at ' + ' and '.join(f'{one:,g}' for one in at) if at else WHOLE}"
            for name, at in zip(names, chosen, strict=True)
        )
        yield said, _split(instance, dict(zip(names, chosen, strict=True)))


def boundaries(instance: Instance, workload: str) -> list[tuple[float, ...]]:
    """Where a workload may be split: nowhere, at each boundary by itself, at all of them."""
    lengths = instance.workloads[workload].lengths
    at = () if lengths is None or lengths.split_at is None else lengths.split_at
    return [(), *((one,) for one in at), *((at,) if len(at) > 1 else ())]


def as_planned(instance: Instance, question: dict[str, Any]) -> Instance:
    """The reading of an instance that has the workloads of a plan's question; itself where there is none such."""
    asked = question.get("workloads", {}).keys()
    return next((one for _, one in split_choices(instance) if one.workloads.keys() == asked), instance)


def _split(instance: Instance, chosen: dict[str, tuple[float, ...]]) -> Instance:
    values: dict[str, Any] = {}
    for name, at in chosen.items():
        values[f"workloads.{name}.lengths.split"] = "always"
        values[f"workloads.{name}.lengths.split_at"] = list(at) or None
    return instance.override(values)


def closed(instance: Instance) -> Instance:
    """The instance, for whoever needs its workloads as they are planned. Raises InstanceError where that is open."""
    names = open_splits(instance)
    if names:
        raise InstanceError(
            [
                Fault(
                    "only `planner solve` chooses where to split: say `always`, or leave split_at out",
                    path=f"workloads.{name}.lengths.split",
                )
                for name in names
            ]
        )
    return instance
