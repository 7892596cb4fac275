"""A model architecture: what follows by arithmetic from the shapes as published."""

from __future__ import annotations

from kernels.facts import names, read
from kernels.shapes import Shapes


class Architecture(Shapes):
    """A decoder with its parameter and FLOP counts.

    Counts leave out norms, biases, convolutions, vision towers and the multi-token-prediction module.
    """

    @property
    def moe_layers(self) -> int:
        return self.layers - self.dense_layers

    @property
    def global_layers(self) -> int:
        """Layers that attend to the whole context, each token of it an entry of its own."""
        elsewhere = self.sliding_layers + self.linear_layers + self.state_space_layers
        return self.layers - elsewhere - self.csa_layers - self.hca_layers

    @property
    def latent_cache(self) -> bool:
        """Whether all heads share each entry of the cache, so that it cannot be split by heads."""
        return self.attention in ("mla", "compressed")

    @property
    def attention_parameters(self) -> float:
        """Weights of one layer's projections around attention, linear attention or state space, on average."""
        return self.mixer_parameters / self.layers

    @property
    def mixer_parameters(self) -> int:
        """Weights of what mixes tokens, all layers together."""
        return (
            self.global_layers * self._attention_parameters()
            + self.sliding_layers * self._sliding_parameters()
            + self.linear_layers * self._linear_parameters()
            + self.state_space_layers * self._state_space_parameters()
            + self.csa_layers * (self._attention_parameters() + 4 * self.hidden_size * self.head_size)
            + self.hca_layers * (self._attention_parameters() + 2 * self.hidden_size * self.head_size)
            + self.layers_with_indexer * self._indexer_parameters()
        )

    @property
    def layers_selecting(self) -> int:
        """Layers whose queries attend to selected tokens only."""
        if not self.selected_tokens:
            return 0
        return self.selecting_layers or self.global_layers + self.csa_layers

    @property
    def layers_with_indexer(self) -> int:
        if not self.indexer_heads:
            return 0
        return self.indexer_layers or self.layers_selecting

    @property
    def expert_parameters(self) -> int:
        """Weights of one routed expert."""
        return (
            self.feed_forward_matrices
            * (self.expert_latent_size or self.hidden_size)
            * self.expert_hidden_size
        )

    @property
    def common_parameters(self) -> int:
        """Weights of a layer with experts that every token passes: shared experts, router, ways into a latent."""
        size = self.shared_expert_hidden_size or self.expert_hidden_size
        shared = self.shared_experts * self.feed_forward_matrices * self.hidden_size * size
        return shared + self.hidden_size * (self.routed_experts + 2 * self.expert_latent_size)

    @property
    def feed_forward_parameters(self) -> int:
        """Weights of the feed-forward block of one dense layer."""
        return self.feed_forward_matrices * self.hidden_size * self.dense_hidden_size

    @property
    def embedding_parameters(self) -> int:
        """Weights of one embedding table."""
        return self.vocabulary * self.hidden_size

    @property
    def embedding_tables(self) -> int:
        """The input and the output table are separate unless tied."""
        return 1 if self.tied_embeddings else 2

    @property
    def parameters_total(self) -> int:
        moe = self.moe_layers * (self.routed_experts * self.expert_parameters + self.common_parameters)
        dense = self.dense_layers * self.feed_forward_parameters
        return self.mixer_parameters + moe + dense + self.embedding_tables * self.embedding_parameters

    @property
    def parameters_active(self) -> int:
        """Weights one token touches, embedding tables counted."""
        idle = self.moe_layers * (self.routed_experts - self.experts_per_token) * self.expert_parameters
        return self.parameters_total - idle

    @property
    def kv_elements_per_token_layer(self) -> int:
        """Cached numbers of one entry of a layer that sees the whole context.

        One latent and one rotary key, or the keys and the values, or the one vector that is both.
        """
        if self.attention == "mla":
            return self.kv_latent_size + self.rope_head_size
        return self.head_size if self.attention == "compressed" else 2 * self.kv_heads * self.head_size

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

    def _attention_parameters(self) -> int:
        """Weights of one layer that sees the whole context, indexer and compressor left out."""
        heads, hidden = self.attention_heads, self.hidden_size
        if self.attention == "mla":
            query = self.query_latent_size * (hidden + heads * (self.nope_head_size + self.rope_head_size))
            latent = hidden * (self.kv_latent_size + self.rope_head_size)
            expand = self.kv_latent_size * heads * (self.nope_head_size + self.value_head_size)
            return query + latent + expand + heads * self.value_head_size * hidden
        if self.attention == "compressed":  # query latent, one key-value vector, output by groups of heads
            query = self.query_latent_size * (hidden + heads * self.head_size)
            output = self.output_latent_size * (heads * self.head_size + self.output_groups * hidden)
            return query + hidden * self.head_size + output
        keys = self.kv_heads * (1 if self.shared_key_value else 2)
        return hidden * self.head_size * (heads * (3 if self.gated_attention else 2) + keys)

    def _sliding_parameters(self) -> int:
        if self.attention != "gqa":
            return self._attention_parameters()
        size, keys = self.sliding_head_size or self.head_size, self.sliding_kv_heads or self.kv_heads
        return (
            self.hidden_size * size * (self.attention_heads * (3 if self.gated_attention else 2) + 2 * keys)
        )

    def _linear_parameters(self) -> int:
        """Queries, keys, values and gate in, two scalars a head, values out (Qwen3-Next)."""
        keys = self.linear_key_heads * self.linear_head_size
        values = self.linear_value_heads * self.linear_head_size
        return self.hidden_size * (2 * keys + 3 * values + 2 * self.linear_value_heads)

    def _state_space_parameters(self) -> int:
        """Values and gate in, the two projections of every group, a step per head, values out (Mamba-2)."""
        inner = self.state_space_heads * self.state_space_head_size
        groups = 2 * self.state_space_groups * self.state_space_size
        return self.hidden_size * (3 * inner + groups + self.state_space_heads)

    def _indexer_parameters(self) -> int:
        """Queries from the query latent, one key, a weight per head; from hidden vectors where there is no latent."""
        heads, size, hidden = self.indexer_heads, self.indexer_size, self.hidden_size
        if self.attention == "gqa":  # MiniMax-M3: no weights per head
            return hidden * size * (heads + 1)
        keys = 4 * size if self.attention == "compressed" else size  # compressed: two vectors and their gates
        return self.query_latent_size * heads * size + hidden * (keys + heads)


def architecture(name: str) -> Architecture:
    """The architecture of that name from the catalog; KernelError when there is none or it cannot be read."""
    return Architecture.from_dict(read("architectures", name))


def architecture_names() -> tuple[str, ...]:
    """Every architecture of the catalog, one's own among them, sorted."""
    return names("architectures")


def architecture_words() -> dict[str, str]:
    """Names of architectures by what models of them are called, in lower case: their own names and `aliases`."""
    return {
        str(word).lower(): name
        for name in architecture_names()
        for word in (name, *read("architectures", name).get("aliases", ()))
    }
