"""Clouds, one a file of this folder; each is found by its file.

A file has `PROVIDERS`, names of the cloud as instances give it; `REQUIRED`, the Terraform providers that it needs, by
name; and `written(deal)`, what the cloud has for a deal. Its docstring names the references of the resources, with the
version they were read of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from planner.core.shipped_modules import modules_of

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
    return {name: cast("Cloud", module) for name, module in modules_of(__name__).items()}
