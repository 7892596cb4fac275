"""Names: one name, one class."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "planner").rglob("*.py"), *(ROOT / "kernels").rglob("*.py")])


def classes() -> dict[str, list[str]]:
    """Files that define a class, by its name; private ones and those inside functions too."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(file.relative_to(ROOT)))
    return found


def test_a_name_stands_for_one_class() -> None:
    known = classes()
    assert len(known) > 300
    assert {name: files for name, files in known.items() if len(files) > 1} == {}


def test_no_alias_of_a_type_takes_the_name_of_a_class() -> None:
    """Those of the command line's options are named as the options are."""
    known = classes()
    taken = []
    for file in (one for one in FILES if "cli" not in one.parts):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else ()
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            taken += [f"{file.relative_to(ROOT)}: {name}" for name in names if name in known]
    assert taken == []
