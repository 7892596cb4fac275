"""Bounds on a YAML text, kept while its events stream by: depth, aliases, and values with aliases expanded.

Nothing is built before they hold, so a small text that expands to a large one takes no memory.
"""

from __future__ import annotations

import yaml

from planner.core.errors import Fault, InstanceError

MAX_DEPTH = 40
MAX_ALIASES = 100
MAX_VALUES = 300_000  # keys and values, those of an alias counted each time: a year of hours ten times over

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same language, some ten times as fast

_READ_AHEAD = 4096  # characters: more than any parser looks ahead before it yields an event
_OPENING = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


class _Sizes:
    """Values so far, and how many each anchor expands to."""

    def __init__(self) -> None:
        self.total = 0
        self.aliases = 0
        self._anchors: dict[str, int] = {}
        self._open: list[tuple[str | None, int]] = []

    @property
    def depth(self) -> int:
        return len(self._open)

    def take(self, event: yaml.Event) -> str:
        """Count one event; returns what is wrong with it, or nothing."""
        if isinstance(event, yaml.AliasEvent):
            self.aliases += 1
            if any(anchor == event.anchor for anchor, _ in self._open):
                return f"the alias '{event.anchor}' lies inside what it refers to"
            self.total += self._anchors.get(str(event.anchor), 1)
        elif isinstance(event, yaml.ScalarEvent):
            self.total += 1
            if event.anchor is not None:
                self._anchors[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open.append((event.anchor, self.total))
            self.total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self._open.pop()
            if anchor is not None:
                self._anchors[anchor] = self.total - before
        return self._beyond()

    def _beyond(self) -> str:
        if self.depth > MAX_DEPTH:
            return "nested too deeply"
        if self.aliases > MAX_ALIASES:
            return f"more than {MAX_ALIASES} aliases"
        if self.total > MAX_VALUES:
            return f"more than {MAX_VALUES} keys and values, aliases expanded; long series belong into a CSV file"
        return ""


def check_bounds(text: str, file: str) -> None:
    """Stop at the first event beyond a bound: a parser takes quadratic time on deep nesting.

    Raises InstanceError, and yaml.YAMLError where the text is no YAML.
    """
    sizes = _Sizes()
    after = (0, 0)  # where the last event ended: character and line
    try:
        for event in yaml.parse(text, Loader=LOADER):
            wrong = sizes.take(event)
            mark = event.start_mark
            if wrong:
                line = None if mark is None else mark.line + 1
                raise InstanceError([Fault(wrong, file=file, line=line)])
            if event.end_mark is not None:
                after = (event.end_mark.index, event.end_mark.line)
    except yaml.YAMLError:
        line = _line_too_deep(text[after[0] : after[0] + _READ_AHEAD], sizes.depth)
        if line is None:
            raise
        raise InstanceError([too_deep(file, after[1] + line + 1)]) from None


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


def too_deep(file: str, line: int | None) -> Fault:
    """The fault of a text nested beyond the bound."""
    return Fault("nested too deeply", file=file, line=line)
