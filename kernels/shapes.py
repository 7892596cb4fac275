"""Shapes of a model as published, read from a mapping: every fault at once, and what is not published refused."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from kernels.errors import KernelError
from kernels.facts import figure

ATTENTIONS = ("compressed", "gqa", "mla")
_POSITIVE = ("layers", "hidden_size", "attention_heads", "vocabulary")
_IGNORED = {"source", "published", "note", "aliases"}
_NEEDS = {  # count of layers of a kind -> what that kind cannot be without
    "sliding_layers": ("sliding_window",),
    "linear_layers": ("linear_key_heads", "linear_value_heads", "linear_head_size"),
    "state_space_layers": ("state_space_heads", "state_space_head_size", "state_space_size"),
    "csa_layers": ("csa_ratio", "selected_tokens", "indexer_heads", "indexer_size"),
    "hca_layers": ("hca_ratio",),
    "selecting_layers": ("selected_tokens",),
    "indexer_layers": ("indexer_heads", "indexer_size"),
    "routed_experts": ("experts_per_token", "expert_hidden_size"),
}
_ATTENTION_NEEDS = {
    "compressed": ("head_size", "query_latent_size", "output_groups", "output_latent_size", "sliding_window"),
    "gqa": ("kv_heads", "head_size"),
    "mla": ("query_latent_size", "kv_latent_size", "rope_head_size", "nope_head_size"),
}


@dataclass(frozen=True)
class Shapes:
    """Sizes of a decoder-only model.

    attention : of the layers that attend to the whole context: `gqa` (grouped queries), `mla` (one latent
        shared by all heads) or `compressed` (DeepSeek-V4: one vector a token is key and value of all heads).
    layers : mixers of tokens: attention, linear attention, state space. `dense_layers` of them have an
        ordinary feed-forward block of `dense_hidden_size` (0: none at all), the others a mixture of experts.
    sliding_layers : see only the last `sliding_window` tokens, with key-value heads and head sizes of their
        own where given.
    linear_layers : keep a state of linear_value_heads x linear_head_size^2 instead of a cache (gated delta
        rule, arXiv 2412.06464). state_space_layers likewise one of heads x head size x state size (Mamba-2,
        arXiv 2405.21060). `convolution_size` is the width of the short convolution before either, of which
        all inputs but one are kept; `state_element_bytes` the width of a number of the state.
    selected_tokens : most tokens that a query attends to in `selecting_layers` layers (0: in every one that
        sees the whole context), found by an indexer of `indexer_heads` heads of `indexer_size`, which keeps
        a key of `indexer_key_bytes` a token in `indexer_layers` layers (0: in every selecting one).
    csa_layers, hca_layers : keep one entry for every `csa_ratio` or `hca_ratio` tokens beside a window;
        of the former a query attends to `selected_tokens` entries, of the latter to all.
    gated_attention : the query projection is twice as wide, its other half gates the output.
    shared_key_value : layers that see the whole context project keys and take them as values too.
    feed_forward_matrices : 3 with a gate (gate, up, down), 2 without.
    expert_latent_size : routed experts work in a latent of this size (0: in the hidden size).
    shapes_of : the architecture whose measurements speak for this one too.
    mtp_acceptance : chance that a token drafted by the multi-token-prediction module is accepted.
    """

    name: str
    attention: str
    layers: int
    dense_layers: int
    hidden_size: int
    attention_heads: int
    value_head_size: int
    vocabulary: int
    title: str = ""
    shapes_of: str = ""
    query_latent_size: int = 0
    kv_latent_size: int = 0
    rope_head_size: int = 0
    nope_head_size: int = 0
    kv_heads: int = 0
    head_size: int = 0
    gated_attention: bool = False
    shared_key_value: bool = False
    tied_embeddings: bool = False
    sliding_layers: int = 0
    sliding_window: int = 0
    sliding_kv_heads: int = 0
    sliding_head_size: int = 0
    linear_layers: int = 0
    linear_key_heads: int = 0
    linear_value_heads: int = 0
    linear_head_size: int = 0
    state_space_layers: int = 0
    state_space_heads: int = 0
    state_space_head_size: int = 0
    state_space_size: int = 0
    state_space_groups: int = 1
    convolution_size: int = 4
    state_element_bytes: int = 2
    csa_layers: int = 0
    csa_ratio: int = 0
    hca_layers: int = 0
    hca_ratio: int = 0
    output_groups: int = 0
    output_latent_size: int = 0
    selected_tokens: int = 0
    selecting_layers: int = 0
    indexer_layers: int = 0
    indexer_heads: int = 0
    indexer_size: int = 0
    indexer_key_bytes: int = 0
    routed_experts: int = 0
    experts_per_token: int = 0
    shared_experts: int = 0
    shared_expert_hidden_size: int = 0
    expert_groups: int = 0
    groups_per_token: int = 0
    expert_hidden_size: int = 0
    expert_latent_size: int = 0
    dense_hidden_size: int = 0
    feed_forward_matrices: int = 3
    mtp_layers: int = 0
    mtp_acceptance: float = 0.0

    @classmethod
    def from_dict(cls, entry: dict[str, Any]) -> Self:
        """Read an entry written like the files in kernels/data/architectures.

        A figure is a bare value, `{value, source}` or `{value: null, reason}`. Raises KernelError with every
        fault at once; a figure that nobody published refuses the whole model, with the reasons.
        """
        facts = {key: value for key, value in entry.items() if key not in _IGNORED}
        figures = {key: _value(fact) for key, fact in facts.items()}
        title = f"architecture {entry.get('name', '?')!r}"
        unknown = [f"{key} ({_reason(facts[key])})" for key, value in figures.items() if value is None]
        faults = _faults(cls, figures)
        if faults:
            raise KernelError(f"{title}: " + "; ".join(faults))
        if unknown:
            raise KernelError(f"{title} cannot be rated, not published: " + "; ".join(unknown))
        figures["mtp_acceptance"] = figure(figures.get("mtp_acceptance", 0.0))
        return cls(**figures)


def _value(fact: Any) -> Any:
    return fact.get("value") if isinstance(fact, dict) else fact


def _reason(fact: Any) -> str:
    return str(fact.get("reason", "no reason given")) if isinstance(fact, dict) else "no reason given"


def _faults(shapes: type[Shapes], figures: dict[str, Any]) -> list[str]:
    kinds = {field.name: field.type for field in fields(shapes)}
    needed = sorted(field.name for field in fields(shapes) if field.default is MISSING)
    faults = [f"unknown key {key!r}" for key in figures if key not in kinds]
    faults += [f"missing {key!r}" for key in needed if key not in figures]
    if figures.get("attention", "") not in (*ATTENTIONS, None):
        faults.append("attention must be mla or gqa or compressed")
    for name, kind in kinds.items():
        value = figures.get(name)
        if value is not None and kind == "int" and not _counts(value):
            faults.append(f"{name} must be a whole number, 0 or more")
        if value is not None and kind == "bool" and not isinstance(value, bool):
            faults.append(f"{name} must be true or false")
    return faults or _misfits(figures)


def _misfits(figures: dict[str, Any]) -> list[str]:
    """What single figures that can be read do not make together."""
    asked = [(key, need) for key, needs in _NEEDS.items() if figures.get(key) for need in needs]
    asked += [(figures["attention"], need) for need in _ATTENTION_NEEDS.get(figures["attention"], ())]
    faults = [f"{key} must be 1 or more" for key in _POSITIVE if figures[key] == 0]
    faults += [f"{key} needs {need}" for key, need in asked if figures.get(need, 0) == 0]
    parts = ("sliding_layers", "linear_layers", "state_space_layers", "csa_layers", "hca_layers")
    for names in (parts, ("dense_layers",)):
        counted = sum(figures.get(name) or 0 for name in names)
        if figures["layers"] is not None and counted > figures["layers"]:
            faults.append(
                f"{' + '.join(n for n in names if figures.get(n))} = {counted} are more than layers"
            )
    known = None not in (figures["layers"], figures["dense_layers"])
    if known and figures["dense_layers"] != figures["layers"] and figures.get("routed_experts", 0) == 0:
        faults.append("layers beyond dense_layers need routed_experts")
    return faults


def _counts(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
