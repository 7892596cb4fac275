"""Traces of BurstGPT: CSV files of HPMLL/BurstGPT, seconds from the beginning; no response tokens: it failed."""

from __future__ import annotations

from planner.loader.demand.request_format import Fields, RequestFormat

FORMAT = RequestFormat(
    title="BurstGPT trace",
    fields=Fields(
        time=("Timestamp",),
        input_tokens=("Request tokens",),
        output_tokens=("Response tokens",),
        model=("Model",),
    ),
    recognises=lambda names: names >= {"Timestamp", "Request tokens", "Response tokens"},
    seconds_per_count=1.0,
    failed_without_output=True,
)
