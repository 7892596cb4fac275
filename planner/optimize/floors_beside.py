"""What every plan has that keeps promises of availability, looked for beside the search for plans."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from planner.optimize.availability_prices import PricedSet, asks_at_prices, priced_rounds

if TYPE_CHECKING:
    from concurrent.futures import Future
    from types import TracebackType

    from planner.model import Sets
    from planner.model.standing import StandingSet
    from planner.optimize.availability_prices import PricedRounds

LINES_SHARE, ROUNDS_SHARE = 0.3, 0.8
"""Of the time that floors are waited for, what those get that hold at all prices, and those with asking at prices."""
FEW_COUNTS = 100
"""Units times periods up to which lines are looked for although pools are asked at prices: both take no time then."""


class FloorsBeside:
    """What every plan has that keeps the promises, looked for in a thread beside the search for plans.

    `get` it as far as it is found, `start` again for more until it is `exhausted`. Use as a context manager, which ends
    it.
    """

    def __init__(self, sets: Sets) -> None:
        self._sets, self._until, self._lines_until, self._rounds_until = sets, math.inf, math.inf, math.inf
        self._executor = ThreadPoolExecutor(max_workers=1)
        self._found: Future[PricedSet] | None = None
        self._necessary: StandingSet | None = None
        self._rounds: PricedRounds | None = None

    def start(self) -> None:
        """Begin, or go on from what was got, beside whatever comes."""
        self._until = self._lines_until = self._rounds_until = math.inf
        self._found = self._executor.submit(self._look)

    @property
    def exhausted(self) -> bool:
        """Whether all is found that is looked for: known once it was got."""
        return self._rounds is None or self._rounds.exhausted

    def _look(self) -> PricedSet:
        if self._necessary is None:
            self._necessary = self._lines()
            self._rounds = priced_rounds(self._sets, self._necessary)
        if self._rounds is None:
            return PricedSet(self._necessary, {})
        return self._rounds.run(
            lambda: time.monotonic() > self._rounds_until,
            lambda: time.monotonic() > self._until,
        )

    def _lines(self) -> StandingSet:
        assert self._sets.standing is not None
        few = self._sets.on_limit.size <= FEW_COUNTS
        asked = not few and asks_at_prices(self._sets)  # of many these are higher floors, sooner
        return self._sets.standing.necessary(lambda: asked or time.monotonic() > self._lines_until)

    def get(self, until: float) -> PricedSet:
        """All of it, or what is found `until` then on the monotonic clock, without which a bound is only weaker."""
        if self._found is None:
            self.start()
        now = time.monotonic()
        left = max(0.0, until - now)
        self._until = until
        self._lines_until, self._rounds_until = now + LINES_SHARE * left, now + ROUNDS_SHARE * left
        assert self._found is not None
        return self._found.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._until = self._lines_until = self._rounds_until = -math.inf
        self._executor.shutdown(cancel_futures=True)
