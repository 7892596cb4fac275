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

import numpy as np

from planner.decompose.messages import Bound, Question, Root, Schedule, Target, read, write
from planner.decompose.pattern_tree import PatternTree
from planner.decompose.slots import slots_of
from planner.decompose.tree import Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUICK_SHARE, LEAST_GAIN = 0.03, 0.05
"""Quick branching goes on while every such share of the time closes so much of what is missing."""
BESIDE = 0.3
"""Time for quick branching, in shares of the time for patterns."""


class Worker:
    """Reads targets in one thread and branches in the main one."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self.source, self.sink = source, sink
        self.target = np.inf
        self.best = -np.inf
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
        if question.patterns and tree.feasible:
            self._branch_by_patterns(tree, question.seconds, until)
        self._branch(tree, until)

    def _branch_by_patterns(self, tree: Tree, seconds: float, until: float) -> None:
        """Quick branching while that gets on, then patterns, with some of the time left to the former."""
        before = -np.inf
        while not tree.done and tree.bound - before >= LEAST_GAIN * (tree.target - before):
            before = tree.bound
            self._branch(tree, min(until, time.monotonic() + QUICK_SHARE * seconds))
        if tree.bound >= tree.target:
            return
        patterns = PatternTree(tree)
        while not patterns.done and (began := time.monotonic()) < until:
            if self.on is not None:
                patterns.learn(self.on)
                self.on = None
            self._step(patterns)
            if patterns.schedule is not None:
                write(self.sink, Schedule(patterns.schedule))
            now = time.monotonic()
            self._branch(tree, min(until, now + BESIDE * (now - began)))

    def _branch(self, tree: Tree, until: float) -> None:
        """Branch until nothing is left or the time is over."""
        while not tree.done and time.monotonic() < until:
            self._step(tree)
        self._tell(tree.bound)

    def _step(self, tree: Tree | PatternTree) -> None:
        tree.step()
        tree.target = min(tree.target, self.target)
        self._tell(tree.bound)

    def _tell(self, bound: float) -> None:
        if bound > self.best:
            self.best = bound
            write(self.sink, Bound(bound))


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
