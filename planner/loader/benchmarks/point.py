"""One measured point of a replica: what a benchmark run at one load says, in this project's units."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.core.errors import Fault
from planner.core.units import SECONDS_PER_MS

STATISTICS = ("mean", "p50", "p90", "p95", "p99", "p999")
"""Statistics of a latency that are kept, the percentiles from the loosest to the strictest."""


LEAST_SHARE = {"mean": 1.0, "p50": 0.5, "p90": 0.1, "p95": 0.05, "p99": 0.01, "p999": 0.001}
"""Of a statistic, what a mean of latencies is at least: 1 - q of the quantile q (Markov's inequality)."""


@dataclass(frozen=True)
class BenchmarkPoint:
    """A replica under one load; `ttft_ms` and `tpot_ms` are by statistic, those that the file gives.

    `requests_per_s` counts completed requests of on average `input_tokens` and `output_tokens`; `concurrency` is
    the mean number of them at once. None: the file does not say. `precision` is in the file's own words, `drafted`
    is whether drafts were verified, `cached_share` the share of prompt tokens found in a cache. `derived` says how
    figures came about that the file does not state as such, `remarks` what a reader must know before the point is used.
    """

    format: str
    file: str
    line: int | None
    path: str
    requests_per_s: float
    input_tokens: float
    output_tokens: float
    concurrency: float
    ttft_ms: dict[str, float]
    tpot_ms: dict[str, float]
    completed: float | None = None
    failed: float | None = None
    accelerator: str | None = None
    gpus: int | None = None
    tensor_parallel: int | None = None
    model: str | None = None
    engine: str | None = None
    precision: str | None = None
    drafted: bool = False
    cached_share: float | None = None
    derived: tuple[str, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @property
    def place(self) -> str:
        """File, and line or path in it."""
        return ":".join(str(part) for part in (self.file, self.line, self.path) if part not in (None, ""))

    @property
    def least_concurrency(self) -> float:
        """Requests that are there at once at least: rate x (TTFT + (tokens - 1) x TPOT), by Little's law.

        Means are taken, or what they are at least by percentiles; a latency that is not given counts as none.
        """
        first, each = (
            max((LEAST_SHARE[name] * value for name, value in one.items()), default=0.0)
            for one in (self.ttft_ms, self.tpot_ms)
        )
        return self.requests_per_s * (first + max(0.0, self.output_tokens - 1.0) * each) * SECONDS_PER_MS

    def fault(self, message: str) -> Fault:
        """A fault of this point, with its place."""
        return Fault(message, self.path, self.file, self.line)


BY_LITTLES_LAW = "concurrency by Little's law"
"""How the concurrency of `concurrency_of` came about, for `derived`."""


def concurrency_of(
    requests_per_s: float, ttft_ms: dict[str, float], tpot_ms: dict[str, float], tokens: float
) -> float:
    """Mean concurrent requests, rate x (TTFT + (tokens - 1) x TPOT): Little's law (J. D. C. Little, 1961).

    From means; where the file gives none, from medians. NaN where it gives neither.
    """
    nothing = float("nan")
    first = ttft_ms.get("mean", ttft_ms.get("p50", nothing))
    each = tpot_ms.get("mean", tpot_ms.get("p50", nothing if tokens > 1.0 else 0.0))
    return requests_per_s * (first + max(0.0, tokens - 1.0) * each) * SECONDS_PER_MS
