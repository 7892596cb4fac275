"""The main program of the bound's process: a structure comes in on stdin, bounds go out on stdout.

It alone loads HiGHS, and it ends when its host does: the reader sees the pipe close and leaves at once.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import IO, TYPE_CHECKING

import numpy as np

from planner.core.child import listen, own_pipes
from planner.core.messages import read_message, write_message
from planner.optimize.decomposition.bound.box_proof import linear_proof
from planner.optimize.decomposition.bound.relaxation import Unsolved
from planner.optimize.decomposition.bound.start_prices import root_with_starts, root_without_starts
from planner.optimize.decomposition.bound.tree import Tree
from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
from planner.optimize.decomposition.problem.required import without_choices
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.optimize.decomposition.process.messages import (
    Bound,
    BoundProof,
    BoundRequest,
    Cutoff,
    Root,
    Schedule,
    StartPricing,
)
from planner.optimize.decomposition.starts.fleet_enumeration import FleetEnumeration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.box_proof import BoxProof
    from planner.optimize.decomposition.parameters import StartsParameters
    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.decomposition.process.messages import Message


class BoundWorker:
    """Reads cutoffs in one thread and branches in the main one."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self.source, self.sink = source, sink
        self.cutoff = np.inf
        self.best = -np.inf
        self.on: NDArray[np.int64] | None = None
        self.certified = False
        self.reported: dict[int, BoxProof] = {}

    def take(self, message: Message) -> None:
        """In the reader's thread: the newest cutoff."""
        if isinstance(message, Cutoff):
            self.cutoff, self.on = message.cost, message.on

    def run(self) -> None:
        """Answer one request."""
        request: BoundRequest = read_message(self.source)
        listen(self.source, self.take)
        until = time.monotonic() + request.seconds
        self.certified = request.certified
        bound, starts = request.parameters.bound, request.parameters.starts
        try:
            structure = self._structure(request)
            plain = root_without_starts(structure, bound)
        except (Unsolved, NotCovered):  # nothing is known, and nothing is said
            return
        if plain is None:
            write_message(self.sink, Root(np.inf, None, None))
            return
        widest = FleetBounds(structure.least, structure.most)
        self._send_bound(
            plain.prices.bound, [linear_proof(widest, plain.prices, plain.aggregation)], plain.theta
        )
        root = root_with_starts(structure, bound, plain)
        tree = Tree(structure, root, bound)
        self._exchange(tree)
        if request.loose is None:
            write_message(self.sink, Root(tree.bound, root.prices, root.plain))
        first = request.start_pricing is StartPricing.FIRST
        if not first:  # else below, whenever the cutoff has fallen
            tree.tighten(until)
        self._exchange(tree)
        asked = np.inf
        while not tree.done and time.monotonic() < until:
            if first and self.cutoff < asked * (1 - request.parameters.run.lower_cutoff_share):
                asked = self.cutoff
                tree.tighten(until)
                if self._bound_fleets(tree, starts, until):
                    return
            tree.step()
            self._exchange(tree)
        if request.start_pricing is StartPricing.LAST and tree.bound < self.cutoff:
            self._bound_fleets(tree, starts, until)

    def _structure(self, request: BoundRequest) -> Structure:
        """What the bound is of. Where that is not what the search for plans has, prices of the latter are sent."""
        if request.loose is None:
            return request.structure
        steering = root_without_starts(request.structure, request.parameters.bound)
        if steering is not None:
            write_message(self.sink, Root(-np.inf, steering.prices, steering.plain))
        sets = without_choices(request.loose, request.parameters.run.floors_share * request.seconds)
        return structure_of(sets, request.parameters.problem).priced_in(request.usd)

    def _bound_fleets(self, tree: Tree, parameters: StartsParameters, until: float) -> bool:
        """Every fleet that is left by itself; False where they are too many."""
        fleets = FleetEnumeration.begin(tree, parameters)
        if fleets is None:
            return False
        self._exchange(fleets)
        while not fleets.done and time.monotonic() < until:
            if self.on is not None:
                fleets.learn(self.on)
                self.on = None
            fleets.step()
            self._exchange(fleets)
            if fleets.schedule is not None:
                write_message(self.sink, Schedule(*fleets.schedule))
        return True

    def _exchange(self, search: Tree | FleetEnumeration) -> None:
        """Send the bound, and take in the cutoff."""
        search.cutoff = min(search.cutoff, self.cutoff)
        if isinstance(search, Tree):
            self._send_bound(search.bound, search.proofs, search.root.theta)
        else:
            self._send_bound(search.bound)

    def _send_bound(
        self, bound: float, proofs: Sequence[BoxProof] = (), theta: NDArray[np.float64] | None = None
    ) -> None:
        if bound > self.best:
            self.best = bound
            write_message(self.sink, Bound(bound, self._proof(proofs, theta) if self.certified else None))

    def _proof(self, proofs: Sequence[BoxProof], theta: NDArray[np.float64] | None) -> BoundProof | None:
        if theta is None:
            return None
        numbers = {id(proof): number for number, proof in self.reported.items()}
        fresh = [proof for proof in dict.fromkeys(proofs) if id(proof) not in numbers]
        new = {len(self.reported) + place: proof for place, proof in enumerate(fresh)}
        self.reported |= new
        numbers |= {id(proof): number for number, proof in new.items()}
        return BoundProof(tuple({numbers[id(proof)]: None for proof in proofs}), new, theta)


def main() -> None:
    """Answer what the host asks."""
    source, sink = own_pipes()
    with contextlib.suppress(EOFError):  # the host is gone before it has asked
        BoundWorker(source, sink).run()
    sink.flush()
    os._exit(0)  # the reader waits for the host: an ordinary exit would wait for it


if __name__ == "__main__":
    main()
