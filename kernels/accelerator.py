"""An accelerator: what its data sheet says, in SI units, NaN where nothing is published."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from kernels.errors import KernelError
from kernels.facts import figure, names, read

LARGEST_FIGURE = 1e15

_SCALE = {  # key of the data file -> (field, factor to SI)
    "gpus_per_node": ("gpus_per_node", 1),
    "scale_up_domain_gpus": ("scale_up_domain_gpus", 1),
    "bf16_tflops": ("bf16_flop_per_s", 1e12),
    "fp8_tflops": ("fp8_flop_per_s", 1e12),
    "int8_tops": ("int8_flop_per_s", 1e12),
    "fp4_tflops": ("fp4_flop_per_s", 1e12),
    "hbm_gb": ("hbm_bytes", 2**30),  # vendors print binary GB: B300 "268 GB" is 275,040 MiB to nvidia-smi
    "hbm_tb_per_s": ("hbm_bytes_per_s", 1e12),
    "scale_up_gb_per_s": ("scale_up_bytes_per_s", 1e9),
    "scale_out_gbit_per_s": ("scale_out_bytes_per_s", 1e9 / 8),
    "gpu_power_w": ("gpu_power_w", 1),
    "node_power_kw": ("node_power_kw", 1),
}
_WORDS = ("name", "title", "vendor", "generation", "mfu_class", "link_class")
_REQUIRED = ("name", "gpus_per_node", "scale_up_domain_gpus", "hbm_gb")


@dataclass(frozen=True)
class Accelerator:
    """One GPU (or NPU) with its links. Rates are per GPU, dense, and one way.

    A node is one server: 8 GPUs, or 4 in a tray of a rack-scale machine. The scale-up domain is the set of
    GPUs that reach each other without the network: a node, a rack of 72, a supernode of 384. Accelerators of
    one `generation` share their fitted launch costs, those of one `mfu_class` (absent: the generation) how
    fully they compute, those of one `link_class` (absent: links of their own, such as NVLink) how much of the
    scale-up bandwidth an exchange reaches.
    """

    name: str
    gpus_per_node: int
    scale_up_domain_gpus: int
    hbm_bytes: float
    title: str = ""
    vendor: str = ""
    generation: str = ""
    mfu_class: str = ""
    link_class: str = ""
    bf16_flop_per_s: float = math.nan
    fp8_flop_per_s: float = math.nan
    int8_flop_per_s: float = math.nan
    fp4_flop_per_s: float = math.nan
    hbm_bytes_per_s: float = math.nan
    scale_up_bytes_per_s: float = math.nan
    scale_out_bytes_per_s: float = math.nan
    gpu_power_w: float | None = None
    node_power_kw: float | None = None

    @property
    def fp4_fp8_flop_per_s(self) -> float:
        """Rate of FP4 weights times FP8 activations: that of FP8, on tensor cores that take FP4; NaN on others.

        Blackwell's mixed block-scaled products (PTX `kind::mxf8f6f4`) go at twice Hopper's FP8 rate, those of FP4
        alone (`kind::mxf4`) at four times (CUTLASS documentation, Blackwell SM100 GEMMs); of CDNA4's
        `V_MFMA_SCALE_F32_*_F8F6F4` those with an FP8 operand take twice the passes (CDNA4 ISA, 2025).
        """
        return math.nan if math.isnan(self.fp4_flop_per_s) else self.fp8_flop_per_s

    @classmethod
    def from_dict(cls, entry: dict[str, Any]) -> Accelerator:
        """Read an entry written like the files in kernels/data/accelerators.

        A figure is `{value, source}`, `{value: null, reason}` or a bare number; the units are in the key.
        Raises KernelError naming every unknown and every missing key at once.
        """
        known = {*_SCALE, *_WORDS, "aliases"}
        faults = [f"unknown key {key!r}" for key in entry if key not in known]
        faults += [f"missing {key!r}" for key in _REQUIRED if key not in entry]
        if faults:
            raise KernelError(f"accelerator {entry.get('name', '?')!r}: " + "; ".join(faults))
        return cls(**_words(entry), **_figures(entry))

    def override(self, **figures: Any) -> Accelerator:
        """A copy with some figures replaced, by the keys of the data file (`hbm_tb_per_s=4.0`)."""
        unknown = [key for key in figures if key not in _SCALE and key not in _WORDS]
        if unknown:
            raise KernelError(f"accelerator {self.name!r}: unknown key {', '.join(map(repr, unknown))}")
        return replace(self, **_words(figures), **_figures(figures))

    def missing(self) -> tuple[str, ...]:
        """Figures the kernel cannot do without and that nobody has published."""
        needed = ("hbm_bytes_per_s", "scale_up_bytes_per_s", "scale_out_bytes_per_s", "bf16_flop_per_s")
        return tuple(name for name in needed if math.isnan(getattr(self, name)))


def _words(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: str(entry[key]) for key in _WORDS if key in entry}


def _number(key: str, written: Any) -> float | None:
    """The number of a fact, None where it is null; KernelError where it is none."""
    try:
        return figure(written)
    except (TypeError, ValueError):
        raise KernelError(f"accelerator figure {key} must be a number, got {written!r}") from None


def _figures(entry: dict[str, Any]) -> dict[str, Any]:
    optional = {"gpu_power_w", "node_power_kw"}
    whole = {"gpus_per_node", "scale_up_domain_gpus"}
    figures: dict[str, Any] = {}
    for key, (field, factor) in _SCALE.items():
        if key not in entry:
            continue
        value = _number(key, entry[key])
        if value is not None and not 0 < value <= LARGEST_FIGURE:
            raise KernelError(f"accelerator figure {key} must be positive, got {value}")
        if value is not None and field in whole and value != int(value):
            raise KernelError(f"accelerator figure {key} must be a whole number, got {value}")
        if value is None and key in _REQUIRED:
            raise KernelError(f"accelerator figure {key} cannot be null")
        if value is None:
            figures[field] = None if field in optional else math.nan
        else:
            figures[field] = int(value) if field in whole else value * factor
    return figures


def accelerator(name: str) -> Accelerator:
    """The accelerator of that name from the catalog; KernelError when there is none or it cannot be read."""
    return Accelerator.from_dict(read("accelerators", name))


def accelerator_names() -> tuple[str, ...]:
    """Every accelerator of the catalog, one's own among them, sorted."""
    return names("accelerators")
