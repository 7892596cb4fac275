"""The process that solves one job: request on stdin, one JSON line for each event and the outcome on stdout.

It can be killed at any time. SIGTERM asks for the best plan so far.
"""

from __future__ import annotations

import errno
import json
import resource
import signal
import sys
from typing import TYPE_CHECKING, Any

from planner.core.plain import finite

if TYPE_CHECKING:
    from types import FrameType

    from planner.optimize.engines import Event

OUT_OF_MEMORY = "the memory limit was reached"


def main() -> None:
    """Read a request, do it, write the outcome."""
    from planner.core.errors import PlannerError

    try:
        request = json.loads(sys.stdin.buffer.read())
        _limit_memory(request.get("memory_mb"))
        outcome = {"rates": _rates, "solve": _solve}[request["task"]](request)
        _write({"outcome": outcome})
    except PlannerError as error:
        _write({"error": str(error)})
    except MemoryError:
        _write({"error": OUT_OF_MEMORY})
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            _write({"error": OUT_OF_MEMORY})
            return
        _write({"error": f"internal error: {type(error).__name__}: {error}"})
        raise


def _solve(request: dict[str, Any]) -> dict[str, Any]:
    from planner.loader import from_dict
    from planner.optimize.engines import CancelToken
    from planner.optimize.pipeline import solve
    from planner.optimize.solve_options import SolveOptions

    cancel = CancelToken()

    def stop(number: int, frame: FrameType | None) -> None:
        cancel.cancel()

    signal.signal(signal.SIGTERM, stop)
    instance = from_dict(request["question"])
    return solve(instance, SolveOptions(**request["options"]), on_event=_tell, cancel=cancel).to_dict()


def _rates(request: dict[str, Any]) -> dict[str, Any]:
    from planner.loader import from_dict
    from planner.rates.compute import compute_rates

    table = compute_rates(from_dict(request["question"]))
    frames = {"rates": table.frame(), "rejected": table.rejected_frame()}
    return {name: json.loads(frame.to_json(orient="records")) for name, frame in frames.items()}


def _tell(event: Event) -> None:
    _write(
        {
            "event": {
                "seconds": round(event.seconds, 3),
                "engine": event.engine,
                "cost": finite(event.cost),
                "bound": finite(event.bound),
                "gap": finite(event.gap),
                "audited": event.audited,
            }
        }
    )


def _write(record: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(record, allow_nan=False) + "\n")
    sys.stdout.flush()


def _limit_memory(limit_mb: float | None) -> None:
    """Bound the private memory of this process, and of each engine it starts.

    What solves is loaded before: some libraries that get no memory to begin with never end, others say something else.
    """
    if limit_mb is not None:
        import planner.loader
        import planner.optimize.pipeline  # noqa: F401

        limit = int(limit_mb * 2**20)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


if __name__ == "__main__":
    main()
