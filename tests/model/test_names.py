"""Names of rows and columns are for LP files and messages: one file makes them, and none takes them apart."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from planner.model.families import FAMILIES, declared_variables, name_of
from tests.project.test_documents import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

MADE_IN = {"planner/model/index.py"}
PASSED_ON_IN = {
    "planner/optimize/customize.py",
    "planner/optimize/engines/program.py",
    "planner/optimize/engines/substitute.py",
    "planner/optimize/infeasibility/program.py",
    "planner/study/near_optimal/search.py",
    "planner/study/explanation/lost.py",
    "tests/model/listing.py",
    "tests/optimize/engines/test_arrays.py",
    "tests/model/test_families.py",
    "tests/model/test_deferral.py",
    "tests/model/test_names.py",
}
NAMES = re.compile(f"^({'|'.join(sorted({*map(name_of, FAMILIES), *declared_variables()}))})_")


def built(tree: ast.AST) -> Iterator[str]:
    """f-strings that begin like the name of a row or a column and go on with a number."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.JoinedStr)
            and len(node.values) > 1
            and isinstance(node.values[0], ast.Constant)
        ):
            start = str(node.values[0].value)
            if NAMES.match(start) and start.endswith("_"):
                yield ast.unparse(node)


def told(tree: ast.AST) -> Iterator[str]:
    """Uses of the names of a program."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("row_names", "column_names"):
            yield ast.unparse(node)


@pytest.mark.parametrize("room", ["planner", "tests"])
def test_names_are_made_in_one_file_and_taken_apart_nowhere(room: str) -> None:
    faults = []
    for path in sorted((ROOT / room).rglob("*.py")):
        place = str(path.relative_to(ROOT))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if place not in MADE_IN:
            faults += [f"{place}: {text}" for text in built(tree)]
        if place not in PASSED_ON_IN:
            faults += [f"{place}: {text}" for text in told(tree)]
    assert faults == []


def test_a_built_name_is_seen() -> None:
    assert list(built(ast.parse('row[f"demand_{work}_{period}"]'))) == ["f'demand_{work}_{period}'"]
    assert list(told(ast.parse("program.row_names.index(name)"))) == ["program.row_names"]
