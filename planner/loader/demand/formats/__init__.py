"""Formats of request logs, one a file of this folder with a `FORMAT`; each is found by its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.shipped_modules import modules_of

if TYPE_CHECKING:
    from planner.loader.demand.request_format import RequestFormat


def formats() -> dict[str, RequestFormat]:
    """Every format by the name of its file, sorted."""
    return {name: module.FORMAT for name, module in modules_of(__name__).items()}
