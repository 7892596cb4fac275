"""The progress line of a solve: incumbent, bound and gap, on stderr, and whether the audit has judged it yet."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING

from planner.core.plain import finite

if TYPE_CHECKING:
    from types import TracebackType

    from planner.optimize.engines import Event


class ProgressDisplay:
    """Shows events: one live line on a terminal, a line per better plan elsewhere, or JSON lines."""

    def __init__(self, as_json: bool = False, quiet: bool = False) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._live = sys.stderr.isatty() and not as_json
        self._last_cost = math.inf

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self._as_json:
            record = {
                "seconds": round(event.seconds, 3),
                "engine": event.engine,
                "cost": finite(event.cost),
                "bound": finite(event.bound),
                "gap": finite(event.gap),
                "audited": event.audited,
            }
            sys.stderr.write(json.dumps(record) + "\n")
        elif not self._quiet and (self._live or event.audited or event.cost < self._last_cost):
            judged = "audited" if event.audited else "unaudited"
            found = f"{judged} plan {_money(event.cost)}  bound {_money(event.bound)}  gap {_gap(event.gap)}"
            line = f"{event.seconds:6.1f} s  {found}"
            sys.stderr.write(f"\r\x1b[2K{line}" if self._live else f"{line}\n")
        self._last_cost = event.cost
        sys.stderr.flush()

    def __enter__(self) -> ProgressDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live and not self._quiet:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def _money(value: float) -> str:
    return f"{value:,.2f}" if math.isfinite(value) else "none yet"


def _gap(value: float) -> str:
    return f"{value:.3%}" if math.isfinite(value) else "open"
