"""Where every value of an instance comes from: given in the file, read from the catalog, or a default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from planner.instance.money_keys import key_in
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance


class Provenance(NamedTuple):
    """One value: its path, how it reads, and its source (given, catalog, default)."""

    path: str
    value: str
    source: str


def provenance(instance: Instance) -> list[Provenance]:
    """Every leaf of an instance in the order of its format, and the node facts taken from the catalog."""
    rows = list(_leaves(instance, "", True, instance.currency))
    for hardware in instance.fleet:
        own, node = instance.hardware.get(hardware), node_of(instance, hardware)
        if own is None or own.gpus_per_node is None:
            rows.append(Provenance(f"hardware.{hardware}.gpus_per_node", str(node.gpus), "catalog"))
        if (own is None or own.power_kw_per_node is None) and node.power_kw is not None:
            rows.append(Provenance(f"hardware.{hardware}.power_kw_per_node", str(node.power_kw), "catalog"))
    return rows


def _leaves(value: Any, path: str, given: bool, currency: str) -> Iterator[Provenance]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inside = given and name in value.model_fields_set
            key = key_in(name, currency)
            yield from _leaves(getattr(value, name), f"{path}.{key}" if path else key, inside, currency)
    elif isinstance(value, dict) and value:
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}", given, currency)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}.{index}", given, currency)
    elif value is not None or given:
        yield Provenance(path, _text(value), "given" if given else "default")


def _text(value: Any) -> str:
    if isinstance(value, tuple) and len(value) > 4:
        return f"{len(value)} values, {min(value):,.6g}..{max(value):,.6g}"
    return str(value)
