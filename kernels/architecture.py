"""A model architecture: shapes as published, and what follows from them by arithmetic."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any

from kernels.errors import KernelError
from kernels.facts import figure, names, read

_IGNORED = {"source", "published", "note"}


@dataclass(frozen=True)
class Architecture:
    """Shapes of a decoder. Attention is `mla` (latent, one shared key-value latent) or `gqa`.

    The first `dense_layers` layers have an ordinary feed-forward block of `dense_hidden_size`; the others
    a mixture of experts. `sliding_layers` of the layers see only the last `sliding_window` tokens.
    `mtp_acceptance` is the chance that a token drafted by the MTP module is accepted.
    `selected_tokens` bounds the tokens a query attends to (sparse attention), found by an indexer of
    `indexer_heads` heads of `indexer_size`. Counts leave out norms, biases and the MTP module.
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
    query_latent_size: int = 0
    kv_latent_size: int = 0
    rope_head_size: int = 0
    nope_head_size: int = 0
    kv_heads: int = 0
    head_size: int = 0
    sliding_layers: int = 0
    sliding_window: int = 0
    selected_tokens: int = 0
    indexer_heads: int = 0
    indexer_size: int = 0
    routed_experts: int = 0
    experts_per_token: int = 0
    shared_experts: int = 0
    expert_groups: int = 0
    groups_per_token: int = 0
    expert_hidden_size: int = 0
    dense_hidden_size: int = 0
    mtp_layers: int = 0
    mtp_acceptance: float = 0.0

    @classmethod
    def from_dict(cls, entry: dict[str, Any]) -> Architecture:
        """Read an entry written like the files in kernels/data/architectures; KernelError on odd keys."""
        known = {field.name for field in fields(cls)}
        needed = {field.name for field in fields(cls) if field.default is MISSING}
        faults = [f"unknown key {key!r}" for key in entry if key not in known | _IGNORED]
        faults += [f"missing {key!r}" for key in sorted(needed - set(entry))]
        if entry.get("attention") not in ("mla", "gqa"):
            faults.append("attention must be mla or gqa")
        faults += [
            f"{field.name} must be a whole number, 0 or more"
            for field in fields(cls)
            if field.type == "int" and not _counts(entry.get(field.name, 0))
        ]
        if faults:
            raise KernelError(f"architecture {entry.get('name', '?')!r}: " + "; ".join(faults))
        figures = {key: value for key, value in entry.items() if key in known}
        figures["mtp_acceptance"] = figure(entry.get("mtp_acceptance", 0.0))
        return cls(**figures)

    @property
    def moe_layers(self) -> int:
        return self.layers - self.dense_layers

    @property
    def attention_parameters(self) -> int:
        """Weights of one layer's attention projections."""
        heads, hidden = self.attention_heads, self.hidden_size
        if self.attention == "mla":
            query = self.query_latent_size * (hidden + heads * (self.nope_head_size + self.rope_head_size))
            latent = hidden * (self.kv_latent_size + self.rope_head_size)
            expand = self.kv_latent_size * heads * (self.nope_head_size + self.value_head_size)
            return query + latent + expand + heads * self.value_head_size * hidden
        return 2 * hidden * self.head_size * (heads + self.kv_heads)

    @property
    def expert_parameters(self) -> int:
        """Weights of one expert: gate, up and down projections."""
        return 3 * self.hidden_size * self.expert_hidden_size

    @property
    def feed_forward_parameters(self) -> int:
        """Weights of the feed-forward block of one dense layer."""
        return 3 * self.hidden_size * self.dense_hidden_size

    @property
    def router_parameters(self) -> int:
        return self.hidden_size * self.routed_experts

    @property
    def embedding_parameters(self) -> int:
        """Weights of one embedding table; the input and the output table are separate."""
        return self.vocabulary * self.hidden_size

    @property
    def parameters_total(self) -> int:
        experts = self.routed_experts + self.shared_experts
        moe = self.moe_layers * (experts * self.expert_parameters + self.router_parameters)
        dense = self.dense_layers * self.feed_forward_parameters
        return self.layers * self.attention_parameters + moe + dense + 2 * self.embedding_parameters

    @property
    def parameters_active(self) -> int:
        """Weights one token touches, both embedding tables counted."""
        idle = self.moe_layers * (self.routed_experts - self.experts_per_token) * self.expert_parameters
        return self.parameters_total - idle

    @property
    def kv_elements_per_token_layer(self) -> int:
        """Cached numbers per token and layer: one latent and one rotary key, or the keys and the values."""
        if self.attention == "mla":
            return self.kv_latent_size + self.rope_head_size
        return 2 * self.kv_heads * self.head_size

    @property
    def decode_flops_per_pair(self) -> int:
        """FLOPs per layer of one query token against one cached token; MLA in its absorbed form.

        Absorbed: every head scores against the latent and the rotary key and sums latents, so
        2 heads (latent + rotary + latent) (DeepSeek-V2, arXiv 2405.04434, section 2.1).
        """
        if self.attention == "mla":
            return 2 * self.attention_heads * (2 * self.kv_latent_size + self.rope_head_size)
        return 2 * self.attention_heads * (self.head_size + self.value_head_size)

    @property
    def prefill_flops_per_pair(self) -> int:
        """FLOPs per layer of one query token against one earlier token, in the expanded form."""
        if self.attention == "mla":
            return (
                2 * self.attention_heads * (self.nope_head_size + self.rope_head_size + self.value_head_size)
            )
        return self.decode_flops_per_pair


def _counts(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def architecture(name: str) -> Architecture:
    """The architecture of that name from the catalog; KernelError when there is none or it cannot be read."""
    return Architecture.from_dict(read("architectures", name))


def architecture_names() -> tuple[str, ...]:
    """Every architecture of the catalog, one's own among them, sorted."""
    return names("architectures")
