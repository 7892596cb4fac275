"""Strict YAML: one document of plain data, with the line and column of every value.

Scalars follow YAML 1.2: `1e3` is a number, `no` and `12:30` are texts, only `true` and `false` are booleans.
Duplicate keys are faults. Size, depth and aliases are bounded, so that no small file becomes a large one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from planner.core.errors import Fault, InstanceError
from planner.loader.yaml_bounds import LOADER, MAX_ALIASES, MAX_DEPTH, check_bounds, too_deep

__all__ = ["MAX_ALIASES", "MAX_BYTES", "MAX_DEPTH", "Document", "Path", "parse", "scalar"]

MAX_BYTES = 20_000_000
MOST_DIGITS = 40
_SURROGATE = re.compile("[\ud800-\udfff]")

Path = tuple[str | int, ...]
Mark = tuple[int, int]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)$")
_HEX = re.compile(r"0x[0-9a-fA-F]+$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?$")
_TAGS = {"map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value"}
_SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", "+.inf", ".Inf", "+.Inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass
class Document:
    """Plain data, and the line and column (from 1) of each value by its path; keys by path under `keys`.

    `faults` are those of single values and keys; such a value is None, a key given twice has its first value.
    `spelled` and `amounts` are keys and values as they were written, by path, where the data hold others since:
    faults speak of these. `worth` exchanges what the column of a file holds that is named at a path.
    """

    data: Any
    file: str
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    spelled: dict[Path, str] = field(default_factory=dict)
    amounts: dict[Path, float] = field(default_factory=dict)
    worth: dict[Path, float] = field(default_factory=dict)

    def fault(self, path: Path, message: str, at_key: bool = False) -> Fault:
        """A fault at a path, or at the nearest enclosing value that is in the file."""
        table = self.keys if at_key else self.values
        known = path
        while known and known not in table:
            known, table = known[:-1], self.values
        line, column = table.get(known, (1, 1))
        return Fault(self._as_written(path, message), self.path_as_written(path), self.file, line, column)

    def copy_marks(self, old: Path, new: Path, value: Any) -> None:
        """Let faults of a value at a new path, and of all in it, point to where it was written."""
        for table in (self.values, self.keys):
            if old in table:
                table[new] = table[old]
        if isinstance(value, list | dict):
            for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
                self.copy_marks((*old, step), (*new, step), inner)

    def path_as_written(self, path: Path) -> str:
        """A path with its keys as they were written."""
        return ".".join(str(self.spelled.get(path[: end + 1], step)) for end, step in enumerate(path))

    def _as_written(self, path: Path, message: str) -> str:
        """A message on a record, or on a value of it, with the keys of that record as they were written."""
        for place, written in self.spelled.items():
            if place[:-1] in (path, path[:-1]):
                message = re.sub(rf"\b{place[-1]}\b", written, message)
        return message


def parse(text: str, file: str = "<text>") -> Document:
    """Read one YAML document without faults: as `read_document`, but faults of single values are raised too."""
    document = read_document(text, file)
    if document.faults:
        raise InstanceError(document.faults)
    return document


def read_document(text: str, file: str = "<text>") -> Document:
    """Read one YAML document, with duplicate keys, unknown tags and unreadable values among its faults.

    Raises InstanceError when it is not YAML, or exceeds the bounds on size, depth and aliases.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InstanceError([Fault(f"file is larger than {MAX_BYTES} bytes", file=file)])
    half = _SURROGATE.search(text)
    if half is not None:
        line, column = _line_and_column(text, half.start())
        raise InstanceError([Fault("half of a character (a lone surrogate)", "", file, line, column)])
    try:
        check_bounds(text, file)
        node = LOADER(text).get_single_node()
    except yaml.YAMLError as error:
        raise InstanceError([_syntax_fault(error, file, text)]) from None
    except RecursionError:
        raise InstanceError([too_deep(file, 1)]) from None
    document = Document(None, file)
    document.data = _Reader(document).read(node, ()) if node is not None else None
    return document


def _syntax_fault(error: yaml.YAMLError, file: str, text: str) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        line, column = mark.line + 1, mark.column + 1
        message = getattr(error, "problem", None) or getattr(error, "context", None) or "it cannot be read"
        return Fault(f"not valid YAML: {message}", file=file, line=line, column=column)
    position = getattr(error, "position", None)
    line, column = _line_and_column(text, position) if isinstance(position, int) else (1, 1)
    return Fault(f"not valid YAML: {str(error).splitlines()[0]}", file=file, line=line, column=column)


def _line_and_column(text: str, position: int) -> tuple[int, int]:
    """Line and column, from 1, of a character."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


class _Reader:
    """Turns composed nodes into plain data, noting places and faults on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.document.values[path] = _place(node)
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            self._fault(path, f"tag {node.tag} is not allowed")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(child, (*path, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return node.value if node.style in ("'", '"', "|", ">") else self._scalar(node.value, path)

    def _scalar(self, text: str, path: Path) -> Any:
        try:
            return scalar(text)
        except ValueError as error:
            self._fault(path, str(error))
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.document.values[(*path, "?")] = _place(key_node)
                self._fault((*path, "?"), "a key must be a text")
                continue
            key = key_node.value
            here = (*path, key)
            if key in data:
                line, column = _place(key_node)
                first = self.document.keys[here][0]
                self.document.faults.append(
                    Fault(
                        f"duplicate key; first on line {first}",
                        ".".join(map(str, here)),
                        self.document.file,
                        line,
                        column,
                    )
                )
                continue
            self.document.keys[here] = _place(key_node)
            data[key] = self.read(value_node, here)
        return data

    def _fault(self, path: Path, message: str) -> None:
        self.document.faults.append(self.document.fault(path, message))


def _place(node: yaml.Node) -> Mark:
    return node.start_mark.line + 1, node.start_mark.column + 1


def scalar(text: str) -> Any:
    """A plain scalar by the rules of YAML 1.2: null, boolean, integer, float, or the text itself.

    Raises ValueError for a whole number of too many digits.
    """
    if text in _SPECIAL:
        return _SPECIAL[text]
    if len(text) > MOST_DIGITS and (_INTEGER.match(text) or _HEX.match(text)):
        raise ValueError(f"a whole number of {len(text):,} characters; {MOST_DIGITS} are the most")
    if _INTEGER.match(text):
        return int(text.replace("_", ""))
    if _HEX.match(text):
        return int(text, 16)
    if _FLOAT.match(text):
        return float(text.replace("_", ""))
    return text
