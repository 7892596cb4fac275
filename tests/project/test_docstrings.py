"""Docstrings begin with a word of English, never with an identifier."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IDENTIFIER = re.compile(r"([A-Z][a-z0-9]+[A-Z]|[A-Za-z]*_)\w*|\w+(?=\[|\(|=|\.\w)")
"""Several humps, an underscore, or a word that an index, a call, a value or an attribute follows at once."""
NOT_MEANT = {"HiGHS", "PuLP", "DeepSeek", "MiniMax", "P"}
"""Products, and P of a probability."""
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def faults(source: str) -> list[str]:
    """Line and first word of every docstring that begins with an identifier."""
    found = []
    for node in ast.walk(ast.parse(source)):
        text = ast.get_docstring(node) if isinstance(node, DOCUMENTED) else None
        quoted = (text or "").lstrip("`")
        first = IDENTIFIER.match(quoted if quoted[:1].isupper() else text or "")
        if first is not None and first[0] not in NOT_MEANT:
            found.append(f"{getattr(node, 'lineno', 1)}: {first[0]}")
    return found


@pytest.mark.parametrize("room", ["planner", "kernels"])
def test_docstrings_begin_with_a_word(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert len(files) > 50
    found = {path: faults(path.read_text(encoding="utf-8")) for path in files}
    assert [f"{path.relative_to(ROOT)}:{fault}" for path, some in found.items() for fault in some] == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("'''FleetBounds are many.'''", "FleetBounds"),
        ("def f():\n    '''on_limit of a unit.'''", "on_limit"),
        ("def f():\n    '''Units[candidate, unit] of a period.'''", "Units"),
        ("class Labels:\n    '''cost[label] and more.'''", "cost"),
        ("def f():\n    '''`Tree.step` again and again.'''", "Tree"),
        ("def f():\n    '''Tree.step again and again.'''", "Tree"),
    ],
)
def test_an_identifier_in_front_is_found(text: str, word: str) -> None:
    assert [fault.split(": ")[1] for fault in faults(text)] == [word]


def test_a_word_of_english_is_none() -> None:
    assert (
        faults("class Pool:\n    '''A pool of nodes.'''\n\ndef pool():\n    '''Nodes: of a pool (held).'''")
        == []
    )
