"""Counters, rates and counts over time become the same demand; gaps, resets and rows out of place are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.loader.demand.fill import fill_of
from planner.loader.demand.mapping import mapping_of
from planner.loader.demand.metrics import Metrics, buckets_of, measure_of, tools
from planner.loader.demand.observe import DemandWanted, Observed, observe
from planner.loader.demand.write import lengths_text, workload_of

BEGIN = 1_740_996_000  # 2025-03-03T10:00:00Z
STEP = 30


def query(folder: Path, name: str, *series: tuple[dict[str, str], list[tuple[float, float]]]) -> Path:
    result = [
        {"metric": labels, "values": [[second, repr(value)] for second, value in values]}
        for labels, values in series
    ]
    document = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    file = folder / name
    file.write_text(json.dumps(document))
    return file


def counted(rate: float, minutes: int = 120, begin: float = BEGIN) -> list[tuple[float, float]]:
    seconds = np.arange(0, minutes * 60 + 1, STEP)
    return [(begin + second, 7 + rate * second) for second in seconds.tolist()]


def rates(observed: Observed) -> dict[str, list[float]]:
    return {name: values.tolist() for name, values in observed.periods.means.items()}


def both(folder: Path, **options: Any) -> Observed:
    labels = {"model_name": "m", "instance": "a"}
    files = [
        query(folder, "in.json", ({"__name__": "vllm:prompt_tokens_total", **labels}, counted(1000))),
        query(
            folder,
            "out.json",
            ({"__name__": "vllm:generation_tokens_total", **labels}, counted(200)),
            ({"__name__": "vllm:generation_tokens_total", **labels, "instance": "b"}, counted(50)),
            ({"__name__": "vllm:request_success_total", **labels, "finished_reason": "stop"}, counted(1.5)),
            ({"__name__": "vllm:request_success_total", **labels, "finished_reason": "length"}, counted(0.5)),
        ),
    ]
    return observe(files, DemandWanted(**options))


def test_counters_of_replicas_add_up(tmp_path: Path) -> None:
    observed = both(tmp_path)
    assert rates(observed) == {
        "requests": pytest.approx([2, 2]),
        "input_tokens": pytest.approx([1000, 1000]),
        "output_tokens": pytest.approx([250, 250]),
    }
    assert observed.periods.labels(None) == ["2025-03-03T10:00+00:00", "2025-03-03T11:00+00:00"]
    assert observed.input_tokens is not None
    assert observed.input_tokens.value == pytest.approx(500)
    assert observed.input_tokens.interval == ""


def test_a_reset_counts_on_from_zero(tmp_path: Path) -> None:
    values = [
        (second, value if second < BEGIN + 1800 else value - 7 - 1000 * 1800)
        for second, value in counted(1000)
    ]
    file = query(tmp_path, "in.json", ({"__name__": "sglang:prompt_tokens_total"}, values))
    observed = observe([file], DemandWanted())
    assert rates(observed)["input_tokens"] == pytest.approx([1000 * (3600 - STEP) / 3600, 1000])
    assert "1 of 1 series began anew, seen at 2025-03-03T10:30+00:00: counted on from 0" in observed.notes[0]


def test_a_hole_in_the_samples_needs_fill(tmp_path: Path) -> None:
    values = [(second, value) for second, value in counted(1000) if not BEGIN + 600 < second < BEGIN + 1200]
    file = query(tmp_path, "in.json", ({"__name__": "vllm:prompt_tokens_total"}, values))
    with pytest.raises(InstanceError, match=r"nothing from 2025-03-03T10:10\+00:00 to 2025-03-03T10:20"):
        observe([file], DemandWanted())
    filled = observe([file], DemandWanted(fill=fill_of(["gaps=interpolate"])))
    assert rates(filled)["input_tokens"] == pytest.approx([1000, 1000])


@pytest.mark.parametrize(
    ("treatment", "said"),
    [("zero", "counters what they grew by"), ("interpolate", "to the sum that counters")],
)
def test_what_a_counter_grew_by_over_a_hole_is_kept(treatment: str, said: str, tmp_path: Path) -> None:
    """A service that was twice as busy while nobody looked, from 10:10 to 10:50."""
    busy = [
        (second, value + 1000 * min(max(second - BEGIN - 600, 0), 2_400)) for second, value in counted(1000)
    ]
    values = [(second, value) for second, value in busy if not BEGIN + 600 < second < BEGIN + 3_000]
    file = query(tmp_path, "in.json", ({"__name__": "vllm:prompt_tokens_total"}, values))
    filled = observe([file], DemandWanted(fill=fill_of([f"gaps={treatment}"])))
    assert rates(filled)["input_tokens"] == pytest.approx([1000 + 1000 * 2_400 / 3_600, 1000])
    assert any(said in note for note in filled.notes)


def test_a_hole_at_the_end_of_which_a_counter_began_anew_is_zero_where_asked(tmp_path: Path) -> None:
    values = [
        (second, value if second <= BEGIN + 600 else value - 7 - 1000 * (3_000 - STEP))
        for second, value in counted(1000)
        if not BEGIN + 600 < second < BEGIN + 3_000
    ]
    file = query(tmp_path, "in.json", ({"__name__": "vllm:prompt_tokens_total"}, values))
    zero, line = (
        observe([file], DemandWanted(fill=fill_of([f"gaps={one}"]))) for one in ("zero", "interpolate")
    )
    assert rates(zero)["input_tokens"][0] == pytest.approx(1000 * (1_200 + STEP) / 3_600)
    assert any(note.endswith("filled, zero") for note in zero.notes)
    assert rates(line)["input_tokens"][0] == pytest.approx(1000, rel=0.02)


def test_what_several_may_count_is_asked_for(tmp_path: Path) -> None:
    file = query(
        tmp_path,
        "in.json",
        ({"__name__": "vllm:prompt_tokens_total"}, counted(1000)),
        ({"__name__": "litellm_input_tokens_metric_total"}, counted(990)),
    )
    words = (
        "input_tokens come by litellm_input_tokens_metric_total, vllm:prompt_tokens_total, which may count"
    )
    with pytest.raises(InstanceError, match=words):
        observe([file], DemandWanted())
    named = DemandWanted(mapping=mapping_of(["input_tokens=vllm:prompt_tokens_total"]))
    assert rates(observe([file], named))["input_tokens"] == pytest.approx([1000, 1000])
    with pytest.raises(InstanceError, match=r"s.csv:1: requests come by requests, requests_per_s, which may"):
        csv(tmp_path, "time,requests,requests_per_s", *(f"{hour},2" for hour in hours("7200", "7200")))
    with pytest.raises(InstanceError, match="'requests' is named twice: 'a' and 'b'"):
        mapping_of(["requests=a", "requests=b"])


def test_one_metric_counts_a_measure_once(tmp_path: Path) -> None:
    file = query(
        tmp_path,
        "in.json",
        ({"__name__": "vllm:prompt_tokens_total"}, counted(1000)),
        ({"__name__": "vllm:request_prompt_tokens_sum"}, counted(1000)),
    )
    assert rates(observe([file], DemandWanted()))["input_tokens"] == pytest.approx([1000, 1000])


def test_models_and_unnamed_series_are_asked_for(tmp_path: Path) -> None:
    named = "vllm:prompt_tokens_total"
    two = query(
        tmp_path,
        "two.json",
        ({"__name__": named, "model_name": "a"}, counted(1000)),
        ({"__name__": named, "model_name": "b"}, counted(300)),
    )
    with pytest.raises(InstanceError, match="several models: a, b; --model NAME"):
        observe([two], DemandWanted())
    assert rates(observe([two], DemandWanted(model="b")))["input_tokens"] == pytest.approx([300, 300])
    bare = query(tmp_path, "bare.json", ({"instance": "a"}, [(second, 4.0) for second, _ in counted(1)]))
    with pytest.raises(InstanceError, match="has no name, as functions such as rate"):
        observe([bare], DemandWanted())
    mapped = observe([bare], DemandWanted(mapping=mapping_of(["requests_per_s=bare.json"])))
    assert rates(mapped)["requests"][-1] == pytest.approx(4)


def test_samples_that_are_none_are_reported(tmp_path: Path) -> None:
    file = query(
        tmp_path, "in.json", ({"__name__": "vllm:prompt_tokens_total"}, [*counted(1), (BEGIN + 9000, -1.0)])
    )
    with pytest.raises(
        InstanceError, match=r"data.result.0: vllm:prompt_tokens_total: '-1.0' at .* is no amount"
    ):
        observe([file], DemandWanted())
    late = query(tmp_path, "in.json", ({"__name__": "vllm:prompt_tokens_total"}, [*counted(1), (1e18, 1.0)]))
    with pytest.raises(
        InstanceError, match=r"data.result.0: .* a sample at 1e\+18, no time between 1990 and 2100"
    ):
        observe([late], DemandWanted())
    instant = {
        "status": "success",
        "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "2"]}]},
    }
    (tmp_path / "instant.json").write_text(json.dumps(instant))
    with pytest.raises(InstanceError, match="ask by query_range"):
        observe([tmp_path / "instant.json"], DemandWanted())


def test_names_of_counters_are_known_however_they_are_joined() -> None:
    known = {tool.TOOL for tool in tools().values()}
    assert known >= {"vLLM", "SGLang", "TGI", "Dynamo", "LiteLLM", "LMDeploy", "llm-d", "TensorRT-LLM"}
    assert measure_of("ray_vllm_request_prompt_tokens_sum") == measure_of("vllm:request_prompt_tokens_sum")
    assert measure_of("vllm_generation_tokens_total") == ("vLLM", "output_tokens", 0)
    assert measure_of("vllm:prompt_tokens") == ("vLLM", "input_tokens", 1)
    assert measure_of("up") is None


def csv(folder: Path, *lines: str, **options: Any) -> Observed:
    (folder / "s.csv").write_text("\n".join(lines) + "\n")
    return observe([folder / "s.csv"], DemandWanted(**options))


HOURS = ("2025-03-03T10:00Z,3600,7200", "2025-03-03T11:00Z,1800,7200", "2025-03-03T12:00Z,0,0")


def test_counts_and_rates_by_the_hour(tmp_path: Path) -> None:
    observed = csv(tmp_path, "hour,requests,output_tokens_per_s", *HOURS)
    assert rates(observed) == {
        "requests": pytest.approx([1, 0.5, 0]),
        "output_tokens": pytest.approx([7200, 7200, 0]),
    }
    assert observed.periods.peaks == {}
    titled = csv(tmp_path, "Hour,Requests,Output Tokens/s", *HOURS)
    assert rates(titled).keys() == rates(observed).keys()
    assert rates(titled)["output_tokens"] == pytest.approx([7200, 7200, 0])
    ends = csv(tmp_path, "hour_ending,requests,prompt_tokens", *HOURS)
    assert ends.periods.labels(None)[0] == "2025-03-03T09:00+00:00"


def test_days_with_the_year_last_are_read_where_they_cannot_be_mistaken(tmp_path: Path) -> None:
    utc, head = ZoneInfo("UTC"), "hour,requests"
    for first, zone in (("03.02.2025", None), ("2/3/2025", "month-first"), ("3/2/2025", "day-first")):
        lines = [f"{first} {hour}:00,3600" for hour in (10, 11)]
        if zone is None:
            assert csv(tmp_path, head, *lines, zone=utc).periods.labels(utc)[0] == "2025-02-03T10:00+00:00"
            continue
        with pytest.raises(
            InstanceError, match=r"s.csv:2: hour: holds .* say which, by --fill dates=day-first or"
        ):
            csv(tmp_path, head, *lines, zone=utc)
        told = csv(tmp_path, head, *lines, zone=utc, fill=fill_of([f"dates={zone}"]))
        assert told.periods.labels(utc)[0] == "2025-02-03T10:00+00:00"
    late = [f"{day}/2/2025 11:00 PM,86400" for day in (12, 13)]
    assert csv(tmp_path, head, *late, zone=utc, period_minutes=1440).periods.count == 1
    with pytest.raises(InstanceError, match=r"s.csv:4: hour: holds '2/14/2025 11:00 PM', no time"):
        csv(tmp_path, head, *late, "2/14/2025 11:00 PM,1", zone=utc)


def test_counts_by_the_minute_have_peaks(tmp_path: Path) -> None:
    lines = [f"{minute},{60 if minute == 7 else 30}" for minute in range(60)]
    observed = csv(tmp_path, "minute,requests", *lines, start=datetime(2025, 3, 3, 10, tzinfo=UTC))
    assert rates(observed)["requests"] == pytest.approx([0.5 * 61 / 60])
    assert observed.periods.peaks["requests"] == pytest.approx([1])


def test_rows_missing_twice_and_turned_are_reported(tmp_path: Path) -> None:
    head, first, second, third = "hour,requests,output_tokens_per_s", *HOURS
    with pytest.raises(InstanceError, match=r"nothing from 2025-03-03T11:00\+00:00 to 2025-03-03T12:00"):
        csv(tmp_path, head, first, third, "2025-03-03T13:00Z,1,1", "2025-03-03T14:00Z,1,1")
    with pytest.raises(InstanceError, match=r"s.csv:4: is the time of an earlier row too: --fill duplicates"):
        csv(tmp_path, head, first, second, second, third)
    with pytest.raises(InstanceError, match=r"s.csv:3: comes before the row above it: --fill order"):
        csv(tmp_path, head, second, first, third)
    sorted_ = csv(tmp_path, head, second, first, third, fill=fill_of(["order=sort"]))
    assert rates(sorted_)["requests"] == pytest.approx([1, 0.5, 0])
    with pytest.raises(
        InstanceError, match=r"s.csv:3: requests: '1.2 K' is no amount: export it without units"
    ):
        csv(tmp_path, head, first, "2025-03-03T11:00Z,1.2 K,1")
    with pytest.raises(InstanceError, match="is of no known format, with columns a, b"):
        csv(tmp_path, "a,b", "1,2")
    with pytest.raises(InstanceError, match="is each row a request, or a period"):
        csv(tmp_path, "time,input_tokens,output_tokens", *HOURS)


def test_a_day_of_23_hours_is_whole_and_one_of_25_needs_its_order(tmp_path: Path) -> None:
    head, berlin = "time,requests", ZoneInfo("Europe/Berlin")
    spring = [f"2025-03-30 {hour:02}:00,3600" for hour in range(24) if hour != 2]
    short = csv(tmp_path, head, *spring, zone=berlin)
    assert short.periods.count == 23
    assert short.periods.labels(berlin)[1:3] == ["2025-03-30T01:00+01:00", "2025-03-30T03:00+02:00"]
    with pytest.raises(InstanceError, match=r"s.csv:4: time: holds '2025-03-30 02:00', which no clock shows"):
        csv(tmp_path, head, *(f"2025-03-30 {hour:02}:00,3600" for hour in range(24)), zone=berlin)
    autumn = [f"2025-10-26 {hour:02}:00,{3600 * (hour + 1)}" for hour in (0, 1, 2, 2, *range(3, 24))]
    with pytest.raises(InstanceError, match=r"s.csv:4: time: holds '2025-10-26 02:00', which comes twice"):
        csv(tmp_path, head, *autumn, zone=berlin)
    long = csv(tmp_path, head, *autumn, zone=berlin, fill=fill_of(["dst=order"]))
    assert long.periods.count == 25
    assert rates(long)["requests"][:5] == pytest.approx([1, 2, 3, 3, 4])


def test_an_export_of_grafana(tmp_path: Path) -> None:
    head = (
        '"Time","vllm:prompt_tokens_total{instance=""a"", model_name=""m""}","vllm:generation_tokens_total{}"'
    )
    lines = [
        f"{1000 * (BEGIN + 60 * minute)},{6000 * minute},{'' if minute == 0 else 600 * minute}"
        for minute in range(122)
    ]
    observed = csv(tmp_path, head, *lines)
    assert rates(observed) == {"input_tokens": pytest.approx([100]), "output_tokens": pytest.approx([10])}
    assert observed.periods.labels(None) == ["2025-03-03T11:00+00:00"]
    legend = ["Time,Prompts,Answers", *lines]
    mapped = csv(tmp_path, *legend, mapping=mapping_of(["input_tokens_per_s=Prompts", "time=Time"]))
    assert "not read: Answers" in mapped.notes[0]


COLUMNS = "time,requests,input_tokens,output_tokens"


def hours(*rows: str) -> list[str]:
    return [f"2025-01-01T{hour:02}:00Z,{row}" for hour, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("tokens", "words"), [("1e308", "1e.12 a second"), ("1e10", "10,000,000 tokens a request")]
)
def test_rows_of_more_than_anybody_serves_are_refused(tmp_path: Path, tokens: str, words: str) -> None:
    with pytest.raises(InstanceError, match=f"s.csv:3: input_tokens: .* is (more than|above) {words}$"):
        csv(tmp_path, COLUMNS, *hours("10,1000,100", f"10,{tokens},100", "10,1000,100"))


def test_one_row_changes_no_other(tmp_path: Path) -> None:
    observed = csv(tmp_path, "time,requests", *hours("0.1", "3e15", "0.1", "0.3"))
    assert [rate * 3600 for rate in rates(observed)["requests"]] == pytest.approx(
        [0.1, 3e15, 0.1, 0.3], rel=1e-12
    )


def test_faults_of_all_columns_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as caught:
        csv(tmp_path, COLUMNS, *hours("10,x,100", "-10,1000,100", "10,1000,inf", "10,-5,7"), "never,1,1,-1")
    assert [(fault.line, fault.path) for fault in caught.value.faults] == [
        (2, "input_tokens"),
        (3, "requests"),
        (4, "output_tokens"),
        (5, "input_tokens"),
        (6, "time"),
        (6, "output_tokens"),
    ]


def buckets(metric: str, rates_by_bound: dict[str, float], **labels: str) -> list[tuple[dict[str, str], Any]]:
    """Series of a histogram, one a bucket."""
    return [
        ({"__name__": metric, "le": bound, **labels}, counted(rate)) for bound, rate in rates_by_bound.items()
    ]


PROMPTS = buckets("vllm:request_prompt_tokens_bucket", {"100": 0.6, "1000": 1.6, "+Inf": 2.0})
ANSWERS = buckets("vllm:request_generation_tokens_bucket", {"50": 0.5, "200": 2.0, "+Inf": 2.0})
TOTALS = [
    ({"__name__": "vllm:request_success_total"}, counted(2)),
    ({"__name__": "vllm:prompt_tokens_total"}, counted(1000)),
    ({"__name__": "vllm:generation_tokens_total"}, counted(160)),
]


def test_buckets_tell_how_long_requests_are(tmp_path: Path) -> None:
    observed = observe([query(tmp_path, "all.json", *TOTALS, *PROMPTS, *ANSWERS)], DemandWanted())
    assert rates(observed)["requests"] == pytest.approx([2, 2])
    text = lengths_text(observed)
    assert text is not None
    rows = np.array([[float(cell) for cell in line.split(",")] for line in text.splitlines()[3:]])
    assert text.splitlines()[2] == "requests,input_tokens,output_tokens"
    share = rows[:, 0] / rows[:, 0].sum()
    # 0.6, 1 and 0.4 a second of prompts, 0.5 and 1.5 of answers, each with each; means are those of the counters
    assert sorted(share) == pytest.approx(sorted(p * a for p in (0.3, 0.5, 0.2) for a in (0.25, 0.75)))
    assert share @ rows[:, 1] == pytest.approx(500)
    assert share @ rows[:, 2] == pytest.approx(80)
    prompts = np.unique(rows[:, 1])
    assert prompts[0] <= 100 <= prompts[1] <= 1000 <= prompts[2]
    assert workload_of(observed, "chat.csv")["lengths"] == {"csv": "chat.lengths.csv"}
    assert any("are taken as independent" in note for note in observed.notes)


def test_buckets_of_replicas_add_up_and_of_one_side_go_with_the_mean_of_the_other(tmp_path: Path) -> None:
    twice = [({**labels, "instance": name}, values) for name in "ab" for labels, values in PROMPTS]
    observed = observe([query(tmp_path, "all.json", *TOTALS, *twice)], DemandWanted())
    assert observed.cells is not None
    assert observed.cells[:, 0].tolist() == pytest.approx([2 * rate * 7200 for rate in (0.6, 1.0, 0.4)])
    assert observed.cells[:, 2].tolist() == pytest.approx([80] * 3)


@pytest.mark.parametrize(
    "tool", [tool for tool in tools().values() if buckets_of(tool)], ids=lambda tool: tool.TOOL
)
def test_buckets_of_every_tool_that_has_them_are_lengths(tmp_path: Path, tool: Metrics) -> None:
    series = [
        ({"__name__": tool.COUNTERS[measure][0]}, counted(rate))
        for measure, rate in (("requests", 2), ("input_tokens", 1000), ("output_tokens", 160))
    ]
    for measure, of_it in (("input_tokens", PROMPTS), ("output_tokens", ANSWERS)):
        name = buckets_of(tool)[measure][0]
        series += [({**labels, "__name__": name}, values) for labels, values in of_it]
    cells = observe([query(tmp_path, "all.json", *series)], DemandWanted()).cells
    assert cells is not None
    share = cells[:, 0] / cells[:, 0].sum()
    assert (share @ cells[:, 1], share @ cells[:, 2]) == pytest.approx((500, 80))


def test_replicas_with_buckets_of_their_own_are_read_apart(tmp_path: Path) -> None:
    other = buckets("vllm:request_prompt_tokens_bucket", {"500": 0.0, "4000": 1.0, "+Inf": 1.0}, instance="b")
    observed = observe([query(tmp_path, "all.json", *TOTALS, *PROMPTS, *other)], DemandWanted())
    assert observed.cells is not None
    # up to 100: 0.6 a second, up to 1000: 1, above: 0.4; of the other replica 1 between 500 and 4000
    assert observed.cells[:, 0].tolist() == pytest.approx([0.6 * 7200, 7200, 7200, 0.4 * 7200])
    assert 500 <= observed.cells[2, 1] <= 4000


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            buckets("vllm:request_prompt_tokens_bucket", {"100": 0.6, "1000": 1.6}),
            r"no bucket without a bound",
        ),
        (
            buckets("vllm:request_prompt_tokens_bucket", {"100": 0.6, "1000": 0.3, "+Inf": 2.0}),
            r"counts fewer requests up to 1000 tokens than up to 100",
        ),
        ([({"__name__": "vllm:request_prompt_tokens_bucket"}, counted(1))], r"has no bound of its bucket"),
    ],
)
def test_buckets_that_are_none_are_told(tmp_path: Path, wrong: list[Any], words: str) -> None:
    with pytest.raises(InstanceError, match=words):
        observe([query(tmp_path, "all.json", *TOTALS, *wrong)], DemandWanted())


def test_buckets_without_any_mean_are_left_out_and_told(tmp_path: Path) -> None:
    observed = observe([query(tmp_path, "all.json", TOTALS[0], *PROMPTS)], DemandWanted())
    assert observed.cells is None
    assert any("nothing says the mean" in note for note in observed.notes)
