"""Names of the nodes that units lie on, in a plan: `n5`, `d2n5`, `gpus:NAME`."""

from __future__ import annotations

import re
from typing import NamedTuple

_BY_GPU = "gpus:"
_NODE = re.compile(r"(?:d([1-9][0-9]{0,8}))?n([1-9][0-9]{0,8})")


class NodeName(NamedTuple):
    """Which node of its hardware one is."""

    domain: int
    """The scale-up domain, from 1 on; 0 for nodes that are sold one by one or by the GPU."""
    number: int
    """Its number there, from 1 on; 0 for one that is sold by the GPU."""
    channel: str = ""
    """The channel that sells GPUs one by one: which of the seller's nodes they lie on is not known."""

    @classmethod
    def read(cls, text: str) -> NodeName | None:
        """The node of a name; None where it is no name of one."""
        if text.startswith(_BY_GPU):
            return cls(0, 0, text.removeprefix(_BY_GPU))
        found = _NODE.fullmatch(text)
        return None if found is None else cls(int(found[1] or 0), int(found[2]))

    def __str__(self) -> str:
        """The name in the plan."""
        if self.channel:
            return f"{_BY_GPU}{self.channel}"
        return f"d{self.domain}n{self.number}" if self.domain else f"n{self.number}"


def sold_by_gpu(text: str) -> bool:
    """Whether a name stands for a node whose GPUs are sold one by one."""
    return text.startswith(_BY_GPU)
