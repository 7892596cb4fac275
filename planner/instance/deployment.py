"""What may be run: units with a role and a size, which the kernel rates or whose rates are given."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from planner.instance.base import Flag, NonNegative, OpenShare, Positive, PositiveCount, Strict, Text
from planner.instance.name import Name
from planner.instance.speculation import Speculation


class Role(StrEnum):
    """What a unit does: read prompts, write tokens, both by turns, or serve whole requests."""

    PREFILL = "prefill"
    DECODE = "decode"
    COLOCATED = "colocated"
    REQUEST = "request"


class Phase(StrEnum):
    """A kind of work. A workload in tokens has prefill and decode work, one in requests has request work."""

    PREFILL = "prefill"
    DECODE = "decode"
    REQUEST = "request"


PHASES_OF_ROLE: dict[Role, tuple[Phase, ...]] = {
    Role.PREFILL: (Phase.PREFILL,),
    Role.DECODE: (Phase.DECODE,),
    Role.COLOCATED: (Phase.PREFILL, Phase.DECODE),
    Role.REQUEST: (Phase.REQUEST,),
}


COMPUTED_ONLY = (
    *("recipe", "rate_quantile", "tensor_parallel", "engine"),
    *("speculative", "requests_per_gpu", "pass_tokens"),
)
"""Fields that say how the kernel is to rate a unit."""


class PhaseRates(Strict):
    """Measured rates of a co-located unit, each when it does nothing else."""

    prefill: Positive
    decode: Positive


class RateBand(Strict):
    """Ends of the error band of measured rates, as factors on them: one of ten units does less, one of ten more."""

    low: Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)]
    high: Annotated[float, Field(strict=True, ge=1, le=1_000, allow_inf_nan=False)]


class Deployment(Strict):
    """A family of deployment units: every listed size on every listed hardware, run in every listed way.

    Sizes, attention replicas, engines, recipes, drafting and limits are values or lists to choose from. Without
    rates the kernel computes them. With `rate_tokens_per_s` or `rate_requests_per_s` (per unit and workload) the
    kernel is not asked, and `nodes` or one `ep` size says how large the unit is.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "decode", "ep": 8}]})

    name: Name | None = None
    """Name of the unit in the plan; absent: made from hardware, role and size."""
    role: Role
    ep: PositiveCount | Annotated[tuple[PositiveCount, ...], Field(min_length=1)] | None = None
    """Size in GPUs: expert-parallel degree of a mixture of experts, tensor-parallel degree of a dense model."""
    gpus: PositiveCount | Annotated[tuple[PositiveCount, ...], Field(min_length=1)] | None = None
    """Size in GPUs, instead of `ep`: all that one unit takes."""
    tensor_parallel: PositiveCount | Annotated[tuple[PositiveCount, ...], Field(min_length=1)] | None = None
    """GPUs that share one attention replica; a stage has GPUs / pipeline_parallel / tensor_parallel replicas,
    data-parallel in attention. Absent: 1 with experts, all GPUs of a stage without."""
    pipeline_parallel: PositiveCount | Annotated[tuple[PositiveCount, ...], Field(min_length=1)] = 1
    """Stages that the layers are cut into, each on an equal part of the unit's GPUs, which holds whole attention
    replicas. No unit with stages was measured: the kernel's rates of them are extrapolated."""
    engine: Name | Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Serving engine whose fitted efficiencies count, such as sglang; absent: the one measured most on the hardware."""
    speculative: (
        Literal["none"]
        | Speculation
        | Annotated[tuple[Literal["none"] | Speculation, ...], Field(min_length=1)]
        | None
    ) = None
    """Drafting: `none`, or drafts a step and the tokens that a step yields; absent: that of the workload."""
    requests_per_gpu: PositiveCount | Annotated[tuple[PositiveCount, ...], Field(min_length=1)] | None = None
    """Most requests that one GPU decodes at once; absent: as many as memory and the times promised allow, at most
    2,048, and fewer where the plan answers for waits and needs fewer units so."""
    pass_tokens: PositiveCount | Annotated[tuple[PositiveCount, ...], Field(min_length=1)] | None = None
    """Prompt tokens that an attention replica takes in one prefill pass (chunk); absent: the fastest, or the sizes
    that are kept apart where the plan answers for waits."""
    nodes: PositiveCount | None = None
    """Whole nodes of one unit; absent: as many as its GPUs need, or a part of one where they are fewer."""
    exclusive: Flag = False
    """Whether a unit smaller than a node has the node to itself; else it shares it with others."""
    hardware: Name | Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Hardware it may run on; absent: every hardware of the fleet."""
    workloads: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Workloads it may serve; absent: all of the same model."""
    serve_apart: Flag = True
    """Whether units may be kept to a part of these workloads, of up to four to any part: one that serves several is
    only as busy as the strictest of their times to first token allows. Without, every unit serves all: a smaller
    question, and a dearer plan where promises differ. Where availability is promised, all are one pool in any case."""
    rate_tokens_per_s: Annotated[dict[Name, Positive | PhaseRates], Field(min_length=1)] | None = None
    """Measured tokens per second of one unit by workload; prefill counts computed (uncached) prompt tokens."""
    rate_requests_per_s: Annotated[dict[Name, Positive], Field(min_length=1)] | None = None
    """Measured requests per second of one unit by workload."""
    rate_band: RateBand | None = None
    """Error band of measured rates, such as those scaled to other lengths; absent: they are taken as they are."""
    prompts_at_once: PositiveCount | None = None
    """Prompts that one unit with measured rates reads at the same time, sharing its rate; absent: one."""
    recipe: Name | Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Precision: a recipe of the kernel, such as fp8, fp8_kv8 or int8; absent: the narrowest common one."""
    rate_quantile: OpenShare | None = None
    """Quantile of the error band its rates are planned with; absent: `rates.quantile`."""
    start_usd_per_unit: NonNegative | None = None
    """Cost of switching one unit on; absent: start_up.usd_per_node times its nodes."""
    source: Text | None = None
    """Where measured rates come from."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes in GPUs, as a tuple; empty when only `nodes` is given."""
        size = self.ep if self.ep is not None else self.gpus
        return () if size is None else size if isinstance(size, tuple) else (size,)

    @property
    def measured(self) -> bool:
        """Whether rates are given, so that the kernel is not asked."""
        return self.rate_tokens_per_s is not None or self.rate_requests_per_s is not None

    def on_hardware(self, fleet: tuple[str, ...]) -> tuple[str, ...]:
        """Hardware this may run on, out of those of a fleet."""
        if self.hardware is None:
            return fleet
        return self.hardware if isinstance(self.hardware, tuple) else (self.hardware,)

    @property
    def stages(self) -> tuple[int, ...]:
        """Numbers of pipeline stages to choose from, as a tuple."""
        given = self.pipeline_parallel
        return given if isinstance(given, tuple) else (given,)

    def _replicas_fit(self) -> None:
        """Raises ValueError for stages or attention replicas that fill no size, and a size that none fill."""
        given = self.tensor_parallel if isinstance(self.tensor_parallel, tuple) else (self.tensor_parallel,)
        tensor = [one for one in given if one is not None]
        sizes = ", ".join(map(str, self.sizes))
        for name, counts in (("tensor_parallel", tensor), ("pipeline_parallel", self.stages)):
            for one in counts if self.sizes else ():
                if not any(size % one == 0 for size in self.sizes):
                    raise ValueError(f"{name} {one} divides none of the sizes {sizes}")
            for size in self.sizes if counts else ():
                if not any(size % one == 0 for one in counts):
                    raise ValueError(f"no {name} divides the size {size}")
        for size in self.sizes:
            if not any(size % (one * stages) == 0 for one in tensor or (1,) for stages in self.stages):
                raise ValueError(f"no tensor_parallel x pipeline_parallel divides the size {size}")

    @model_validator(mode="after")
    def _size_and_rates_fit(self) -> Self:
        if self.rate_tokens_per_s is not None and self.rate_requests_per_s is not None:
            raise ValueError("give rate_tokens_per_s or rate_requests_per_s, not both")
        if (self.role is Role.REQUEST) != (self.rate_requests_per_s is not None):
            raise ValueError("role 'request' and rate_requests_per_s belong together")
        if self.ep is not None and self.gpus is not None:
            raise ValueError("give ep or gpus, not both: either is the size of the unit in GPUs")
        if self.measured and (self.nodes is None) == (len(self.sizes) != 1):
            raise ValueError("a unit with measured rates needs its size once: nodes, or one ep size")
        used = ("rate_quantile",) if self.rate_band is not None else ()
        computed = COMPUTED_ONLY if self.measured else ()
        unused = [name for name in computed if name not in used and getattr(self, name) is not None]
        if unused:
            raise ValueError(f"{unused[0]} is for rates the kernel computes, and these are given")
        if self.rate_band is not None and not self.measured:
            raise ValueError("rate_band is for measured rates; the kernel has bands of its own")
        if not self.measured and (not self.sizes or self.nodes is not None):
            raise ValueError("give ep (and no nodes), or measured rates with nodes")
        if self.measured and len(self.stages) > 1:
            raise ValueError(
                "a unit with measured rates has one number of stages: give one pipeline_parallel"
            )
        self._replicas_fit()
        for workload, rate in (self.rate_tokens_per_s or {}).items():
            if isinstance(rate, PhaseRates) != (self.role is Role.COLOCATED):
                raise ValueError(
                    f"rate of '{workload}': a co-located unit has a prefill and a decode rate, others one number"
                )
        return self
