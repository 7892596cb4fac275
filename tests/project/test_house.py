"""The house: rooms in layers, no circle between files, and few names at the door.

Imports inside functions and those for type checkers alone count like any other.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
MOST_NAMES = 13
MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_BODY = 40
LONGER_FILES: dict[str, int] = {}
LONGER_BODIES = {
    "planner/model/prepare.py sets_of": 45,
}
"""What is longer than files and functions are to be, and by how much: to be lowered, never raised."""


def circle(graph: grimp.ImportGraph) -> list[str]:
    """Files of which each imports the next, the first again at the end; none where there is no circle."""
    imports = {module: graph.find_modules_directly_imported_by(module) for module in sorted(graph.modules)}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("planner", "kernels", cache_dir=None)
    assert len(graph.modules) > 500
    assert " -> ".join(circle(graph)) == ""


@pytest.mark.parametrize(
    "back",
    [
        "import {name}.first",
        "def late() -> None:\n    from {name}.first import noun",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {name}.first import noun",
    ],
)
def test_a_circle_is_found_wherever_the_import_stands(
    back: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    name = f"round_{request.node.callspec.indices['back']}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    (tmp_path / name / "first.py").write_text(f"from {name} import second\nnoun = second")
    (tmp_path / name / "second.py").write_text(back.format(name=name))
    monkeypatch.syspath_prepend(tmp_path)
    first, second = f"{name}.first", f"{name}.second"
    assert circle(grimp.build_graph(name, cache_dir=None)) in (
        [first, second, first],
        [second, first, second],
    )


def test_the_rooms_stand_in_their_layers() -> None:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    ended = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 broken" in ended.stdout


def sources() -> dict[str, str]:
    """Text of each file of the product, by its path."""
    files = (path for room in ("planner", "kernels") for path in (ROOT / room).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in files}


def bodies(text: str) -> dict[str, int]:
    """Lines of each function's body, without its signature and docstring."""
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lines: dict[str, int] = {}
    for node in functions:
        documented = ast.get_docstring(node) is not None
        first = node.body[1:] if documented else node.body
        lines[node.name] = (
            max(lines.get(node.name, 0), (node.end_lineno or 0) - first[0].lineno + 1) if first else 0
        )
    return lines


def test_files_and_functions_are_short() -> None:
    texts = sources()
    files = {path: text.count("\n") for path, text in texts.items()}
    functions = {
        f"{path} {name}": lines for path, text in texts.items() for name, lines in bodies(text).items()
    }
    for found, most, longer in (
        (files, MOST_LINES_OF_A_FILE, LONGER_FILES),
        (functions, MOST_LINES_OF_A_BODY, LONGER_BODIES),
    ):
        assert {name: lines for name, lines in found.items() if lines > longer.get(name, most)} == {}
        assert [name for name in longer if found.get(name, 0) <= most] == [], (
            "no longer too long: take it out"
        )


def test_lines_of_a_function_are_those_of_its_body() -> None:
    text = 'def first(\n    one: int,\n) -> int:\n    """Say it."""\n    one += 1\n    return one\n'
    assert bodies(text) == {"first": 2}


def test_few_names_stand_at_the_door() -> None:
    there = list((ROOT / "planner").iterdir())
    names = {path.name for path in there if path.suffix == ".py" or any(path.rglob("*.py"))}
    assert {"__init__.py", "core", "app"} <= names
    assert len(names) <= MOST_NAMES, sorted(names)


@pytest.mark.parametrize(
    ("asked", "rooms"),
    [
        (
            "planner.load",
            ("planner.plan", "planner.model", "planner.optimize", "planner.verify", "scipy", "pulp"),
        ),
        (
            "planner.solve",
            (
                "planner.optimize.decomposition.solve",
                "planner.optimize.decomposition.bound",
                "planner.optimize.infeasibility.diagnosis",
                "planner.verify.simulation",
                "scipy.optimize",
                "scipy.stats",
                "pandas",
                "matplotlib",
            ),
        ),
    ],
)
def test_what_few_questions_need_is_not_loaded_for_all(asked: str, rooms: tuple[str, ...]) -> None:
    code = f"import sys, planner; {asked}; print(*(room for room in {rooms} if room in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
