"""What the catalog knows of models and hardware: facts as they stand, what follows, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

import kernels
from kernels.cache import kept_bytes, state_bytes
from kernels.facts import read
from kernels.measured import measured_units
from planner.core.errors import Fault, InstanceError
from planner.loader.catalog.pricebook import book, books

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
ONLY_PRICED = "has prices in the books, and cannot be rated: no figures of it in the catalog"
LONG_CONTEXT = 131_072
"""Context at which the cache of a further token is counted: beyond every window and selection."""
CACHE_ELEMENT_BYTES = 2.0


def model_entries() -> list[dict[str, Any]]:
    """Every architecture: its facts, parameters, bytes per token of a long context and of state, and what keeps it
    from being rated (empty: nothing). Raises InstanceError where a folder of one's own cannot be used."""
    return [_model(name) for name in _usable(kernels.architecture_names)]


def hardware_entries() -> list[dict[str, Any]]:
    """Every accelerator: its facts, and what keeps it from being rated (empty: nothing), as `model_entries`.

    After them those that have prices in the books alone.
    """
    measured = {accelerator for accelerator, *_ in _usable(measured_units)}
    known = _usable(kernels.accelerator_names)
    priced = sorted({line.hardware for name in books() for line in book(name).prices} - {*known})
    return [
        *(_hardware(name, name in measured) for name in known),
        *({"hardware": name, "missing": ONLY_PRICED} for name in priced),
    ]


def attention_words(model: kernels.Architecture) -> str:
    """How the layers of a model mix tokens, in a few words: what sees everything, and what does not."""
    parts = [model.attention] if model.global_layers else []
    if model.csa_layers or model.hca_layers:
        return f"compressed {model.csa_ratio}, {model.hca_ratio}"
    if model.selected_tokens:
        parts = [f"{model.attention} top {model.selected_tokens}"]
    parts += [f"window {model.sliding_window}"] if model.sliding_layers else []
    parts += [f"{model.linear_layers} linear"] if model.linear_layers else []
    parts += [f"{model.state_space_layers} mamba"] if model.state_space_layers else []
    return ", ".join(parts)


def _model(name: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"model": name}
    try:
        facts = read("architectures", name)
        entry |= {"title": facts.get("title", name), "facts": facts}
        model = kernels.architecture(name)
    except kernels.KernelError as error:
        return entry | {"missing": f"cannot be rated: {error}"}
    context = np.array([LONG_CONTEXT, LONG_CONTEXT + 1.0])
    kept = kept_bytes(model, context, np.array(CACHE_ELEMENT_BYTES))
    return entry | {
        "parameters_total": model.parameters_total,
        "parameters_active": model.parameters_active,
        "attention": attention_words(model),
        "cache_bytes_per_token": float(kept[1] - kept[0]),
        "cache_bytes_at_131072_tokens": float(kept[0]),
        "state_bytes_per_request": float(state_bytes(model)),
        "missing": "",
    }


def _hardware(name: str, measured: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"hardware": name}
    try:
        facts = read("accelerators", name)
        entry |= {"title": facts.get("title", name), "facts": facts}
        missing = kernels.accelerator(name).missing()
    except kernels.KernelError as error:
        return entry | {"missing": f"cannot be rated: {error}"}
    if measured and missing:
        return entry | {"missing": "is rated where it was measured, nowhere else"}
    return entry | {"missing": _words(missing)}


def _words(missing: tuple[str, ...]) -> str:
    """What figures that nobody published keep from being rated."""
    if not missing:
        return ""
    if missing == ("scale_out_bytes_per_s",):
        return "is rated within one scale-up domain: no published network"
    return f"cannot be rated, not published: {', '.join(missing)}"


def _usable(read: Callable[[], T]) -> T:
    """What the catalog answers. Raises InstanceError where a folder of one's own cannot be used."""
    try:
        return read()
    except kernels.KernelError as error:
        raise InstanceError([Fault(str(error))]) from None
