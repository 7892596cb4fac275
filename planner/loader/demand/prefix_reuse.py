"""What a prefix cache would have found: prompt tokens in blocks that earlier requests had, from the first block on.

    found[i] = block_tokens * (leading blocks of i that came before, the last time at most `kept` seconds ago)

A block's id stands for all before it too, so that a known block is a known prefix. Nothing is thrown away before its
time: these are upper limits of what a cache of finite size finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.loader.demand.requests import RequestBatch

MOST_BLOCKS = 50_000_000
"""Different blocks that are remembered, in 8 bytes each: what comes beyond is not measured."""
KEPT_S = (60.0, 300.0, 600.0, 3_600.0, np.inf)
"""How long a block stays after its last use, for the table."""


class PrefixReuse:
    """Follows a log in its order; `found` and `prompts` are tokens over what was measured."""

    def __init__(self, block_tokens: int) -> None:
        self._block_tokens = block_tokens
        self._last_use: NDArray[np.float64] = np.zeros(0)
        self._number: dict[Any, int] = {}
        self.found = np.zeros(len(KEPT_S))
        self.prompts = 0.0
        self.complete = True

    def add(self, batch: RequestBatch, kept_s: float) -> NDArray[np.float64]:
        """Tokens of each prompt found with blocks kept `kept_s` after use, shape [request]; 0 where not measured."""
        lists = batch.prefix_blocks or []
        counts = np.array([len(blocks) if blocks else 0 for blocks in lists], dtype=np.int64)
        flat = [block for blocks in lists if blocks for block in blocks]
        if not self.complete or not self._remember(flat):
            self.complete = False
            return np.zeros(len(batch))
        ids = self._numbered(flat)
        request = np.repeat(np.arange(len(counts)), counts)
        age = batch.seconds[request] - self._used_before(ids, batch.seconds[request])
        self.prompts += float(batch.input_tokens.sum())
        known = np.isfinite(age)
        by_time = [self._leading(known & (age <= kept), request, counts, batch) for kept in KEPT_S]
        self.found += [float(found.sum()) for found in by_time]
        return self._leading(known & (age <= kept_s), request, counts, batch)

    def _remember(self, flat: list[Any]) -> bool:
        """Make room for the blocks; False where there are too many."""
        if all(type(block) is int for block in flat) and not self._number:
            top = max(flat, default=-1)
            if min(flat, default=0) >= 0 and top < MOST_BLOCKS:
                self._grow(top + 1)
                return True
            if len(self._last_use):
                return False
        for block in flat:
            self._number.setdefault(block, len(self._number))
        self._grow(len(self._number))
        return len(self._number) <= MOST_BLOCKS // 10

    def _grow(self, size: int) -> None:
        if size > len(self._last_use):
            room = max(size, 2 * len(self._last_use)) - len(self._last_use)
            self._last_use = np.concatenate([self._last_use, np.full(room, -np.inf)])

    def _numbered(self, flat: list[Any]) -> NDArray[np.int64]:
        known = self._number
        return np.array([known[block] for block in flat] if known else flat, dtype=np.int64)

    def _used_before(self, ids: NDArray[np.int64], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """When each block was last used before; -inf: never. Remembers this use."""
        order = np.argsort(ids, kind="stable")
        ordered, times = ids[order], seconds[order]
        before = self._last_use[ordered]
        again = (
            np.flatnonzero(ordered[1:] == ordered[:-1]) + 1 if len(ordered) else np.zeros(0, dtype=np.int64)
        )
        before[again] = times[again - 1]
        self._last_use[ordered] = times
        used = np.empty(len(ids))
        used[order] = before
        return used

    def _leading(
        self,
        known: NDArray[np.bool_],
        request: NDArray[np.int64],
        counts: NDArray[np.int64],
        batch: RequestBatch,
    ) -> NDArray[np.float64]:
        """Tokens in the leading known blocks of each request, at most its prompt."""
        leading = counts.copy()
        unknown = np.flatnonzero(~known)
        first_unknown, place = np.unique(request[unknown], return_index=True)
        begins = np.cumsum(counts) - counts
        leading[first_unknown] = unknown[place] - begins[first_unknown]
        return np.asarray(np.minimum(leading * float(self._block_tokens), batch.input_tokens))
