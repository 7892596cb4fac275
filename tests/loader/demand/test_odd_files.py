"""Files that begin oddly, answers with more than demand in them, times that only count: read rightly, or said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from planner.core.demand_traits import DemandTrait
from planner.core.errors import InstanceError
from planner.loader.demand import blocks as block_module
from planner.loader.demand.fill import fill_of
from planner.loader.demand.mapping import mapping_of
from planner.loader.demand.observe import DemandWanted, Observed, observe
from tests.loader.demand.samples import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2025, 3, 3, 10, tzinfo=UTC)
BEGIN = int(START.timestamp())
GATEWAY = SAMPLES["openai_usage"].text
HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens"
ROWS = "".join(f"2025-03-03 10:{minute:02}:07.5,100,10\n" for minute in range(10))


def seen(folder: Path, text: str, *mapped: str, name: str = "log.csv", **options: Any) -> Observed:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    wanted = {
        "zone": ZoneInfo("UTC"),
        "period_minutes": 1,
        "from_first": True,
        "fill": fill_of(["gaps=zero"]),
    }
    return observe([file], DemandWanted(**{**wanted, "mapping": mapping_of(mapped), **options}))


def refused(folder: Path, text: str, *mapped: str, **options: Any) -> str:
    with pytest.raises(InstanceError) as caught:
        seen(folder, text, *mapped, **options)
    return str(caught.value)


def requests(observed: Observed) -> float:
    return float(observed.periods.means["requests"].sum() * 60 * observed.periods.minutes)


@pytest.mark.parametrize("first", ['{"event": "server started"}\n', "\n\n", "\ufeff", '{"usage": null}\n'])
def test_a_log_of_json_lines_may_begin_with_something_else(first: str, tmp_path: Path) -> None:
    observed = seen(tmp_path, first + GATEWAY, name="log.jsonl")
    assert requests(observed) == pytest.approx(3)


@pytest.mark.parametrize("first", ['oken": 3}}\n', "# written by a proxy\n", '{"usage": {"prompt_tok\n'])
def test_a_first_line_that_is_no_record_is_refused_by_its_line(first: str, tmp_path: Path) -> None:
    assert "log.jsonl:1:" in refused(tmp_path, first + GATEWAY, name="log.jsonl")


def test_a_spreadsheet_says_what_stands_between_fields(tmp_path: Path) -> None:
    text = f"sep=;\n{HEADER}\n{ROWS}".replace(",", ";")
    assert requests(seen(tmp_path, text)) == pytest.approx(10)


@pytest.mark.parametrize("row", ["2025-03-03 10:00:07.5,100,10\n", "17,100,10\n"])
def test_values_where_names_should_be_are_told(row: str, tmp_path: Path) -> None:
    assert "log.csv:1: is a row of values" in refused(tmp_path, row + ROWS)


def test_an_odd_first_time_is_the_one_that_is_told(tmp_path: Path) -> None:
    seconds = "".join(f"{BEGIN + 60 * minute},100,10\n" for minute in range(10))
    (fault,) = refused(tmp_path, f"{HEADER}\n-,100,10\n{seconds}").splitlines()
    assert "log.csv:2: TIMESTAMP: holds '-'" in fault


MAPPED = ("input_tokens=in", "output_tokens=out")


@pytest.mark.parametrize(
    ("column", "mapped", "scale"),
    [("at", "time_s=at", 1), ("at", "time_ms=at", 1000), ("at_ms", "time=at_ms", 1000)],
)
def test_counted_times_of_mapped_columns_begin_at_start(
    column: str, mapped: str, scale: int, tmp_path: Path
) -> None:
    rows = "".join(f"{60 * scale * minute},100,10\n" for minute in range(10))
    text = f"{column},in,out\n{rows}"
    observed = seen(tmp_path, text, mapped, *MAPPED, start=START)
    assert observed.periods.begin_s == BEGIN
    assert observed.periods.count == 10
    assert observed.traits == {DemandTrait.COUNTED_TIMES}
    assert "say when that was, by --start" in refused(tmp_path, text, mapped, *MAPPED)


def test_counted_times_in_no_unit_ask_for_it(tmp_path: Path) -> None:
    rows = "".join(f"{60 * minute},100,10\n" for minute in range(10))
    words = refused(tmp_path, f"at,in,out\n{rows}", "time=at", *MAPPED, start=START)
    assert "--map time_s=at or time_ms=at" in words


def test_what_is_mapped_and_not_there_is_told(tmp_path: Path) -> None:
    hours = "".join(f"2025-03-03T1{hour}:00Z,{hour + 7}\n" for hour in range(5))
    text = f"time,requests\n{hours}"
    assert "has no 'request' for requests; did you mean 'requests'?" in refused(
        tmp_path, text, "requests=request"
    )
    assert "'customer' is of logs" in refused(tmp_path, text, "customer=requests")
    log = refused(tmp_path, GATEWAY, "customer=tenant", name="log.jsonl")
    assert "has no 'tenant' for customer" in log
    with pytest.raises(InstanceError, match="names the time by time, time_s"):
        mapping_of(["time=a", "time_s=b"])


def test_one_row_is_told_once(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, "time,requests\n2025-03-03T10:00Z,17\n").splitlines()
    assert "one row says not how long it lasts" in fault


@pytest.mark.parametrize(("fill", "filled"), [("zero", 0.0), ("interpolate", 20.0)])
def test_an_empty_cell_is_filled_and_what_stands_beside_it_kept(
    fill: str, filled: float, tmp_path: Path
) -> None:
    rows = ["5,50", "9,", "5,50"]
    text = "\n".join(
        ["hour,requests,output_tokens", *(f"2025-03-03T1{i}:00Z,{row}" for i, row in enumerate(rows))]
    )
    words = refused(tmp_path, text, period_minutes=60, fill=fill_of([]))
    assert "no output_tokens from 2025-03-03T11:00+00:00 to 2025-03-03T12:00+00:00 (60 minutes)" in words
    means = seen(tmp_path, text, period_minutes=60, fill=fill_of([f"gaps={fill}"])).periods.means
    assert (means["requests"] * 3600).tolist() == pytest.approx([5, 9, 5])
    assert means["output_tokens"][1] * 3600 == pytest.approx(filled * 2.5)


def answer(folder: Path, *metrics: str, **document: Any) -> Path:
    """A range query of two hours, each of the metrics with counts a second of its own."""
    result = [
        {
            "metric": {"__name__": name},
            "values": [[BEGIN + 60 * step, str(60 * (place + 1) * step)] for step in range(121)],
        }
        for place, name in enumerate(metrics)
    ]
    file = folder / "answer.json"
    file.write_text(
        json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}, **document})
    )
    return file


def test_metrics_that_count_no_demand_are_set_aside_and_named(tmp_path: Path) -> None:
    names = ("vllm:prompt_tokens_total", "vllm:num_requests_running", "up", "up")
    observed = observe([answer(tmp_path, *names, warnings=["a store is away"])], DemandWanted())
    assert observed.periods.means["input_tokens"] == pytest.approx(np.ones(2))
    assert observed.notes[:2] == (
        "answer.json: Prometheus said: a store is away",
        "not read, as they count no demand: vllm:num_requests_running, up (2 series)",
    )


def test_an_answer_without_demand_says_what_to_ask_for(tmp_path: Path) -> None:
    with pytest.raises(
        InstanceError, match=r"holds up, of which none .*vllm:prompt_tokens_total.*requests_total=up"
    ):
        observe([answer(tmp_path, "up")], DemandWanted())
    with pytest.raises(InstanceError, match="holds no series at all"):
        observe([answer(tmp_path)], DemandWanted())
    failed = {"status": "error", "errorType": "bad_data", "error": "parse error", "data": None}
    with pytest.raises(InstanceError, match="the query failed: bad_data: parse error"):
        observe([answer(tmp_path, **failed)], DemandWanted())
    with pytest.raises(InstanceError, match="has no 'down' for requests_total; it has up"):
        observe([answer(tmp_path, "up")], DemandWanted(mapping=mapping_of(["requests_total=down"])))


def test_failed_requests_of_burstgpt_are_said_to_be_failed(tmp_path: Path) -> None:
    sample = SAMPLES["burstgpt"]
    failed = sample.text.replace(",10,", ",0,", 1)
    observed = seen(tmp_path, failed, start=START, model="all", zone=None)
    assert any("that failed, as no output token says" in note for note in observed.notes)


def test_all_parts_of_a_prompt_in_langfuse_count(tmp_path: Path) -> None:
    usage = {
        "input": 100,
        "input_cache_read": 40,
        "cache_creation_input_tokens": 60,
        "output": 10,
        "total": 210,
    }
    records = (
        {
            "id": f"{minute}",
            "traceId": "t",
            "startTime": f"2025-03-03T10:0{minute}:07Z",
            "usageDetails": usage,
        }
        for minute in range(5)
    )
    text = "".join(json.dumps(record) + "\n" for record in records)
    observed = seen(tmp_path, text, name="log.jsonl")
    assert observed.input_tokens is not None
    assert observed.input_tokens.value == pytest.approx(200)
    assert observed.cached_share is not None
    assert observed.cached_share.value == pytest.approx(0.2)
    assert "input: 'x' is no count" in refused(tmp_path, text.replace("40", '"x"'), name="log.jsonl")


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (b"[", "is one JSON list of more than 0 MB on one line: write a record on each line, as jq -c '.[]'"),
        (b'{"data": [', "is one JSON document of more than 0 MB on one line"),
        (b'{"a": 1}\n{"b": "', "large.json:2: a record is longer than 0 MB"),
    ],
)
def test_what_is_too_long_for_a_record_is_told_for_what_it_is(
    begin: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(block_module, "MOST_IN_A_RECORD", 200)
    monkeypatch.setattr(block_module, "BLOCK_BYTES", 100)
    (tmp_path / "large.json").write_bytes(begin + b"x" * 500)
    with pytest.raises(InstanceError) as caught:
        list(block_module.blocks(tmp_path / "large.json", quoted=False))
    assert said in str(caught.value)


def test_day_and_month_in_doubt_are_told_by_the_row_that_is(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    rows = ["2026-01-05T00:00:00,10,5", "2026-01-05T00:30:00,10,5", "01/02/2026 00:45:00,10,5"]
    file.write_text("\n".join(["TIMESTAMP,ContextTokens,GeneratedTokens", *rows]) + "\n")
    with pytest.raises(
        InstanceError, match=r"log.csv:4: TIMESTAMP: holds '01/02/2026 00:45:00', in which day"
    ):
        observe([file], DemandWanted(ZoneInfo("UTC")))


def test_tables_of_langfuse_are_read(tmp_path: Path) -> None:
    file = tmp_path / "observations.csv"
    header = "id,traceId,type,startTime,name,model,inputTokens,outputTokens,totalTokens"
    rows = [f"g{minute},t,GENERATION,2025-03-03T10:{minute:02}:00.5Z,c,m,300,50,350" for minute in range(60)]
    file.write_text("\n".join([header, "s,t,SPAN,2025-03-03T10:00:00.1Z,x,,0,0,0", *rows]) + "\n")
    observed = observe([file], DemandWanted(period_minutes=10))
    assert observed.sources == ("observations.csv (Langfuse observations)",)
    assert observed.input_tokens is not None
    assert observed.input_tokens.value == 300
    assert observed.log is not None
    assert observed.log.tally.rows == 60


def test_customers_of_litellm_are_teams_or_else_end_users(tmp_path: Path) -> None:
    file = tmp_path / "spend.csv"
    header = "request_id,startTime,model,prompt_tokens,completion_tokens,api_key,end_user,team_id"
    whose = ("k,,red", "k,ann,", "k,bob,")
    rows = [
        f"r{place},2025-03-03 {10 + place // 720}:{place // 12 % 60:02}:{place % 12 * 5:02},m,100,10,{whose[place % 3]}"
        for place in range(12 * 60 * 3)
    ]
    file.write_text("\n".join([header, *rows]) + "\n")
    observed = observe([file], DemandWanted(period_minutes=10))
    assert observed.variability is not None
    assert sum(one.count for one in observed.variability.customers) == 3
