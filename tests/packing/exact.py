"""An exact bin packer, written apart from the planner: every way to fill a container, remembered by what is left."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache


@cache
def fewest_containers(capacity: int, items: tuple[tuple[int, int], ...]) -> int:
    """The least number of containers that hold the items, given as (size, how many), largest first.

    Some container holds the largest item: all maximal ways to fill that one are tried.
    """
    left = tuple((size, count) for size, count in items if count)
    if not left:
        return 0
    largest, others = left[0][0], ((left[0][0], left[0][1] - 1), *left[1:])
    return 1 + min(
        fewest_containers(
            capacity, tuple((size, count - taken) for (size, count), taken in zip(others, fill, strict=True))
        )
        for fill in _maximal(capacity - largest, others)
    )


def _maximal(room: int, items: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, ...]]:
    """Ways to take of the items so that none that is left would still fit."""
    if not items:
        yield ()
        return
    (size, count), rest = items[0], items[1:]
    for taken in range(min(count, room // size), -1, -1):
        for more in _maximal(room - taken * size, rest):
            free = room - taken * size - sum(one * n for (one, _), n in zip(rest, more, strict=True))
            if taken == count or free < size:
                yield (taken, *more)
