"""What files leave out, count twice or count in another unit is told, and never becomes a number of demand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from planner.core.errors import InstanceError
from planner.loader.demand.fill import fill_of
from planner.loader.demand.observe import DemandWanted, Observed, observe
from tests.loader.demand.test_monitoring import BEGIN, STEP, counted, query, rates

HEADER = "request_id,startTime,model,prompt_tokens,completion_tokens,cache_hit,metadata"


def of_text(folder: Path, name: str, text: str, **options: Any) -> Observed:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    wanted: dict[str, Any] = {"zone": ZoneInfo("UTC"), "period_minutes": 1, "from_first": True, **options}
    return observe([file], DemandWanted(**wanted))


def told(folder: Path, text: str) -> str:
    with pytest.raises(InstanceError) as caught:
        of_text(folder, "demand.csv", text)
    return str(caught.value)


def hole(values: list[tuple[float, float]], loss: float = 0.0) -> list[tuple[float, float]]:
    """Samples without those from 10:30 to 11:00, those after less by so much."""
    begin, end = BEGIN + 1_800, BEGIN + 3_600
    return [(second, value - loss * (second >= end)) for second, value in values if not begin < second < end]


def replicas(folder: Path, first: list[tuple[float, float]]) -> Path:
    name = {"__name__": "sglang:num_requests_total"}
    return query(folder, "requests.json", ({**name, "pod": "a"}, first), ({**name, "pod": "b"}, counted(3)))


def test_a_hole_in_one_of_several_replicas_needs_fill(tmp_path: Path) -> None:
    file = replicas(tmp_path, hole(counted(2)))
    with pytest.raises(
        InstanceError, match=r"not all series of requests from 2025-03-03T10:30\+00:00 to .*11:00"
    ):
        observe([file], DemandWanted())
    filled = observe([file], DemandWanted(fill=fill_of(["gaps=interpolate"])))
    assert rates(filled)["requests"] == pytest.approx([5, 5])


def test_a_replica_that_was_gone_counted_nothing_meanwhile(tmp_path: Path) -> None:
    lost = 7 + 2 * 3_600 - 30  # 30 requests within the last step before 11:00
    observed = observe([replicas(tmp_path, hole(counted(2), lost))], DemandWanted())
    assert rates(observed)["requests"] == pytest.approx([3 + (2 * 1_800 + 30) / 3_600, 5])
    assert STEP == 30
    assert "1 of 2 series began anew, seen at 2025-03-03T11:00+00:00" in observed.notes[-1]


def test_a_counter_that_stood_still_in_a_hole_lacks_nothing(tmp_path: Path) -> None:
    still = [(second, 9.0) for second, _ in hole(counted(2))]
    assert rates(observe([replicas(tmp_path, still)], DemandWanted()))["requests"] == pytest.approx([3, 3])


def test_agents_do_not_count_the_calls_within_them_again(tmp_path: Path) -> None:
    def span(name: str, operation: str, seconds: int) -> dict[str, Any]:
        attributes = {
            "gen_ai.usage.input_tokens": {"intValue": "100"},
            "gen_ai.usage.output_tokens": {"intValue": "9"},
        }
        attributes["gen_ai.operation.name"] = {"stringValue": operation}
        listed = [{"key": key, "value": value} for key, value in attributes.items()]
        return {"spanId": name, "startTimeUnixNano": str((BEGIN + seconds) * 10**9), "attributes": listed}

    spans = [
        span(f"{operation}{at}", operation, at)
        for at in range(0, 120, 10)
        for operation in ("invoke_agent", "chat")
    ]
    observed = of_text(
        tmp_path, "spans.json", json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
    )
    assert rates(observed)["requests"] == pytest.approx([0.1, 0.1])
    assert "12 rows without token counts, left out" in observed.notes[0]


def test_characters_are_no_tokens(tmp_path: Path) -> None:
    records = (
        {
            "id": f"{at}",
            "traceId": "t",
            "startTime": f"2025-03-03T10:0{at}:07Z",
            "usage": {"input": 400, "output": 40, "unit": "TOKENS" if at % 2 else "CHARACTERS"},
        }
        for at in range(6)
    )
    observed = of_text(tmp_path, "log.jsonl", "".join(json.dumps(one) + "\n" for one in records))
    assert "3 rows without token counts, left out" in observed.notes[0]


def test_what_a_gateway_answers_of_itself_is_no_demand_and_its_details_count(tmp_path: Path) -> None:
    cached = json.dumps({"usage_object": {"prompt_tokens_details": {"cached_tokens": 50}}}).replace('"', '""')
    rows = [
        f'r{at},2025-03-03T10:00:{at:02},m,200,20,{"True" if at % 3 == 0 else "False"},"{cached}"'
        for at in range(60)
    ]
    rows += [f"s{at},2025-03-03T10:01:{at:02},m,200,20,None," for at in range(60)]
    observed = of_text(tmp_path, "spend.csv", "\n".join([HEADER, *rows]) + "\n", from_first=False)
    assert rates(observed)["requests"] == pytest.approx([40 / 60, 1])
    assert "20 rows that a cache of the gateway answered, left out, the first at" in observed.notes[0]
    assert observed.cached_share is not None
    assert observed.cached_share.value == pytest.approx(50 * 40 / (200 * 100))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("0,0,0", "tells no demand at all: every amount is 0"),
        ("0,500,50", "tells tokens, and not one request"),
        ("5000,50,500", "tells 20,000 requests of 200 prompt tokens, less than one each"),
    ],
)
def test_amounts_that_make_no_sense_together_are_refused(tmp_path: Path, row: str, words: str) -> None:
    rows = "".join(f"2025-03-03T10:0{at}:00,{row}\n" for at in range(4))
    assert words in told(tmp_path, f"time,requests,input_tokens,output_tokens\n{rows}")


def test_numbers_of_other_countries_are_told_how_to_be_written(tmp_path: Path) -> None:
    rows = "".join(f"2025-03-03T10:0{at}:00;1{at},5\n" for at in range(4))
    assert "'10,5' is no amount: write it with a point for decimals" in told(
        tmp_path, f"time;requests\n{rows}"
    )


def test_every_row_of_another_width_and_every_missing_time_is_told_at_once(tmp_path: Path) -> None:
    words = told(tmp_path, "time,requests\n2025-03-03T10:00:00,1\n7\n2025-03-03T10:02:00,1\n1,2,3\n")
    assert "demand.csv:3: 1 fields, the header has 2" in words
    assert "demand.csv:5: 3 fields, the header has 2" in words
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    times = ("2025-03-03T10:00:00Z", "yesterday", None, "2025-03-03T10:00:09Z", None)
    lines = "".join(json.dumps({"timestamp": time, "usage": usage}) + "\n" for time in times)
    with pytest.raises(InstanceError) as caught:
        of_text(tmp_path, "log.jsonl", lines)
    assert [fault.line for fault in caught.value.faults] == [2, 3, 5]


def test_hours_told_apart_by_their_order_are_said(tmp_path: Path) -> None:
    hours = [*range(0, 3), *range(2, 6)]
    rows = "".join(f"2025-10-26 {hour:02}:00:00,{10 + hour}\n" for hour in hours)
    wanted = {"zone": ZoneInfo("Europe/Berlin"), "fill": fill_of(["dst=order"]), "period_minutes": 60}
    observed = of_text(tmp_path, "hours.csv", f"time,requests\n{rows}", **wanted)
    assert any(
        "2 rows of hours that come twice, told apart by their order, the first at" in note
        for note in observed.notes
    )


def test_a_hole_of_all_replicas_is_one_though_one_of_them_began_anew(tmp_path: Path) -> None:
    name = {"__name__": "sglang:num_requests_total"}
    lost = 7 + 3 * 3_600 - 30
    first, second = hole(counted(2)), hole(counted(3), lost)
    file = query(tmp_path, "requests.json", ({**name, "pod": "a"}, first), ({**name, "pod": "b"}, second))
    with pytest.raises(InstanceError, match=r": nothing from 2025-03-03T10:30\+00:00 to"):
        observe([file], DemandWanted())
