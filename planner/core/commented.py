"""Files with comments above what they say, as CSV and YAML are written for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from planner.core.visible import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 110


def commented(comments: Iterable[str], text: str) -> str:
    """The text below a line for each comment."""
    return "".join(f"# {on_one_line(comment)}".rstrip() + "\n" for comment in comments) + text


def commented_yaml(comments: Iterable[str], data: Any, *, short_in_a_line: bool = False) -> str:
    """Data as YAML in its own order below the comments; innermost lists and maps in a line where that is asked for."""
    flow = None if short_in_a_line else False
    text = yaml.safe_dump(data, sort_keys=False, width=WIDTH, allow_unicode=True, default_flow_style=flow)
    return commented(comments, text)
