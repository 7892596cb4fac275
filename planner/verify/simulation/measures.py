"""What a replay shows: percentiles, goodput, promises kept in every period, with confidence over seeds."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import t as student

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

CONFIDENCE = 0.95
ROUNDING = 1e-9  # relative; seeds that agree to this agree
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


@dataclass(frozen=True)
class ReplayEstimate:
    """A mean over seeds with the half width of its 95 % confidence interval (None with a single seed)."""

    mean: float | None
    half_width: float | None

    def __str__(self) -> str:
        if self.mean is None:
            return "-"
        known = self.half_width is not None and self.half_width > ROUNDING * abs(self.mean)
        return f"{self.mean:.4g}" + (f" ±{self.half_width:.2g}" if known else "")


def estimate(values: Sequence[float] | np.ndarray[Any, np.dtype[np.float64]]) -> ReplayEstimate:
    """Mean and Student-t half width of independent values; None where a value is not finite."""
    sample = np.asarray(values, dtype=float)
    if sample.size == 0 or not np.all(np.isfinite(sample)):
        return ReplayEstimate(mean=None, half_width=None)
    mean = float(sample.mean())
    if sample.size == 1:
        return ReplayEstimate(mean=mean, half_width=None)
    factor = float(student.ppf((1 + CONFIDENCE) / 2, sample.size - 1)) / math.sqrt(sample.size)
    return ReplayEstimate(mean=mean, half_width=factor * float(sample.std(ddof=1)))


@dataclass(frozen=True)
class Promise:
    """One limit of a service level and how it fared; `measure` ends in the unit of its `limit`.

    `share[period]` is the share of the requests that arrived in the period and stayed within the limit;
    `error[period]` the half width of its 95 % confidence interval. `kept[period]`: share + error reaches
    `quantile`.
    """

    measure: str
    quantile: float
    limit: float
    share: tuple[float, ...]
    error: tuple[float, ...]
    kept: tuple[bool, ...]


@dataclass(frozen=True)
class WorkloadReplay:
    """What the replay of one workload shows; utilisation and the like by period.

    Percentiles of `ttft_ms` are given for work that cannot wait, of `waited_hours` for work that may: from the
    end of the period in which it arrives until its last phase begins. `availability` is the share of time
    promised, `standing_share` that for which the capacity is up with failures alone (`standing`).
    `no_verdict` says for each period why promises that were kept prove nothing, empty where they do.
    `planned_for_waits` says whether the plan keeps headroom for waiting (`queueing` is given).
    """

    workload: str
    replayed_s_per_period: float
    requests: int
    ttft_ms: dict[str, ReplayEstimate]
    tpot_ms: dict[str, ReplayEstimate]
    waited_hours: dict[str, ReplayEstimate]
    goodput_per_s: ReplayEstimate
    good_share: ReplayEstimate
    unserved_share: ReplayEstimate
    promises: tuple[Promise, ...]
    no_verdict: tuple[str, ...]
    availability: float | None
    standing_share: ReplayEstimate | None
    planned_for_waits: bool
    prefill_utilisation: tuple[float, ...]
    decode_utilisation: tuple[float, ...]
    cache_hit_share: float | None

    @property
    def kept(self) -> bool:
        """Whether every promise was kept in every period, and there is a verdict on each."""
        return not self.broken and not any(self.no_verdict)

    @property
    def broken(self) -> bool:
        """Whether a promise was broken in some period."""
        return not self.stands or not all(all(promise.kept) for promise in self.promises)

    @property
    def stands(self) -> bool:
        """Whether capacity is up for the share of time promised, within the error of the draws."""
        found = self.standing_share
        if self.availability is None or found is None or found.mean is None:
            return True
        return found.mean + (found.half_width or 0.0) >= self.availability


@dataclass(frozen=True)
class Replay:
    """A plan replayed request by request.

    `load` and `rate` multiply the demand and the speed of units that the plan was made for; `router` and `ranks` say
    how requests chose among units and their ranks, `compiled` whether the steps ran compiled.
    """

    instance: str
    periods: tuple[str, ...]
    seeds: tuple[int, ...]
    load: float
    trace: str | None
    failures: bool
    router: str
    ranks: str
    rate: float
    compiled: bool
    requests: int
    seconds: float
    workloads: tuple[WorkloadReplay, ...]

    @property
    def kept(self) -> bool:
        """Whether every promise to every workload was kept in every period, and there is a verdict on each."""
        return all(entry.kept for entry in self.workloads)

    @property
    def verdict(self) -> str:
        """`kept`, `broken`, or `none` where what was replayed proves nothing."""
        if any(entry.broken for entry in self.workloads):
            return "broken"
        return "kept" if self.kept else "none"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"verdict": self.verdict, "kept": self.kept, **asdict(self)}

    def frame(self) -> pd.DataFrame:
        """One row per workload, promise and period."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "period": label,
                    "workload": entry.workload,
                    "measure": promise.measure,
                    "quantile": promise.quantile,
                    "limit": promise.limit,
                    "share": promise.share[place],
                    "error": promise.error[place],
                    "kept": promise.kept[place],
                    "no_verdict": entry.no_verdict[place],
                    "prefill_utilisation": entry.prefill_utilisation[place],
                    "decode_utilisation": entry.decode_utilisation[place],
                }
                for entry in self.workloads
                for promise in entry.promises
                for place, label in enumerate(self.periods)
            ]
        )
