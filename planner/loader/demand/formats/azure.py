"""Azure LLM inference traces, 2023 and 2024: CSV files of Azure/AzurePublicDataset (AzureLLMInferenceDataset)."""

from __future__ import annotations

from planner.loader.demand.request_format import Fields, RequestFormat

FORMAT = RequestFormat(
    title="Azure LLM inference trace",
    fields=Fields(time=("TIMESTAMP",), input_tokens=("ContextTokens",), output_tokens=("GeneratedTokens",)),
    recognises=lambda names: names >= {"TIMESTAMP", "ContextTokens", "GeneratedTokens"},
)
