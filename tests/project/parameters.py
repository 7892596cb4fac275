"""The parameters of the methods in one table each, from the code: `python -m tests.project.regenerate`.

The text of `planner/optimize/decomposition/PARAMETERS.md`: what can be overridden, from `DecompositionParameters`, and
what is fixed, from the constants at the heads of the files. `tests/project/test_documents.py` fails while that is
stale, or while one of them does not say what it means.
"""

from __future__ import annotations

import ast
import math
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.engines.matheuristic.parameters import DEFAULTS as MATHEURISTIC
from planner.optimize.parameters import Definition

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = Path(__file__).parents[2] / "planner" / "optimize" / "decomposition"
TABLE = ROOM / "PARAMETERS.md"
MATHEURISTIC_TABLE = ROOM.parent / "engines" / "matheuristic" / "PARAMETERS.md"
MATHEURISTIC_HEAD = """\
# Parameters of the matheuristic

<!-- Written by `python -m tests.project.regenerate` from `parameters.py` beside this file: change that. -->

By `planner.SolveOptions(matheuristic=planner.MatheuristicParameters().override(part_leaders=800))`. None of them can
make a plan wrong: each is checked against every row. Shares have no unit; seconds are of a processor.

| parameter | default | unit | accepted | meaning | measured effect |
|---|---|---|---|---|---|
"""
HEAD = """\
# Parameters of the decomposition

<!-- Written by `python -m tests.project.regenerate` from the files beside this one: change those. -->

## What can be overridden

By `planner.SolveOptions(decomposition=planner.DecompositionParameters().override(bound__groups=8000))`. None of them
is part of a proof: any value that is accepted keeps bounds valid and plans plans; it trades time against quality.
Shares have no unit. Limits on a reduced cost are shares of the mean cost of an hour. Effects were
printed by `tests/bench/parameter_effects.py --seconds 4 --hardware 5 --seeds 1 2` on a busy machine with 2 cores: means
of two generated days with start-up costs; equal runs differ by up to 0.012 %.

| parameter | default | unit | accepted | meaning | measured effect |
|---|---|---|---|---|---|
"""
FIXED = """
## What is fixed

Tolerances that proofs and checks rest on, and names. A proof holds only while they fit each other, so they are not
parameters.

| file | constant | value | meaning |
|---|---|---|---|
"""


def parameters() -> Iterator[tuple[str, Any, Definition]]:
    """Path, default and definition of every parameter."""
    for group in fields(DEFAULTS):
        for one in fields(getattr(DEFAULTS, group.name)):
            yield f"{group.name}.{one.name}", one.default, one.metadata["definition"]


def accepted(definition: Definition) -> str:
    """The range of the numbers of a parameter, in words."""
    least = "above 0" if definition.least < 1e-6 and definition.least > 0 else f"from {definition.least:g}"
    return least if math.isinf(definition.most) else f"{least} to {definition.most:g}"


def constants() -> Iterator[tuple[str, str, str, str]]:
    """File, name or names, value as it is written, and meaning of every constant; no meaning where none is given."""
    for path in sorted(ROOM.rglob("*.py")):
        if path.parent.name == "parameters":
            continue
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


def matheuristic_table() -> str:
    """The whole text for the matheuristic."""
    rows = (
        f"| `{one.name}` | `{one.default}` | {known.unit} | {accepted(known)} | {known.meaning} | {known.effect} |\n"
        for one in fields(MATHEURISTIC)
        for known in (one.metadata["definition"],)
    )
    return "".join([MATHEURISTIC_HEAD, *rows])


def without_meaning() -> list[str]:
    """Parameters and constants that do not say what they mean."""
    silent = [path for path, _, known in parameters() if not known.meaning.endswith(".") or not known.unit]
    return silent + [f"{file}: {name}" for file, name, _, meaning in constants() if not meaning]


def table() -> str:
    """The whole text."""
    rows = [
        f"| `{path}` | `{default}` | {known.unit} | {accepted(known)} | {known.meaning} | {known.effect} |\n"
        for path, default, known in parameters()
    ]
    fixed = [
        f"| `{file}` | `{name}` | `{value}` | {meaning} |\n" for file, name, value, meaning in constants()
    ]
    return "".join([HEAD, *rows, FIXED, *fixed])
