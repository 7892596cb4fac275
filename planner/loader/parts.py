"""Workloads that are read as several: where others name one of them they mean all of its parts.

Deployments with their rates, vendors, links, scenarios and stages name workloads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Parts = Mapping[str, Sequence[str]]

NAMING = {
    "deployments": ("workloads", "rate_tokens_per_s", "rate_requests_per_s"),
    "vendors": ("workloads",),
    "links": ("workloads",),
    "scenarios": ("workload_scale",),
    "stages": ("workload_scale",),
}


def put_parts(data: dict[str, Any], parts: Parts) -> None:
    """Put the names of its parts in the place of a workload's, wherever others name it; `parts` by workload."""
    for here, key in _named(data):
        here[key] = _all_parts(here[key], parts)


def _named(data: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Records that name workloads, and the keys that do, as lists or as keys of tables."""
    for section, names in NAMING.items():
        records = data.get(section)
        listed = list(records.values()) if isinstance(records, dict) else records
        for record in listed if isinstance(listed, list) else ():
            yield from ((record, key) for key in names if isinstance(record, dict) and key in record)


def _all_parts(named: Any, parts: Parts) -> Any:
    """What names workloads, with the parts of those that have any."""
    if isinstance(named, dict):
        return {part: value for name, value in named.items() for part in _parts_of(name, parts)}
    if isinstance(named, list):
        return [part for name in named for part in _parts_of(name, parts)]
    return named


def _parts_of(name: Any, parts: Parts) -> Sequence[Any]:
    return parts.get(name, [name]) if isinstance(name, str) else [name]
