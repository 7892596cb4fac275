"""Texts of others where people look: what a terminal or a spreadsheet would obey is shown instead."""

from __future__ import annotations

import re

_LINES = "\n\t"
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, with the escape that begins terminal commands
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # ends of lines and turns of direction
    "\ufeff\ud800-\udfff\ufff9-\ufffb]"  # byte-order mark, lone surrogates, interlinear marks
)


def visible(text: str, keep: str = _LINES) -> str:
    """The text with every control character as its escape, such as `\\x1b`; those of `keep` stay."""
    if text.isascii() and text.isprintable():
        return text
    return _OBEYED.sub(lambda found: found.group() if found.group() in keep else _shown(found.group()), text)


def on_one_line(text: str) -> str:
    """The text with ends of lines shown too."""
    return visible(text, keep="")


def _shown(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
