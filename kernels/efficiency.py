"""Efficiencies: what share of each data-sheet figure a serving engine reaches. Data, never code."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from kernels.effects import Effect, factors, known_effects, undated
from kernels.errors import KernelError
from kernels.facts import figure, read
from kernels.own_calibration import own_calibrations, scope_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kernels.effects import Subject
    from kernels.own_calibration import OwnCalibration, Scope


@dataclass(frozen=True)
class Efficiency:
    """Shares of the data sheet, fixed times in seconds, and overlap leaks; see data/efficiencies.

    Fixed times are per kernel (`gemm_s`, `attention_s`, `experts_s`), per layer (`layer_s`, and
    `eager_layer_s` more where a pass mixes in prompt tokens and runs outside a captured graph), per step
    (`step_s`), per query token of a running request (`request_s`), and per prompt token (`prompt_token_s`).
    `padded_tokens` rows per active expert are computed for nothing; `popularity_shape` says how alike experts
    are asked for. A leak is the part of the shorter of
    two overlapped streams that stays visible: 0 is perfect overlap, 1 is none. `imbalance_power` is how
    much harder a decode step feels an uneven expert load. `decode_scale` and `prefill_scale` multiply the
    finished rate.
    """

    hbm_share: float
    expert_hbm_share: float
    cache_hbm_share: float
    gemm_mfu: float
    expert_mfu: float
    attention_mfu: float
    prefill_attention_mfu: float
    prefill_mfu_share: float
    attention_overhead_tokens: float
    activation_passes: float
    padded_tokens: float
    popularity_shape: float
    scale_up_share: float
    scale_out_share: float
    exchange_latency_s: float
    network_latency_s: float
    all_reduce_latency_s: float
    decode_leak: float
    single_batch_leak: float
    prefill_leak: float
    imbalance_power: float
    gemm_s: float
    attention_s: float
    experts_s: float
    layer_s: float
    eager_layer_s: float
    step_s: float
    request_s: float
    prompt_token_s: float
    decode_scale: float = 1.0
    prefill_scale: float = 1.0


NAMES = tuple(column.name for column in fields(Efficiency))
SHARED = tuple(name for name in NAMES if not name.endswith("_scale"))
LATENCIES = tuple(name for name in SHARED if name.endswith("_s") and name != "prompt_token_s")
SHARES = tuple(name for name in SHARED if name.endswith(("_share", "_mfu", "_leak")))  # none exceeds one


@cache
def priors() -> Efficiency:
    """The efficiencies of data/efficiencies/priors.yaml, before any fit."""
    entry = read("efficiencies", "priors")
    return Efficiency(**{name: float(figure(entry[name]) or 0.0) for name in SHARED})


@dataclass(frozen=True)
class Band:
    """Eight of ten points of a class that the fit had not seen lay between `low` and `high` times the rate."""

    low: float
    high: float
    points: int


@dataclass(frozen=True)
class Fit:
    """Efficiencies with where they come from: `calibrated` on that accelerator, `extrapolated`, or one's own."""

    efficiency: Efficiency
    provenance: str
    band_low: float
    band_high: float
    engine: str


@dataclass(frozen=True)
class Fitted:
    """A calibration: shared efficiencies, the factors of its effects, and error bands by class.

    `factor[effect, subject]` multiplies the columns of the effect; an absent key means 1. A band belongs to a
    class of (family, generation, role, engine); an answer takes the narrowest class with a band, the parts
    left out being empty. `measured` holds the (accelerator, role) with a point. Calibrations of one's `own` act on top.
    """

    shared: Efficiency
    factor: Mapping[tuple[str, str], float]
    bands: Mapping[tuple[str, str, str, str], Band]
    measured: frozenset[tuple[str, str]]
    own: Mapping[Scope, OwnCalibration] = field(default_factory=dict)

    def __call__(self, subject: Subject) -> Efficiency:
        """The efficiencies of one subject."""
        changed = {name: getattr(self.shared, name) for name in NAMES}
        for effect, value in factors(subject, self.factor):
            for name in effect.columns:
                changed[name] *= value
        own = self.own_of(subject)
        for name, value in own.by_column() if own is not None else ():
            changed[name] *= value
        changed |= {name: min(changed[name], 1.0) for name in SHARES}
        return replace(self.shared, **changed)

    def fit(self, subject: Subject) -> Fit:
        """The same with provenance and error band."""
        own = self.own_of(subject)
        if own is not None:
            return Fit(self(subject), own.provenance, own.band_low, own.band_high, subject.engine)
        band = self.band(subject)
        known = (subject.accelerator, subject.role) in self.measured
        return Fit(
            self(subject), "calibrated" if known else "extrapolated", band.low, band.high, subject.engine
        )

    def own_of(self, subject: Subject) -> OwnCalibration | None:
        """The calibration of one's own that acts on a subject."""
        return self.own.get(scope_of(subject)) if self.own else None

    def band(self, subject: Subject) -> Band:
        """The band of the narrowest class of a subject that has one."""
        for key in classes(subject.family, subject.generation, subject.role, subject.engine):
            if key in self.bands:
                return self.bands[key]
        raise KernelError(f"efficiency file has no band for the role {subject.role!r}")

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Fitted:
        """Read what `planner kernel calibrate` writes; KernelError when a section is missing."""
        lacking = [name for name in ("shared", "effects", "bands", "measured") if name not in entry]
        lacking += [f"shared {name}" for name in SHARED if name not in entry.get("shared", SHARED)]
        if lacking:
            raise KernelError(f"efficiency file lacks {', '.join(lacking)}")
        known = {effect.name for effect in known_effects()}
        odd = sorted(set(entry["effects"]) - known)
        if odd:
            raise KernelError(f"efficiency file has unknown effects: {', '.join(odd)}")
        return cls(
            shared=Efficiency(**{name: _number(entry["shared"][name]) for name in SHARED}),
            factor={
                (effect, subject): _number(value)
                for effect, values in entry["effects"].items()
                for subject, value in values.items()
            },
            bands={
                (row["family"], row["generation"], row["role"], row["engine"]): Band(
                    float(row["low"]), float(row["high"]), int(row["points"])
                )
                for row in entry["bands"]
            },
            measured=frozenset((name, role) for name, roles in entry["measured"].items() for role in roles),
        )


def classes(family: str, generation: str, role: str, engine: str) -> tuple[tuple[str, str, str, str], ...]:
    """Classes a rate belongs to, narrowest first."""
    return (
        (family, generation, role, engine),
        (family, generation, role, ""),
        ("", generation, role, ""),
        ("", "", role, ""),
    )


def _number(fact: Any) -> float:
    """A fitted value: a bare number, or one with what decided it beside."""
    return float(fact["value"] if isinstance(fact, dict) else fact)


def engine_names() -> tuple[str, ...]:
    """Engines whose efficiencies are fitted, those of one's own calibrations among them, sorted."""
    known = fitted()
    own = {undated(one.engine) for one in known.own.values()}
    return tuple(sorted({subject for effect, subject in known.factor if effect == "engine"} | own))


def fitted() -> Fitted:
    """The calibration that ships with the package, with those of one's own on top.

    Raises KernelError where one of one's own cannot be used.
    """
    own = own_calibrations()
    return replace(shipped(), own=own) if own else shipped()


@cache
def shipped() -> Fitted:
    """The calibration that ships with the package, data/efficiencies/fitted.yaml."""
    return Fitted.from_dict(read("efficiencies", "fitted"))


__all__ = [
    "LATENCIES",
    "NAMES",
    "SHARED",
    "SHARES",
    "Band",
    "Effect",
    "Efficiency",
    "Fit",
    "Fitted",
    "classes",
    "engine_names",
    "fitted",
    "priors",
    "shipped",
]
