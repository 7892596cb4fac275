"""The constants of the decomposition in one table, from the code: `python -m tests.project.regenerate`.

The text of `planner/optimize/decomposition/CONSTANTS.md`; `tests/project/test_documents.py` fails while that is stale,
or while a constant does not say what it means.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = Path(__file__).parents[2] / "planner" / "optimize" / "decomposition"
TABLE = ROOM / "CONSTANTS.md"
HEAD = """\
# Constants of the decomposition

<!-- Written by `python -m tests.project.regenerate` from the files beside this one: change those. -->

Shares have no unit, limits on an excess are shares of the mean cost of an hour, amounts of money are in the question's
own money, of which a node-hour typically costs 10. [The chapter](README.md#14-constants) says which are part of proofs.

| file | constant | value | meaning |
|---|---|---|---|
"""


def constants() -> Iterator[tuple[str, str, str, str]]:
    """File, name or names, value as it is written, and meaning of every constant; no meaning where none is given."""
    for path in sorted(ROOM.rglob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node, after in zip(body, [*body[1:], None], strict=True):
            names = _names(node)
            if isinstance(node, ast.Assign) and names and all(name.isupper() for name in names):
                value = ast.unparse(node.value)
                yield str(path.relative_to(ROOM)), ", ".join(names), value, _meaning(after)


def _names(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]


def _meaning(node: ast.stmt | None) -> str:
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ):
        return " ".join(node.value.value.split())
    return ""


def without_meaning() -> list[str]:
    """Constants that do not say what they mean."""
    return [f"{file}: {name}" for file, name, _, meaning in constants() if not meaning]


def table() -> str:
    """The whole text."""
    return HEAD + "".join(
        f"| `{file}` | `{name}` | `{value}` | {meaning} |\n" for file, name, value, meaning in constants()
    )
