"""Names of the catalog as people write them: in any letters and joints, in part, with the owner of a model.

`A100` is a100_40gb or a100_80gb, `Qwen/Qwen3-235B` qwen3-235b-a22b, `aws` AWS.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError, shortened
from planner.core.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAILS = ("-instruct", "-chat", "-it", "-base", "-hf")


def matching(word: str, known: Iterable[str]) -> list[str]:
    """The names that a word may stand for: the one that it is but for letters and joints, else those that begin with
    it, else those that have its parts in their order; sorted.
    """
    names, wanted = sorted(set(known)), _plain(word)
    for fits in (
        lambda name: name == word,
        lambda name: _plain(name) == wanted,
        lambda name: _plain(name).startswith(f"{wanted}-"),
        lambda name: bool(wanted) and _in_order(wanted.split("-"), _plain(name).split("-")),
    ):
        found = [name for name in names if fits(name)]
        if found:
            return found
    return []


def meant(word: str, known: Iterable[str], what: str, path: str) -> str:
    """The one name that a word stands for. Raises InstanceError at `path` where it stands for none, or for several."""
    names = sorted(set(known))
    found = matching(word, names)
    if len(found) == 1:
        return found[0]
    if found:
        raise InstanceError([Fault(f"'{shortened(word)}' may be {' or '.join(found)}: say which", path)])
    raise InstanceError([Fault(f"'{shortened(word)}' is no {what}{did_you_mean(_plain(word), names)}", path)])


def _plain(name: str) -> str:
    plain = re.sub(r"[\s_\-]+", "-", name.rsplit("/", 1)[-1].strip().lower())
    tail = next((tail for tail in _TAILS if plain.endswith(tail)), "")
    return plain.removesuffix(tail) if len(plain) > len(tail) else plain


def _in_order(parts: list[str], others: list[str]) -> bool:
    """Whether all parts are among others, in the same order."""
    rest = iter(others)
    return all(part in rest for part in parts)
