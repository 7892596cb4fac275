"""Faults in the words of the page and of its requests, where the rest of the program names options."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.core.errors import Fault

FIELDS = {
    "--map": "Columns",
    "--fill": "Defects",
    "--timezone": "Zone of times",
    "--model": "Model",
    "--hardware": "Hardware",
    "--accelerator": "Hardware",
    "--gpus": "GPUs tested",
    "--engine": "Engine tested",
    "--load-test": "Load test",
    "--from-log": "Request log",
    "--ttft-ms": "First token",
    "--tpot-ms": "Each token",
    "--price": "price_usd_per_gpu_hour",
    "--requests-per-s": "requests_per_s",
    "--input-tokens": "input_tokens",
    "--output-tokens": "output_tokens",
    "--period-minutes": "period_minutes",
    "--from-first": "from_first",
}
"""Labels of fields of the page by option; names of a request's fields where the page has none."""
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")


def in_page_words(faults: Iterable[Fault]) -> list[Fault]:
    """The same, with fields in place of options; of others it says that the command line has them."""
    return [replace(one, message=_said(one.message), path=_said(one.path)) for one in faults]


def _said(text: str) -> str:
    words = _OPTION.sub(lambda found: FIELDS.get(found[0], f"planner init {found[0]}"), text)
    for field in ("Columns", "Defects"):
        head, *others = words.split(f" {field} ")
        words = ", ".join([f"{head} {field} {others[0]}", *others[1:]]) if others else head
    return words
