"""Mooncake traces: JSON lines of kvcache-ai/Mooncake, times in milliseconds from the beginning, blocks of 512 tokens.

A block's id stands for the block and all before it, so that blocks known are prefixes known (its README, `hash_ids`).
"""

from __future__ import annotations

from planner.loader.demand.request_format import Fields, RequestFormat

FORMAT = RequestFormat(
    title="Mooncake trace",
    fields=Fields(
        time=("timestamp",),
        input_tokens=("input_length",),
        output_tokens=("output_length",),
        prefix_blocks=("hash_ids",),
    ),
    recognises=lambda names: names >= {"timestamp", "input_length", "output_length"},
    seconds_per_count=1e-3,
    block_tokens=512,
)
