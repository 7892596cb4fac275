"""What a format of request logs says about itself: its name, its fields, and how its times are meant."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True)
class Fields:
    """Where a record has each fact: columns of a CSV file, or keys of JSON joined by `/`; the first that is there."""

    time: tuple[str, ...]
    input_tokens: tuple[str, ...]
    output_tokens: tuple[str, ...]
    cached_tokens: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    """What no two requests share."""
    around: tuple[str, ...] = ()
    """The identity of the record that it lies within, where one call may be told by several records."""
    answer: tuple[str, ...] = ()
    """What records of one call share, of client and engine."""
    trace: tuple[str, ...] = ()
    """What records of one piece of work share."""
    engine: tuple[str, ...] = ()
    """Whether it is told by the side that answered (`True` where it is)."""
    in_total: tuple[str, ...] = ()
    """Whether some parts of its usage lie within others, as its total says (`True` where they do)."""
    added_up: tuple[str, ...] = ()
    """Whether parts of its usage were added up that may lie within others, and no total tells (`True` where so)."""
    from_cache: tuple[str, ...] = ()
    """Whether the gateway answered out of a cache of whole answers, so that no engine worked (`True` where it did)."""
    customer: tuple[str, ...] = ()
    """Whose request it is."""
    prefix_blocks: tuple[str, ...] = ()
    """Ids of the prompt's blocks, each of which stands for all that comes before it too."""

    def names(self) -> set[str]:
        """Every name that may be read."""
        return {name for one in fields(self) for name in getattr(self, one.name)}


@dataclass(frozen=True)
class RequestFormat:
    """A format of request logs. `recognises` judges the names of a CSV header, or those of a first JSON record."""

    title: str
    fields: Fields
    recognises: Callable[[frozenset[str]], bool]
    seconds_per_count: float | None = None
    """Unit of times that count from the beginning of the log; None: they are moments."""
    zone: str | None = None
    """Zone of moments without an offset, where the publisher says so."""
    block_tokens: int | None = None
    """Prompt tokens of a prefix block."""
    may_lack_tokens: bool = False
    """Whether records without token counts are requests that failed; otherwise they are faults."""
    failed_without_output: bool = False
    """Whether no output tokens mean that the request failed."""
    unfold: Callable[[Any], Iterator[dict[str, Any]]] | None = None
    """The requests within one JSON document, where it is not one request."""


def flattened(record: Any, prefix: str = "", depth: int = 4) -> Iterable[str]:
    """Names of a JSON record: its keys, and those within as `key/key`."""
    if not isinstance(record, dict):
        return
    for key, value in record.items():
        yield f"{prefix}{key}"
        if depth:
            yield from flattened(value, f"{prefix}{key}/", depth - 1)


def taken(record: Any, path: str) -> Any:
    """The value at `key/key` of a JSON record; None where there is none."""
    if isinstance(record, dict) and path in record:
        return record[path]
    for step in path.split("/"):
        record = record.get(step) if isinstance(record, dict) else None
    return record
