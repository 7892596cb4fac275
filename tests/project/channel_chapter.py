"""The chapter of the kinds of channel, from their own files: `python -m tests.project.regenerate`.

The text of `planner/instance/channels/README.md`; `tests/project/test_documents.py` fails while that is stale.
"""

from __future__ import annotations

import inspect
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.instance.channels import KINDS, Channel, HourlyPriced, Traits
from planner.instance.meanings import meanings
from tests.project.formulation import marked_up, place

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAPTER = Path(__file__).parents[2] / "planner" / "instance" / "channels" / "README.md"
HEAD = """\
# Kinds of channel

<!-- Written by `python -m tests.project.regenerate` from the files beside this one: change those. -->

A channel is a way to hold nodes of one hardware. Every kind compiles to offers (`planner/instance/channels/offers.py`):
runs of periods over which a node can be held, each at a price, under limits. That is all that the model knows of it.
What plans, views, studies and the loader must know beside it, the kind says in its traits
(`planner/instance/channels/traits.py`). Weights count how often a period occurs in the cost: scenarios by their
probability, stages by their years.
"""


def chapter() -> str:
    """The whole text."""
    parts = [HEAD, *_kinds(), *_shared(), *_traits()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _kinds() -> Iterator[str]:
    for name, kind in KINDS.items():
        header = inspect.getdoc(import_module(kind.__module__)) or ""
        yield f"## `{name}`\n\n`{place(kind.__module__)}`\n\n{marked_up(header)}"
        own = [key for key in kind.model_fields if key not in {"kind", *_inherited(kind)}]
        hourly = "\n\nPriced by the hour." if issubclass(kind, HourlyPriced) else ""
        yield (_keys(kind, own) if own else "No keys of its own.") + hourly


def _shared() -> Iterator[str]:
    yield "## Keys that all kinds have"
    yield _keys(Channel, list(Channel.model_fields))
    yield "## Keys of those that are priced by the hour"
    yield _keys(HourlyPriced, [key for key in HourlyPriced.model_fields if key not in Channel.model_fields])


def _traits() -> Iterator[str]:
    yield "## What each says of itself"
    heads = [one.name for one in fields(Traits) if one.name != "billing"]
    rows = [
        [f"`{name}`", *(_told(getattr(kind.traits, head)) for head in heads)] for name, kind in KINDS.items()
    ]
    yield _table(["kind", *(head.replace("_", " ") for head in heads)], rows)
    yield "In exports of FOCUS:"
    bills = [(name, kind.traits.billing) for name, kind in KINDS.items()]
    yield _table(
        ["kind", "PricingCategory", "CommitmentDiscountCategory", "reserves capacity"],
        [[f"`{name}`", bill.pricing, _told(bill.discount), _told(bill.reservation)] for name, bill in bills],
    )


def _inherited(kind: type[Channel]) -> set[str]:
    base = HourlyPriced if issubclass(kind, HourlyPriced) else Channel
    return set(base.model_fields)


def _keys(record: type[Channel], names: list[str]) -> str:
    meant = meanings(record)
    return _table(
        ["key", "meaning"], [[f"`{name}`", " ".join(meant.get(name, "").split())] for name in names]
    )


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value) or "-"
    return "-" if value is None else str(value)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
