"""Names that people give: of any script, and safe in a terminal, a file, a page and a path."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

NAME_PATTERN = (
    r"^[^\x00-/:-@\[-`{-\xa0\xad\u2000-\u206f\u3000\ufeff]"
    r"[^\x00-,/:-@\[-^`{-\xa0\xad\u2000-\u200b\u200e-\u206f\u3000\ufeff]*$"
)
"""What a name is of, in what the regular expressions of Python, Rust and JSON Schema have in common: no space, no
control character, no turn of direction, and of ASCII only letters, digits and `_ . -`.
"""
MOST_NAME = 64
"""Characters of a name."""

_JOINERS = "\u200c\u200d"  # between letters of Indic and Persian words, and the parts of an emoji
_MIDDLE_DOT = "\u00b7"  # part of words in Catalan and of names in Chinese
_SIGNS = ("So", "Sk")  # emoji and the tones of their skin


def name_fault(name: str) -> str:
    """Why a text that fits the pattern is no name yet; empty where it is one.

    Names are compared character by character, so each is in the one form that Unicode calls NFKC (Unicode Standard
    Annex 15): what looks the same is the same. Of other scripts there are letters, marks, digits and emoji.
    """
    for place, sign in enumerate(name):
        if not sign.isascii() and not _may_stand(sign, first=place == 0):
            return (
                f"has U+{ord(sign):04X} {unicodedata.name(sign, '')}".rstrip()
                + f" at {place + 1}: leave it out"
            )
    plain = unicodedata.normalize("NFKC", name)
    return "" if plain == name else f"is '{plain}' in other characters: write it so"


def _may_stand(sign: str, *, first: bool) -> bool:
    kind = unicodedata.category(sign)
    if kind[0] == "L" or kind == "Nd" or kind in _SIGNS:
        return True
    return not first and (kind[0] in "MN" or sign in _JOINERS or sign == _MIDDLE_DOT)


def _checked(name: str) -> str:
    if not name.isascii() and (fault := name_fault(name)):
        raise ValueError(f"the name {fault}")
    return name


Name = Annotated[
    str, Field(strict=True, pattern=NAME_PATTERN, max_length=MOST_NAME), AfterValidator(_checked)
]
"""A name of letters, digits and emoji of any script, and `_ . -`; it begins with a letter, digit or emoji."""
