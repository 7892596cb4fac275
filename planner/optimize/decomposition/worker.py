"""The bound's process: `python -m planner.optimize.decomposition.worker` takes a structure on stdin and streams bounds
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

from planner.optimize.decomposition.messages import (
    Bound,
    Patterns,
    Question,
    Root,
    Schedule,
    Target,
    read,
    write,
)
from planner.optimize.decomposition.relaxation import Unsolved
from planner.optimize.decomposition.start_prices import plain_root, with_starts
from planner.optimize.decomposition.starts.fleet_bounds import FleetBounds
from planner.optimize.decomposition.tree import Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWER = 1e-3
"""A target lower by such a share leaves so much fewer fleets that it is worth to ask again whether they are few."""


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
        try:
            plain = plain_root(question.structure, question.coarse)
        except Unsolved:  # nothing is known, and nothing is said
            return
        if plain is None:
            write(self.sink, Root(np.inf, None, None))
            return
        self._tell(plain.prices.bound)
        root = with_starts(question.structure, question.coarse, plain)
        tree = Tree(question.structure, root, question.slots)
        write(self.sink, Root(tree.bound, root.prices, root.plain))
        tree.target = self.target
        first = question.patterns is Patterns.FIRST
        if not first:  # else below, whenever the target has fallen
            tree.tighten(until)
        self._told(tree)
        asked = np.inf
        while not tree.done and time.monotonic() < until:
            if first and self.target < asked * (1 - LOWER):
                asked = self.target
                tree.tighten(until)
                if self._bound_fleets(tree, until):
                    return
            tree.step()
            self._told(tree)
        if question.patterns is Patterns.LAST and tree.bound < self.target:
            self._bound_fleets(tree, until)

    def _bound_fleets(self, tree: Tree, until: float) -> bool:
        """Every fleet that is left by itself; False where they are too many."""
        fleets = FleetBounds.begin(tree)
        if fleets is None:
            return False
        self._told(fleets)
        while not fleets.done and time.monotonic() < until:
            if self.on is not None:
                fleets.learn(self.on)
                self.on = None
            fleets.step()
            self._told(fleets)
            if fleets.schedule is not None:
                write(self.sink, Schedule(*fleets.schedule))
        return True

    def _told(self, search: Tree | FleetBounds) -> None:
        """Tell the bound, and take in the target."""
        search.target = min(search.target, self.target)
        self._tell(search.bound)

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
