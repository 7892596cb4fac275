"""Patterns without quotes: `--load-test run_*.json` comes from a shell as an option with one value and more behind it.

Where nothing else can be meant they are values of that option too, as in `--hardware h100 h200`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALL_THERE_IS = -1
"""How many words an argument takes that takes every one."""


class SpreadCommand(TyperCommand):
    """A command whose options of several values take what a shell makes of a pattern."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command line."""
        return super().parse_args(ctx, spread(args, self.params))


def spread(words: Sequence[str], parameters: Sequence[Any]) -> list[str]:
    """The words with the option again before each word that follows one of its values.

    Only where all arguments of the command came before: what else could be one of them.
    """
    arguments = [one.nargs for one in parameters if one.param_type_name == "argument"]
    if _ALL_THERE_IS in arguments:
        return list(words)
    options = {name: one for one in parameters if one.param_type_name == "option" for name in one.opts}
    lacking, made, rest = sum(arguments), list[str](), list(words)
    while rest:
        word = rest.pop(0)
        made.append(word)
        option = options.get(word)
        if word == "--":
            return [*made, *rest]
        if option is None:
            lacking -= not word.startswith("-")
            continue
        if not option.is_flag and rest:
            made.append(rest.pop(0))
        while option.multiple and lacking <= 0 and rest:
            if rest[0].startswith("-"):
                break
            made += [word, rest.pop(0)]
    return made
