"""The files of a folder, each a thing by its name: what is one file is found by it, and stands in no list."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def modules_of(package: str) -> dict[str, ModuleType]:
    """Modules of a package, by the names of their files, sorted. Raises ImportError where one cannot be imported."""
    names = sorted(found.name for found in iter_modules(import_module(package).__path__))
    return {name: import_module(f"{package}.{name}") for name in names}
