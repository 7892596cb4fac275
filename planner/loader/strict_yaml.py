"""Strict YAML: one document of plain data, with the line and column of every value.

Scalars follow YAML 1.2: `1e3` is a number, `no` and `12:30` are texts, only `true` and `false` are booleans.
Duplicate keys are faults. Size, depth and aliases are bounded, so that no small file becomes a large one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from planner.errors import Fault, InstanceError

MAX_BYTES = 20_000_000
MAX_DEPTH = 40
MAX_ALIASES = 100

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same language, some ten times as fast

_READ_AHEAD = 4096  # characters: more than any parser looks ahead before it hands out an event
_OPENING = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)

Path = tuple[str | int, ...]
Place = tuple[int, int]

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
    """Plain data, and the line and column (from 1) of each value by its path; keys by path under `keys`."""

    data: Any
    file: str
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def fault(self, path: Path, message: str, at_key: bool = False) -> Fault:
        """A fault at a path, or at the nearest enclosing value that stands in the file."""
        table = self.keys if at_key else self.values
        known = path
        while known and known not in table:
            known, table = known[:-1], self.values
        line, column = table.get(known, (1, 1))
        return Fault(message, ".".join(map(str, path)), self.file, line, column)


def parse(text: str, file: str = "<text>") -> Document:
    """Read one YAML document.

    Raises InstanceError with every fault when it is not YAML, has duplicate keys, unknown tags, or exceeds
    the bounds on size, depth and aliases.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InstanceError([Fault(f"file is larger than {MAX_BYTES} bytes", file=file)])
    try:
        _check_bounds(text, file)
        node = _LOADER(text).get_single_node()
    except yaml.YAMLError as error:
        raise InstanceError([_syntax_fault(error, file)]) from None
    except RecursionError:
        raise InstanceError([_too_deep(file, None)]) from None
    reader = _Reader(Document(None, file))
    reader.document.data = reader.read(node, ()) if node is not None else None
    if reader.faults:
        raise InstanceError(reader.faults)
    return reader.document


def _check_bounds(text: str, file: str) -> None:
    """Stop at the first event beyond a bound: a parser takes quadratic time on deep nesting."""
    depth = aliases = 0
    after = (0, 0)  # where the last event ended: character and line
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            aliases += isinstance(event, yaml.AliasEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                mark = event.start_mark
                raise InstanceError([_too_deep(file, None if mark is None else mark.line + 1)])
            if aliases > MAX_ALIASES:
                raise InstanceError([Fault(f"more than {MAX_ALIASES} aliases", file=file)])
            if event.end_mark is not None:
                after = (event.end_mark.index, event.end_mark.line)
    except yaml.YAMLError:
        line = _line_too_deep(text[after[0] : after[0] + _READ_AHEAD], depth)
        if line is None:
            raise
        raise InstanceError([_too_deep(file, after[1] + line + 1)]) from None


def _line_too_deep(ahead: str, depth: int) -> int | None:
    """The line (from 0) of what a parser read ahead, after its last event, on which brackets pass the bound.

    A parser reads up to 1,024 characters of a line before its first event of them, for they may be a key, and
    some versions of it refuse deep brackets there in words of their own, before any event shows the depth.
    """
    try:
        for token in yaml.scan(ahead, Loader=yaml.SafeLoader):
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if depth > MAX_DEPTH:
                return int(token.start_mark.line)
    except yaml.YAMLError:
        pass
    return None


def _too_deep(file: str, line: int | None) -> Fault:
    return Fault("nested too deeply", file=file, line=line)


def _syntax_fault(error: yaml.YAMLError, file: str) -> Fault:
    mark = getattr(error, "problem_mark", None)
    message = getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        return Fault(f"not valid YAML: {message}", file=file)
    return Fault(f"not valid YAML: {message}", file=file, line=mark.line + 1, column=mark.column + 1)


class _Reader:
    """Turns composed nodes into plain data, noting places and faults on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Fault] = []
        self._size = 0

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.document.values[path] = _place(node)
        self._size += 1
        if len(path) > MAX_DEPTH or self._size > 2_000_000:
            self._fault(path, "nested too deeply" if len(path) > MAX_DEPTH else "too many values")
            return None
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            self._fault(path, f"tag {node.tag} is not allowed")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(child, (*path, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return node.value if node.style in ("'", '"', "|", ">") else scalar(node.value)

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
                self.faults.append(
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
        self.faults.append(self.document.fault(path, message))


def _place(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def scalar(text: str) -> Any:
    """A plain scalar by the rules of YAML 1.2: null, boolean, integer, float, or the text itself."""
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INTEGER.match(text):
        return int(text.replace("_", ""))
    if _HEX.match(text):
        return int(text, 16)
    if _FLOAT.match(text):
        return float(text.replace("_", ""))
    return text
