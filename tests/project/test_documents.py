"""What the documents name exists: paths, modules, verbs and their options, benches, names of the decomposition."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer.main

from planner.app.cli.main import app
from planner.model.families import FAMILIES
from tests.project.formulation import CHAPTER, chapter
from tests.project.kernel_chapters import ORDER, files_of
from tests.project.parameters import parameters, without_meaning
from tests.project.regenerate import texts

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "planner" / "optimize" / "decomposition"
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOM / "README.md", CHAPTER)
TOPS = ("planner", "kernels", "tests", "instances", "notebooks", ".ci")
PLACEHOLDER = re.compile(r"\b(NAME|KIND)\b")
PARAMETER = re.compile(r"(problem|bound|starts|heuristic|run)\.[a-z_]+")
SOURCES = (ROOT / "planner" / "model" / "treatment.py",)
"""Read beside the code of the decomposition for the names in its chapter."""


def spans(document: Path) -> list[str]:
    """Code of a document: what stands between backticks, and the lines of its shell blocks."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    plain = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line for kind, block in blocks if kind in ("bash", "text") for line in block.splitlines()]
    shell = [line.removeprefix("$ ") for line in lines if line.startswith(("$ ", ".venv", "python", ".ci"))]
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", plain)] + shell


def commands(document: Path) -> list[list[str]]:
    """Words after `planner` of every command that a document names."""
    found = [
        re.split(r"&&|\||>|#", part)[0].split()
        for span in spans(document)
        for part in re.split(r"(?:^|\s|/)planner (?=[a-z])", span)[1:]
    ]
    return [words for words in found if words]


def paths(document: Path) -> set[str]:
    """Paths below the top of the repository, or beside the document, that a document names."""
    text = document.read_text(encoding="utf-8")
    words = {word.strip(",;:'\"()") for span in spans(document) for word in span.split()}
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link}
    named = {word for word in words if word.startswith(tuple(f"{top}/" for top in TOPS))}
    beside = (
        {word for word in words if re.fullmatch(r"[\w/]+\.py", word)} if document.parent == ROOM else set()
    )
    return named | beside | {link for link in links if link}


def there(document: Path, path: str) -> bool:
    """Whether a path, pattern or place for a new file exists."""
    if PLACEHOLDER.search(path):
        path = str(Path(path).parent)
    return any(
        any(base.glob(path)) if "*" in path else (base / path).exists() for base in (document.parent, ROOT)
    )


@cache
def verbs() -> dict[str, Any]:
    """Commands by the words that call them."""
    found: dict[str, Any] = {}
    for name, command in inside(typer.main.get_command(app)).items():
        found[name] = command
        found |= {f"{name} {inner}": deeper for inner, deeper in inside(command).items()}
    return found


def inside(command: Any) -> dict[str, Any]:
    """Commands of a group; a command that is no group has none."""
    return dict(getattr(command, "commands", {}))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_exist(document: Path) -> None:
    named = paths(document)
    assert len(named) > 3
    assert sorted(path for path in named if not there(document, path)) == []


@pytest.mark.parametrize("document", DOCUMENTS[:2], ids=lambda path: path.name)
def test_commands_and_their_options_exist(document: Path) -> None:
    named = commands(document)
    assert named
    for words in named:
        command = verbs().get(words[0])
        assert command is not None, f"planner {words[0]}"
        if inside(command) and len(words) > 1:
            command = verbs().get(f"{words[0]} {words[1]}")
            assert command is not None, " ".join(words[:2])
        known = {option for one in command.params for option in one.opts + one.secondary_opts}
        asked = {word.partition("=")[0] for word in words if word.startswith("-")}
        assert asked <= known, words


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_their_names_exist(document: Path) -> None:
    dotted = {
        word
        for span in spans(document)
        for word in re.findall(r"(?<![\w./-])(?:planner|kernels|tests)(?:\.[A-Za-z_]\w*)+", span)
        if not re.search(r"\.(py|yaml|csv)$", word)
    }
    for name in sorted(dotted):
        parent, _, last = name.rpartition(".")
        assert is_module(name) or hasattr(import_module(parent), last), name


def is_module(name: str) -> bool:
    """Whether a dotted name is a module."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_every_verb_is_in_the_table_of_the_readme() -> None:
    table = {words[0] for words in commands(DOCUMENTS[0])}
    assert {name.split()[0] for name in verbs()} <= table


def test_every_room_is_in_the_table_of_the_readme() -> None:
    rooms = {f"planner/{path.parent.name}/" for path in (ROOT / "planner").glob("*/__init__.py")}
    assert rooms <= paths(DOCUMENTS[0])


def test_every_bench_is_described() -> None:
    told = " ".join(spans(DOCUMENTS[1]))
    benches = [path.stem for path in (ROOT / "tests" / "bench").glob("*.py") if path.stem != "__init__"]
    assert [name for name in benches if not re.search(rf"tests[/.]bench[/.]{name}\b", told)] == []


def test_registries_that_are_named_exist() -> None:
    """`NAME` of `file` or of `module`, as the recipes say it."""
    text = " ".join(DOCUMENTS[1].read_text(encoding="utf-8").split())
    named = re.findall(r"`(\w+)` (?:in|of) `([\w/.]+)`", text)
    assert len(named) > 8
    for name, where in named:
        file = ROOT / where if where.endswith(".py") else ROOT / (where.replace(".", "/") + ".py")
        assert re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")), (name, where)


def test_every_file_of_the_decomposition_is_in_its_chapter() -> None:
    files = {str(path.relative_to(ROOM)) for path in ROOM.rglob("*.py") if path.name != "__init__.py"}
    assert files <= paths(DOCUMENTS[2])


def test_names_in_the_chapter_are_those_of_the_code() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (*ROOM.rglob("*.py"), *SOURCES))
    words = set(re.findall(r"[A-Za-z_]\w*", code))
    named = {
        word
        for span in spans(DOCUMENTS[2])
        if "/" not in span and not span.endswith(".py") and not PARAMETER.fullmatch(span)
        for word in re.findall(r"[A-Za-z_]\w*", span)
    }
    assert len(named) > 70
    assert sorted(named - words) == []


def test_parameters_in_the_chapter_are_some() -> None:
    named = {span for span in spans(DOCUMENTS[2]) if PARAMETER.fullmatch(span)}
    assert len(named) > 20
    assert sorted(named - {path for path, _, _ in parameters()}) == []


def test_contents_of_the_chapter_lead_somewhere() -> None:
    text = DOCUMENTS[2].read_text(encoding="utf-8")
    heads = {
        re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= heads


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_written_from_the_code_is_what_the_code_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == texts()[path], "run python -m tests.project.regenerate"


def test_every_family_has_its_equations_and_its_treatment_in_the_chapter() -> None:
    for family in FAMILIES:
        section = chapter().partition(f"`{family.__name__.replace('.', '/')}.py`")[2].partition("\n### ")[0]
        assert re.search(r"^Decomposition: (kept|mended|dropped|refused): \w", section, flags=re.MULTILINE), (
            family
        )
        assert "```text" in section, family


def test_every_constant_of_the_decomposition_says_what_it_means() -> None:
    assert without_meaning() == []


def test_the_reading_order_of_the_kernel_names_files_that_exist() -> None:
    for folder, order in ORDER.items():
        assert files_of(folder)[: len(order)] == list(order)
