"""The house: rooms in layers, no circle between files, and few names at the door.

Imports inside functions and those for type checkers alone count like any other.
"""

from __future__ import annotations

import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
MOST_NAMES = 13


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
