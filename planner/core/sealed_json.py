"""JSON objects whose last member is a checksum of all that precedes it, so that a changed byte is noticed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

KEY = "sha256"
_SEAL = f'"{KEY}": "'


def sealed(text: str) -> str:
    """A JSON object, as `json.dumps` writes it, with its checksum as last member."""
    body = text.removesuffix("}")
    between = "" if body == "{" else ", "  # an object without members begins with its checksum
    return f'{body}{between}{_SEAL}{hashlib.sha256(body.encode()).hexdigest()}"}}'


def is_sealed(text: str) -> bool:
    """Whether a text ends with the checksum of all that precedes it."""
    body, seal, _ = text.rpartition(_SEAL)
    return bool(seal) and text == sealed(f"{body.removesuffix(', ')}}}")


def unsealed(text: object) -> dict[str, Any] | None:
    """What was sealed, numbers that are none as null; None for what was changed since, or never was."""
    if not isinstance(text, str) or not is_sealed(text):
        return None
    try:
        data = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    del data[KEY]
    return data
