"""Names of a plan as names of Kubernetes objects, which are labels of the domain name system (RFC 1123)."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 45
"""Characters of an object's name: what controllers add to it for pods must fit into 63."""
_HASH = 8
_NO_LABEL = re.compile(r"[^a-z0-9]+")


def dns_label(name: str, longest: int = LONGEST) -> str:
    """The name in lower case with a hyphen for all but letters and digits of ASCII; other signs as their code points.

    At most `longest` characters. What is changed by more than its points and capitals, or cut, ends in a hash of the
    name, so that two names never become one.
    """
    coded = "".join(sign if sign.isascii() else f"-u{ord(sign):x}-" for sign in name)
    label = _NO_LABEL.sub("-", coded.lower()).strip("-") or "x"
    plain = name.isascii() and name == name.lower() and "_" not in name and "--" not in label
    if plain and label == name.replace(".", "-") and len(label) <= longest:
        return label
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH]
    return f"{label[: longest - _HASH - 1].strip('-')}-{digest}"


def dns_labels(names: Iterable[str], longest: int = LONGEST) -> dict[str, str]:
    """A label for each name, no two the same: of `a.b` and `a-b` the second gets a number."""
    labels: dict[str, str] = {}
    for name in dict.fromkeys(names):
        label, number = dns_label(name, longest), 1
        while label in labels.values():
            number += 1
            label = f"{dns_label(name, longest)[: longest - 4]}-{number}"
        labels[name] = label
    return labels
