"""The same three requests in each format of request logs, as its publisher writes them.

At 2025-03-03T10:00:00Z, 10:00:10Z and 10:01:05Z: prompts of 100, 200 and 300 tokens, answers of 10, 20 and 30; where a
format tells cached tokens the last prompt has 50 of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BEGIN = "2025-03-03T10:00:00+00:00"
SECONDS = (0, 10, 65)
CLOCK = ("10:00:00", "10:00:10", "10:01:05")
PROMPTS, ANSWERS = (100, 200, 300), (10, 20, 30)
CACHED = (0, 0, 50)


@dataclass(frozen=True)
class Sample:
    """A file of a format: its name, its text, and what must be said beside it."""

    name: str
    text: str
    cached: bool = False
    zone: str | None = None
    start: str | None = None

    def written(self, folder: Path) -> Path:
        """The file in a folder."""
        file = folder / self.name
        file.write_text(self.text, encoding="utf-8")
        return file


def _lines(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def _rows(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


_EACH = list(zip(CLOCK, PROMPTS, ANSWERS, CACHED, strict=True))


def _span(clock: str, prompt: int, answer: int, cached: int) -> dict[str, Any]:
    nanos = (1_740_996_000 + SECONDS[CLOCK.index(clock)]) * 10**9
    attributes = {
        "gen_ai.usage.input_tokens": prompt,
        "gen_ai.usage.output_tokens": answer,
        "gen_ai.usage.cache_read.input_tokens": cached,
    }
    listed = [{"key": key, "value": {"intValue": str(value)}} for key, value in attributes.items()]
    span = {"spanId": clock, "name": "chat m", "startTimeUnixNano": str(nanos), "attributes": listed}
    tool = {"spanId": "t", "name": "execute_tool", "startTimeUnixNano": str(nanos), "attributes": []}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span, tool]}]}]}


SAMPLES = {
    "azure": Sample(
        "azure.csv",
        _rows(
            "TIMESTAMP,ContextTokens,GeneratedTokens",
            *(f"2025-03-03 {clock}.0000000,{prompt},{answer}" for clock, prompt, answer, _ in _EACH),
        ),
        zone="UTC",
    ),
    "mooncake": Sample(
        "mooncake.jsonl",
        _lines(
            *(
                {
                    "timestamp": 1000 * second,
                    "input_length": prompt,
                    "output_length": answer,
                    "hash_ids": [place],
                }
                for place, (second, prompt, answer) in enumerate(zip(SECONDS, PROMPTS, ANSWERS, strict=True))
            )
        ),
        start=BEGIN,
    ),
    "burstgpt": Sample(
        "burst.csv",
        _rows(
            "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type",
            *(
                f"{second},ChatGPT,{prompt},{answer},{prompt + answer},Conversation log"
                for second, prompt, answer in zip(SECONDS, PROMPTS, ANSWERS, strict=True)
            ),
            "66,ChatGPT,500,0,500,Conversation log",
        ),
        start=BEGIN,
    ),
    "openai_usage": Sample(
        "gateway.jsonl",
        _lines(
            *(
                {
                    "timestamp": f"2025-03-03T{clock}Z",
                    "response": {
                        "id": f"chatcmpl-{clock}",
                        "model": "m",
                        "usage": {
                            "prompt_tokens": prompt,
                            "completion_tokens": answer,
                            "prompt_tokens_details": {"cached_tokens": cached},
                        },
                    },
                }
                for clock, prompt, answer, cached in _EACH
            ),
            {"timestamp": "2025-03-03T10:01:06Z", "response": {"error": {"message": "overloaded"}}},
        ),
        cached=True,
    ),
    "litellm": Sample(
        "spend.csv",
        _rows(
            "request_id,call_type,startTime,endTime,model,prompt_tokens,completion_tokens,total_tokens,spend",
            *(
                f'r{clock},chat,2025-03-03 {clock},2025-03-03 10:02:00,"m,1",{prompt},{answer},{prompt + answer},0.1'
                for clock, prompt, answer, _ in _EACH
            ),
            'failed,acompletion,2025-03-03 10:01:06,2025-03-03 10:02:00,"m,1",0,0,0,0',
        ),
    ),
    "langfuse": Sample(
        "observations.json",
        json.dumps(
            {
                "data": [
                    {
                        "id": clock,
                        "traceId": "t",
                        "type": "GENERATION",
                        "startTime": f"2025-03-03T{clock}.000Z",
                        "model": "m",
                        "usageDetails": {
                            "input": prompt - cached,
                            "input_cached_tokens": cached,
                            "output": answer,
                        },
                    }
                    for clock, prompt, answer, cached in _EACH
                ],
                "meta": {"page": 1},
            },
            indent=1,
        ),
        cached=True,
    ),
    "otel_spans": Sample("spans.jsonl", _lines(*(_span(*one) for one in _EACH)), cached=True),
}
