"""A smaller instance with the same fault: whatever can be left out is left out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Data = dict[str, Any]


def shrink(instance: Data, wrong: Callable[[Data], bool]) -> Data:
    """Leave out one thing after another as long as `wrong` still says so."""
    smaller = True
    while smaller:
        smaller = False
        for path in _paths(instance):
            tried = _without(instance, path)
            if tried is not None and wrong(tried):
                instance, smaller = tried, True
                break
    return instance


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Places of keys and entries, large ones first."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    below = [(*path, key) for key in keys]
    yield from below
    for one in below:
        yield from _paths(node[one[-1]], one)


def _without(instance: Data, path: tuple[Any, ...]) -> Data | None:
    """A copy without one place; one period less where it is `periods`; None for what has to stay."""
    if path[0] == "deployments" and path[-1] in ("name", "hardware"):
        return None  # where a unit runs, and as which pool, is to stay plain
    made = copy.deepcopy(instance)
    if path == ("horizon", "periods"):
        return _shorter(made)
    parent = made
    for key in path[:-1]:
        parent = parent[key]
    del parent[path[-1]]
    return made


def _shorter(instance: Data) -> Data | None:
    periods = instance["horizon"]["periods"]
    if periods == 1:
        return None
    instance["horizon"]["periods"] = periods - 1
    _cut(instance, periods)
    return instance


def _cut(node: Any, length: int) -> None:
    """Drop the last value of every series."""
    for value in node.values() if isinstance(node, dict) else ():
        if (
            isinstance(value, list)
            and len(value) == length
            and all(isinstance(one, int | float) for one in value)
        ):
            value.pop()
        _cut(value, length)
