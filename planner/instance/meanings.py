"""What each key of an instance means: the docstrings below the fields of its nouns.

They are read from the sources when the schema or a chapter asks for them, not whenever a noun is imported: that would
take a fifth of the time in which an instance is loaded.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from planner.instance.base import Strict

if TYPE_CHECKING:
    from collections.abc import Iterator


def nouns() -> dict[str, type[Strict]]:
    """Every noun that is defined, by the name of its class."""
    return {noun.__name__: noun for noun in _below(Strict)}


def meanings(noun: type[Strict]) -> dict[str, str]:
    """The docstring of each field of a noun that has one, inherited fields included."""
    found: dict[str, str] = {}
    for kind in reversed(noun.__mro__):
        found |= _written(kind.__module__).get(kind.__name__, {})
    return {name: found[name] for name in noun.model_fields if name in found}


def _below(kind: type[Strict]) -> Iterator[type[Strict]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


@cache
def _written(module: str) -> dict[str, dict[str, str]]:
    """Docstrings below the attributes of the classes of a module; empty where it has no source."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError):
        return {}
    return {node.name: dict(_below_attributes(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _below_attributes(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for pair in pairwise(node.body):
        match pair:
            case (ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(meaning)))):
                yield name, inspect.cleandoc(meaning)
