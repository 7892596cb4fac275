"""Clouds, one a file of this folder; each is found by its file.

A file has `PROVIDERS`, names of the cloud as instances give it; `REQUIRED`, the Terraform providers that it needs, by
name; and `written(deal)`, what the cloud has for a deal. Its docstring names the references of the resources, with the
version they were read of.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from planner.view.exports.terraform.deals import Deal, Written


class Cloud(Protocol):
    """What a file of this folder holds."""

    PROVIDERS: tuple[str, ...]
    REQUIRED: dict[str, dict[str, str]]

    def written(self, deal: Deal) -> Written:
        """What the cloud has for a deal."""


def clouds() -> dict[str, Cloud]:
    """Every cloud by the name of its file, sorted."""
    names = sorted(found.name for found in iter_modules(__path__))
    return {name: cast("Cloud", import_module(f"{__name__}.{name}")) for name in names}
