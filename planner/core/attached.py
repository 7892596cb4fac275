"""What is attached to nouns from above: pictures and readers, which know more than the noun may import.

A noun declares the method and its documentation and asks here for what does the work. The package's face says
what to load before the first such call (`planner/__init__.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_attached: dict[tuple[type, str], Callable[..., Any]] = {}
_loaders: list[Callable[[], object]] = []


def attach(noun: type, method: str, function: Callable[..., Any]) -> None:
    """Let `function` do the work of a method of a noun; the noun itself is its first argument."""
    _attached[noun, method] = function


def load_when_asked(loader: Callable[[], object]) -> None:
    """What to call before the first attached method is looked up."""
    _loaders.append(loader)


def attached(noun: type, method: str) -> Callable[..., Any]:
    """The function that does the work of a method of a noun. Raises LookupError where nothing is attached."""
    while _loaders:
        _loaders.pop()()
    return _attached[noun, method]
