"""The bound's process: `python -m planner.decompose.worker` takes a structure on stdin and streams bounds
out.

It alone loads HiGHS, and it ends when its host does: the reader sees the pipe close and leaves at once.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
from typing import IO, TYPE_CHECKING

from planner.decompose.messages import Bound, Question, Root, Schedule, Target, read, write
from planner.decompose.pattern_tree import PatternTree
from planner.decompose.slots import slots_of
from planner.decompose.tree import Tree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUICK_SHARE = 0.04


class Worker:
    """Reads targets in one thread and branches in the main one."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self.source, self.sink = source, sink
        self.target = float("inf")
        self.on: NDArray[np.int64] | None = None

    def listen(self) -> None:
        """Reader thread."""
        while (message := read(self.source)) is not None:
            if isinstance(message, Target):
                self.target, self.on = message.cost, message.on
        os._exit(0)

    def run(self) -> None:
        """Answer one question."""
        question = read(self.source)
        if not isinstance(question, Question):
            return
        threading.Thread(target=self.listen, daemon=True).start()
        until = time.monotonic() + question.seconds
        slots = slots_of(question.structure, question.slots, ordered=question.ordered)
        coarse = slots_of(question.structure, question.coarse, ordered=question.ordered)
        tree = Tree(question.structure, slots, coarse)
        write(self.sink, Root(tree.bound, tree.root, tree.plain))
        tree.target = self.target
        tree.tighten(until)
        if not question.patterns:
            self._branch(tree, until)
            return
        self._branch(tree, time.monotonic() + QUICK_SHARE * question.seconds)
        if tree.bound < tree.target:
            self._branch(PatternTree(tree), until)

    def _branch(self, tree: Tree | PatternTree, until: float) -> None:
        """Branch until nothing is left or the time is over."""
        best = tree.bound
        while not tree.done and time.monotonic() < until:
            if isinstance(tree, PatternTree) and self.on is not None:
                tree.learn(self.on)
                self.on = None
            tree.step()
            if isinstance(tree, PatternTree) and tree.schedule is not None:
                write(self.sink, Schedule(tree.schedule))
            tree.target = min(tree.target, self.target)
            if tree.bound > best:
                best = tree.bound
                write(self.sink, Bound(best))
        write(self.sink, Bound(tree.bound))


def main() -> None:
    """Set the pipes aside, so that nothing a library prints gets between the messages, and run."""
    faulthandler.enable()
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    Worker(sys.stdin.buffer, sink).run()
    sink.flush()
    os._exit(0)  # the reader thread holds stdin: an ordinary exit would wait for it


if __name__ == "__main__":
    main()
