"""The chapter of the formulation, from the headers of its own files: `python -m tests.project.regenerate`.

The text of `planner/model/README.md`; `tests/project/test_documents.py` fails while that is stale.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from planner.model import costs, families
from planner.model.families import name_of, variables_of
from planner.model.sets import Sets
from planner.model.treatment import Fate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.decision import DecisionVariable

CHAPTER = Path(__file__).parents[2] / "planner" / "model" / "README.md"
HEAD = """\
# The formulation

<!-- Written by `python -m tests.project.regenerate` from the headers of the files beside this one: change those. -->

A mixed-integer linear program: the sets and parameters, the decisions, the cost to minimise, the families of
constraints. Each section is the header of the file it names, where the rows are built right below it. Nothing of this
is known to the audit (`planner/verify/audit/`), and the second model (`tests/reference/`) states all of it once more on
its own. What the [decomposition](../optimize/decomposition/README.md) does with each part stands beside it: *kept* in
its hourly problem, *dropped* there, which only weakens a bound, or *refused*, so that the whole program is solved at
once.

A row of a family is named after it, with its positions on the axes: `demand_0_5` is work 0 in period 5. Names are for
LP files and messages: the model's index (`planner/model/index.py`) leads from a family, a part of it and a position to
the row, from a variable and a position to the column, and back. A dual is told in the unit that the header gives.
"""


def chapter() -> str:
    """The whole text."""
    parts = [HEAD, *_sets(), *_decisions(), *_costs(), *_families()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _sets() -> Iterator[str]:
    yield "## Sets and parameters\n\nArrays by axis."
    for one in reversed(Sets.__mro__[:-1]):
        yield f"`{place(one.__module__)}`"
        yield fenced(inspect.cleandoc(one.__doc__ or ""))


def _decisions() -> Iterator[str]:
    yield (
        "## Decisions\n\nEach is declared by the family that it belongs to (`VARIABLES` of its module) and exists where"
        " that family applies."
    )
    rows = [
        f"| `{one.name}[{', '.join(axis.name for axis in one.axes)}]` | {one.unit} | {_domain(one)} | {one.meaning} |"
        f" `{name_of(family)}` |"
        for family in families.FAMILIES
        for one in variables_of(family)
    ]
    yield "\n".join(("| variable | unit | domain | meaning | family |", "|---|---|---|---|---|", *rows))


def _domain(one: DecisionVariable) -> str:
    return "whole, 0 or more" if one.whole else "free" if one.free else "0 or more"


def _costs() -> Iterator[str]:
    yield "## Cost\n\nThe objective is the sum of these terms; so is the cost breakdown of a plan."
    for cost in costs.COSTS:
        name = cost.prices.__module__  # type: ignore[attr-defined]
        title, rest = told(name)
        treatment = cost.decomposition  # type: ignore[attr-defined]
        yield f"### {title}\n\n`{place(name)}`"
        yield fenced(rest)
        lines = ", ".join(f"`{line}`" for line in cost.lines)  # type: ignore[attr-defined]
        yield f"In the breakdown: {lines or 'one line for each term of the channels'}."
        yield f"Decomposition: {treatment.fate}: {treatment.reason}."


def _families() -> Iterator[str]:
    yield "## Constraints"
    for family in families.FAMILIES:
        title, rest = told(family.__name__)
        when = (inspect.getdoc(family.applies) or "").rstrip(".")
        yield f"### {title}\n\n`{place(family.__name__)}`, rows `{name_of(family)}_...`. Applies: {lowered(when)}."
        yield marked_up(rest)
        yield f"Audited by: {', '.join(f'`{rule}`' for rule in getattr(family, 'AUDITED_BY', ())) or 'nobody'}."
        yield f"Decomposition: {'; or '.join(_treatments(family.__name__))}."


def _treatments(module: str) -> Iterator[str]:
    """Every fate that a family may have, with its reason, as its own function says them."""
    source = textwrap.dedent(inspect.getsource(import_module(module).decomposition))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in set(Fate):
            yield f"{node.func.id}: {ast.literal_eval(node.args[0])}"


def told(module: str) -> tuple[str, str]:
    """First sentence of a module's header without its full stop, and the rest."""
    title, _, rest = (inspect.getdoc(import_module(module)) or "").partition("\n\n")
    return " ".join(title.split()).rstrip("."), rest


def place(module: str) -> str:
    """Path of a module below the top of the repository."""
    return f"{module.replace('.', '/')}.py"


def fenced(text: str) -> str:
    """Text as it stands, equations and tables included."""
    return f"```text\n{text.strip(chr(10))}\n```"


def marked_up(text: str) -> str:
    """A header as Markdown: paragraphs whose lines are indented are equations, tables stay as they are."""
    return "\n\n".join(
        fenced(textwrap.dedent(paragraph)) if _is_table(paragraph) else paragraph
        for paragraph in re.split(r"\n\n+", text.strip("\n"))
    )


def _is_table(paragraph: str) -> bool:
    return any(re.search(r"^ |\S   +\S", line) for line in paragraph.splitlines())


def lowered(sentence: str) -> str:
    """A sentence as the end of another."""
    return sentence[:1].lower() + sentence[1:]
