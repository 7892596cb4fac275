"""Formats of request logs, one a file of this folder with a `FORMAT`; each is found by its file."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.loader.demand.request_format import RequestFormat


def formats() -> dict[str, RequestFormat]:
    """Every format by the name of its file, sorted."""
    names = sorted(found.name for found in iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").FORMAT for name in names}
