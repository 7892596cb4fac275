"""Efficiencies: what share of each data-sheet figure a serving engine reaches. Data, never code."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from kernels.errors import KernelError
from kernels.facts import figure, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kernels.accelerator import Accelerator

LATENCIES = ("layer_s", "step_s", "exchange_latency_s", "network_latency_s", "all_reduce_latency_s")
MFUS = ("gemm_mfu", "expert_mfu", "attention_mfu")


@dataclass(frozen=True)
class Efficiency:
    """Shares of the data sheet, fixed times in seconds, and overlap leaks; see data/efficiencies.

    A leak is the part of the shorter of two overlapped streams that stays visible: 0 is perfect
    overlap, 1 is none. `launch_power` says how far a layer's launch costs hide under its work, and
    `imbalance_power` how much harder a decode step feels an uneven expert load.
    `decode_scale` and `prefill_scale` multiply the finished rate.
    """

    hbm_share: float
    gemm_mfu: float
    expert_mfu: float
    attention_mfu: float
    attention_overhead_tokens: float
    prefill_mfu_share: float
    activation_passes: float
    scale_up_share: float
    scale_out_share: float
    exchange_latency_s: float
    network_latency_s: float
    all_reduce_latency_s: float
    decode_leak: float
    single_batch_leak: float
    prefill_leak: float
    layer_s: float
    launch_power: float
    imbalance_power: float
    step_s: float
    decode_scale: float = 1.0
    prefill_scale: float = 1.0


NAMES = tuple(field.name for field in fields(Efficiency))
SHARED = tuple(name for name in NAMES if not name.endswith("_scale"))


@cache
def priors() -> Efficiency:
    """The efficiencies of data/efficiencies/priors.yaml, before any fit."""
    entry = read("efficiencies", "priors")
    return Efficiency(**{name: float(figure(entry[name]) or 0.0) for name in SHARED})


@cache
def mfu_priors() -> dict[str, float]:
    """Published MFU of a class over the shared ones, before any fit."""
    return {name: float(figure(fact) or 1.0) for name, fact in read("efficiencies", "priors")["mfu"].items()}


@dataclass(frozen=True)
class Fit:
    """Efficiencies with where they come from: `calibrated` on that accelerator, or `extrapolated`.

    `band_low` and `band_high` multiply a rate: eight of ten measured points that the fit had not seen lay
    between them.
    """

    efficiency: Efficiency
    provenance: str
    band_low: float
    band_high: float
    engine: str


@dataclass(frozen=True)
class Fitted:
    """A calibration: shared efficiencies and the factors that single accelerators and engines put on them.

    Keys of `engine_rate` are (engine, phase), those of `rate`, `points` and `band` (accelerator, engine,
    phase), the engine empty in `band`; a key that is absent means factor 1, no point, and the band of
    predictions on unseen hardware.
    """

    shared: Efficiency
    engine_latency: Mapping[str, float]
    generation_latency: Mapping[str, float]
    mfu: Mapping[str, float]
    engine_rate: Mapping[tuple[str, str], float]
    rate: Mapping[tuple[str, str, str], float]
    points: Mapping[tuple[str, str, str], int]
    band: Mapping[tuple[str, str], tuple[float, float]]
    unseen: Mapping[str, tuple[float, float]]
    colocated: tuple[float, float]

    def __call__(self, accelerator: Accelerator, engine: str, role: str) -> Efficiency:
        """The efficiencies of one accelerator under one engine (empty: the usual one)."""
        return self.fit(accelerator, engine, role).efficiency

    def fit(self, accelerator: Accelerator, engine: str, role: str) -> Fit:
        """The same with provenance and error band; a co-located unit is no surer than its phases."""
        engine = engine or self.usual_engine(accelerator.name)
        phases = ("prefill", "decode") if role == "colocated" else (role,)
        known = all((accelerator.name, phase) in self.band for phase in phases)
        bands = [self.band.get((accelerator.name, phase), self.unseen[phase]) for phase in phases]
        bands += [self.colocated] if role == "colocated" else []
        return Fit(
            self.efficiency(accelerator, engine),
            "calibrated" if known else "extrapolated",
            min(low for low, _ in bands),
            max(high for _, high in bands),
            engine,
        )

    def usual_engine(self, accelerator: str) -> str:
        """The engine measured in most phases on that accelerator, then at most points; empty without any."""
        counts: dict[str, tuple[int, int]] = {}
        for (hardware, engine, _), count in sorted(self.points.items()):
            if hardware == accelerator:
                phases, points = counts.get(engine, (0, 0))
                counts[engine] = (phases + 1, points + count)
        return max(counts, key=counts.__getitem__, default="")

    def efficiency(self, accelerator: Accelerator, engine: str) -> Efficiency:
        """Shared efficiencies times the factors of generation, MFU class, engine, and accelerator and engine."""
        latency = self.engine_latency.get(engine, 1.0)
        latency *= self.generation_latency.get(accelerator.generation, 1.0)
        factor = self.mfu.get(accelerator.mfu_class or accelerator.generation, 1.0)
        changed = {name: getattr(self.shared, name) * latency for name in LATENCIES}
        changed |= {name: min(getattr(self.shared, name) * factor, 1.0) for name in MFUS}
        for phase in ("decode", "prefill"):
            pair = self.rate.get((accelerator.name, engine, phase), 1.0)
            changed[f"{phase}_scale"] = pair * self.engine_rate.get((engine, phase), 1.0)
        return replace(self.shared, **changed)

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Fitted:
        """Read what `planner kernel calibrate` writes; KernelError when a section is missing."""
        sections = (
            "shared",
            "engine_latency",
            "generation_latency",
            "mfu",
            "engine_rate",
            "pairs",
            "bands",
            "unseen",
            "colocated",
        )
        lacking = [section for section in sections if section not in entry]
        lacking += [f"shared {name}" for name in SHARED if name not in entry.get("shared", SHARED)]
        if lacking:
            raise KernelError(f"efficiency file lacks {', '.join(lacking)}")
        pairs = {(row["accelerator"], row["engine"], row["phase"]): row for row in entry["pairs"]}
        return cls(
            shared=Efficiency(**{name: float(entry["shared"][name]) for name in SHARED}),
            engine_latency=entry["engine_latency"],
            generation_latency=entry["generation_latency"],
            mfu=entry["mfu"],
            engine_rate={(row["engine"], row["phase"]): float(row["rate"]) for row in entry["engine_rate"]},
            rate={key: float(row["rate"]) for key, row in pairs.items()},
            points={key: int(row["points"]) for key, row in pairs.items()},
            band={(row["accelerator"], row["phase"]): (row["low"], row["high"]) for row in entry["bands"]},
            colocated=(entry["colocated"]["low"], entry["colocated"]["high"]),
            unseen={phase: (row["low"], row["high"]) for phase, row in entry["unseen"].items()},
        )


def engine_names() -> tuple[str, ...]:
    """Engines whose efficiencies are fitted, sorted."""
    return tuple(sorted({engine for engine, _ in fitted().engine_rate} | set(fitted().engine_latency)))


@cache
def fitted() -> Fitted:
    """The calibration that ships with the package, data/efficiencies/fitted.yaml."""
    return Fitted.from_dict(read("efficiencies", "fitted"))
