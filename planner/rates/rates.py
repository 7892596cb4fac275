"""Rates: every deployment unit that can run, with its tokens per second for every kind of work."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kernels.measured import PROVENANCE
from planner.core.attached import attached

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from planner.instance import Phase, Role


WHOLE = 1e-9
"""So near to a whole number is one: parts of nodes are fractions."""

MEASURED = PROVENANCE
SCALED = f"{MEASURED}, scaled"
"""Provenance of rates that were measured, and of those that were at other lengths."""


@dataclass(frozen=True)
class Work:
    """One kind of work: a phase of a workload. Measured in tokens/s, or requests/s in the request phase."""

    workload: str
    phase: Phase

    @property
    def name(self) -> str:
        """`workload.phase`."""
        return f"{self.workload}.{self.phase}"


@dataclass(frozen=True)
class Unit:
    """One deployment unit: GPUs that are switched on and off as one.

    `nodes` are those it takes: whole ones, or a part of one that it shares (2 of 8 GPUs: 0.25). A unit of more
    than a node has its nodes to itself; it `needs_domain` where all of them must lie in one scale-up domain.
    `provenance` is where its rates are from; `band_low` and `band_high` multiply them to the ends of their
    error band, where there is one. A unit that reads for links keeps the time of those that it is `over`.
    """

    name: str
    hardware: str
    role: Role
    model: str
    gpus: int
    nodes: float
    start_usd: float
    needs_domain: bool = False
    over: tuple[str, ...] = ()
    provenance: str = ""
    band_low: float | None = None
    band_high: float | None = None

    @property
    def stands_on(self) -> int:
        """Nodes under it: it falls with any of them."""
        return math.ceil(self.nodes)

    @property
    def beside(self) -> int:
        """Units like it that one node holds, itself included: all of them fall with it."""
        return max(1, math.floor(1.0 / self.nodes + WHOLE))


@dataclass(frozen=True)
class RateDetail:
    """How a rate came about, for people: what binds, the operating point, where the figure is from.

    `binding` is for people; `memory_bound` says whether memory stopped the batch.
    `kv_transfer_ms` is what handing the cache of a prompt over takes (`planner.rates.kv_transfer`), None where
    nothing is known of the link; `network_ms` what lies between users and units (`planner.rates.places`). `band_low`
    and `band_high` multiply the rate to the ends of its error band, of which `quantile` is planned with. `recipe`,
    `engine`, `tensor_parallel`, `pipeline_parallel` and `draft_tokens` say how the unit runs, defaults filled in; of
    measured rates only their source knows. `nominal_per_s` is what the rate would be if all requests were the mean one,
    `prefill_scv` the squared variation of the time to read a prompt: of rates over a distribution of lengths alone.
    `pass_tokens` are those that an attention replica takes in a pass, of units that only read; the busiest of their
    ranks has `rank_imbalance` times the attention of the mean one, give or take `rank_spread` of it. Of units that
    only write what is planned to be in time, `growth_ms` is by term what one request more on every GPU adds to a step,
    and `context_ms` what of a step goes by the lengths of contexts.
    """

    provenance: str
    source: str = ""
    binding: str = ""
    memory_bound: bool = False
    batch_per_gpu: float | None = None
    tpot_ms: float | None = None
    prefill_ms: float | None = None
    kv_transfer_ms: float | None = None
    network_ms: float = 0.0
    band_low: float | None = None
    band_high: float | None = None
    quantile: float = 0.5
    prompts_at_once: int = 1
    split_ms: dict[str, float] = field(default_factory=dict)
    recipe: str = ""
    engine: str = ""
    tensor_parallel: int | None = None
    pipeline_parallel: int | None = None
    draft_tokens: float | None = None
    nominal_per_s: float | None = None
    prefill_scv: float | None = None
    pass_tokens: float | None = None
    rank_imbalance: float = 1.0
    rank_spread: float = 0.0
    growth_ms: dict[str, float] = field(default_factory=dict)
    context_ms: float = 0.0

    @property
    def is_measured(self) -> bool:
        """Whether the rate itself was measured, scaled to other lengths or not; of measured kernels one is computed."""
        return self.provenance in (MEASURED, SCALED)

    @property
    def replica_gpus(self) -> int | None:
        """GPUs that hold one replica of all layers, those of every stage; None where nobody says how the unit runs."""
        return None if self.tensor_parallel is None else self.tensor_parallel * (self.pipeline_parallel or 1)

    @property
    def runs_as(self) -> str:
        """`fp8, TP8, PP2, sglang, 1 draft`: precision, attention replica, stages, engine, drafts a step."""
        replica = "" if self.tensor_parallel is None else f"TP{self.tensor_parallel}"
        stages = f"PP{self.pipeline_parallel}" if (self.pipeline_parallel or 1) > 1 else ""
        drafts = f"{self.draft_tokens:g} draft{'s' * (self.draft_tokens != 1)}" if self.draft_tokens else ""
        return ", ".join(part for part in (self.recipe, replica, stages, self.engine, drafts) if part)


@dataclass(frozen=True)
class Rejected:
    """An option that cannot run, or that another one dominates, and why."""

    name: str
    hardware: str
    role: Role
    gpus: int
    nodes: float
    why: str


@dataclass(frozen=True)
class Rates:
    """Units and works, and the rate of each unit for each work.

    `rate` has shape [unit, work]: tokens/s (requests/s in the request phase) of one whole unit that does
    nothing else; 0 where it cannot. `details[unit]` maps the name of a work to how its rate came about.
    """

    units: tuple[Unit, ...]
    works: tuple[Work, ...]
    rate: NDArray[np.float64]
    details: tuple[dict[str, RateDetail], ...]
    rejected: tuple[Rejected, ...]

    def frame(self) -> pd.DataFrame:
        """One row per unit and work with its rate, what binds and where it comes from."""
        import pandas as pd

        rows = []
        for index, unit in enumerate(self.units):
            for place in np.flatnonzero(self.rate[index]):
                work, rate = self.works[place], float(self.rate[index, place])
                detail = self.details[index][work.name]
                rows.append(
                    {
                        "unit": unit.name,
                        "hardware": unit.hardware,
                        "role": str(unit.role),
                        "gpus": unit.gpus,
                        "nodes": unit.nodes,
                        "workload": work.workload,
                        "phase": str(work.phase),
                        "rate_per_s": rate,
                        "rate_per_s_per_node": rate / unit.nodes,
                        "nominal_per_s": detail.nominal_per_s,
                        "recipe": detail.recipe,
                        "engine": detail.engine,
                        "tensor_parallel": detail.tensor_parallel,
                        "pipeline_parallel": detail.pipeline_parallel,
                        "draft_tokens": detail.draft_tokens,
                        "binding": detail.binding,
                        "batch_per_gpu": detail.batch_per_gpu,
                        "tpot_ms": detail.tpot_ms,
                        "prefill_ms": detail.prefill_ms,
                        "prefill_scv": detail.prefill_scv,
                        "kv_transfer_ms": detail.kv_transfer_ms,
                        "network_ms": detail.network_ms,
                        "provenance": detail.provenance,
                        "band_low": detail.band_low,
                        "band_high": detail.band_high,
                        "quantile": detail.quantile,
                        "why": "",
                    }
                )
        return pd.DataFrame(rows)

    def rejected_frame(self) -> pd.DataFrame:
        """One row per option that was left out, with the reason."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "unit": option.name,
                    "hardware": option.hardware,
                    "role": str(option.role),
                    "gpus": option.gpus,
                    "nodes": option.nodes,
                    "why": option.why,
                }
                for option in self.rejected
            ],
            columns=["unit", "hardware", "role", "gpus", "nodes", "why"],
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the rates per GPU with their error bands with matplotlib."""
        drawn: Axes = attached(Rates, "plot")(self, ax)
        return drawn

    def _repr_html_(self) -> str:
        return str(attached(Rates, "_repr_html_")(self))
