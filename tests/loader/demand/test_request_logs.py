"""Each format of request logs gives the same requests; what is wrong is told with its line, or left to `--fill`."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.instance import Horizon
from planner.loader.demand import formats as folder_of_formats
from planner.loader.demand.fill import fill_of
from planner.loader.demand.formats import formats
from planner.loader.demand.mapping import mapping_of
from planner.loader.demand.observe import DemandWanted, Observed, observe
from planner.loader.demand.request_format import Fields, RequestFormat
from tests.loader.demand.samples import SAMPLES, Sample

AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens"
MINUTES = {"period_minutes": 1, "from_first": True}


def read(sample: Sample, folder: Path, fill: tuple[str, ...] = ("gaps=zero",)) -> Observed:
    zone = None if sample.zone is None else ZoneInfo(sample.zone)
    start = (
        None if sample.start is None else Horizon.model_validate({"start": sample.start, "periods": 1}).start
    )
    wanted = DemandWanted(zone=zone, start=start, fill=fill_of(fill), period_minutes=1, from_first=True)
    return observe([sample.written(folder)], wanted)


def azure(
    folder: Path, *rows: str, header: str = AZURE, zone: str = "UTC", fill: tuple[str, ...] = ()
) -> Observed:
    file = folder / "log.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    wanted = DemandWanted(zone=ZoneInfo(zone), period_minutes=1, from_first=True, fill=fill_of(fill))
    return observe([file], wanted)


def told(folder: Path, *rows: str, **options: object) -> str:
    with pytest.raises(InstanceError) as caught:
        azure(folder, *rows, **options)  # type: ignore[arg-type]
    return str(caught.value)


def minute_by_minute(begin: int, count: int) -> list[str]:
    """One request every two seconds, for `count` minutes from a minute of the day on, at odd fractions of a second."""
    seconds = np.arange(0, 60 * count, 2) + 60 * begin
    return [
        f"2025-03-03 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{123457 + second // 2:07},100,10"
        for second in seconds.tolist()
    ]


def test_every_format_has_a_sample() -> None:
    assert set(SAMPLES) == set(formats())


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_format_gives_the_requests(name: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    observed = read(sample, tmp_path)
    means = observed.periods.means
    assert means["requests"] * 60 == pytest.approx([2, 1])
    assert means["input_tokens"] * 60 == pytest.approx([300, 300])
    assert means["output_tokens"] * 60 == pytest.approx([30, 30])
    assert observed.input_tokens is not None
    assert observed.output_tokens is not None
    assert observed.input_tokens.value == pytest.approx(200)
    assert observed.output_tokens.value == pytest.approx(20)
    assert observed.log is not None
    assert observed.log.tally.rows == 3
    if sample.cached:
        assert observed.cached_share is not None
        assert observed.cached_share.value == pytest.approx(50 / 600)
    assert observed.variability is not None
    assert observed.variability.decode_scv.value == pytest.approx(1400 / 3 / 400 - 1)


def test_a_format_more_is_a_file_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{folder_of_formats.__name__}.own"
    module = ModuleType(name)
    own = RequestFormat(
        "Own log", Fields(("at",), ("read",), ("written",)), lambda names: names >= {"at", "read", "written"}
    )
    module.FORMAT = own  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, module)
    (tmp_path / "own.py").touch()
    monkeypatch.setattr(folder_of_formats, "__path__", [*folder_of_formats.__path__, str(tmp_path)])
    observed = read(
        Sample("own.csv", "at,read,written\n2025-03-03T10:00Z,5,1\n2025-03-03T10:01Z,7,2\n"), tmp_path
    )
    assert observed.sources == ("own.csv (Own log)",)
    assert observed.log is not None
    assert observed.log.tally.rows == 2


def test_packed_with_comments_and_odd_ends_of_lines(tmp_path: Path) -> None:
    text = "\ufeff# a comment\r\n\r\n" + SAMPLES["azure"].text.replace("\n", "\r\n")
    (tmp_path / "azure.csv.gz").write_bytes(gzip.compress(text.encode()))
    wanted = DemandWanted(zone=ZoneInfo("UTC"), period_minutes=1, from_first=True)
    observed = observe([tmp_path / "azure.csv.gz"], wanted)
    assert observed.log is not None
    assert observed.log.tally.rows == 3


def test_counts_from_the_beginning_may_go_on_for_months(tmp_path: Path) -> None:
    rows = "".join(
        f'{{"timestamp": {hour * 3_600_000}, "input_length": 9, "output_length": 1}}\n'
        for hour in range(24 * 40)
    )
    observed = read(Sample("mooncake.jsonl", rows, start=SAMPLES["mooncake"].start), tmp_path)
    assert observed.periods.count == 24 * 60 * 40 - 59


def test_columns_by_map(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("when;in;out\n2025-03-03T10:00Z;5;1\n2025-03-03T10:01Z;7;2\n")
    mapping = mapping_of(["time=when", "input_tokens=in", "output_tokens=out"])
    observed = observe(
        [tmp_path / "own.csv"], DemandWanted(mapping=mapping, period_minutes=1, from_first=True)
    )
    assert observed.input_tokens is not None
    assert observed.input_tokens.value == 6
    with pytest.raises(InstanceError, match="has no 'inn' for input_tokens; did you mean 'in'"):
        observe([tmp_path / "own.csv"], DemandWanted(mapping={**mapping, "input_tokens": "inn"}))


def test_a_file_given_in_parts_is_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = minute_by_minute(600, 30)
    monkeypatch.setattr("planner.loader.demand.blocks.BLOCK_BYTES", 1_000)
    small = azure(tmp_path, *rows)
    monkeypatch.undo()
    large = azure(tmp_path, *rows)
    assert small.variability == large.variability
    for name, rates in large.periods.means.items():
        assert rates == pytest.approx(small.periods.means[name])
    assert large.periods.means["requests"] * 60 == pytest.approx(np.full(30, 30.0)[: large.periods.count])


def test_lines_are_reported_of_what_cannot_be_read(tmp_path: Path) -> None:
    good = "2025-03-03 10:00:00.5,100,10"
    assert "log.csv:3: ContextTokens: 'x' is no count of tokens" in told(
        tmp_path, good, "2025-03-03 10:00:01,x,10"
    )
    assert "log.csv:3: ContextTokens: '1.500,5' is no" in told(
        tmp_path, good, '2025-03-03 10:00:01,"1.500,5",10'
    )
    assert "log.csv:3: GeneratedTokens: -1" in told(tmp_path, good, "2025-03-03 10:00:01,1,-1")
    assert "log.csv:4: 2 fields, the header has 3" in told(tmp_path, good, good, "2025-03-03 10:00:01,1")
    assert "log.csv:3: 4 fields, the header has 3" in told(tmp_path, good, "2025-03-03 10:00:01,1,1,1")
    assert "log.csv:3: TIMESTAMP: holds 'soon', no time" in told(tmp_path, good, "soon,1,1")
    assert "log.csv:3: holds a NUL byte" in told(tmp_path, good, "2025-03-03 10:00:01,1\x001,1")
    assert "log.csv:2: a quotation mark is opened" in told(tmp_path, '"2025-03-03 10:00:01,1,1')
    assert "log.csv:3: ContextTokens: 1.155 is no whole count" in told(
        tmp_path, good, "2025-03-03 10:00:01,1.155,9"
    )
    every = "log.csv:2: 4 fields, the header has 3"  # a decimal comma in each of them, and none is read as two fields
    assert every in told(tmp_path, "2025-03-03 10:00:00,100,5,10", "2025-03-03 10:00:01,100,5,10")
    assert "log.csv:1: not readable as CSV" in told(tmp_path, good, header=f"TIMESTAMP,{'x' * 140_000}")
    assert "is twice in the header" in told(tmp_path, good, header="TIMESTAMP,ContextTokens,ContextTokens")
    assert "lies 3,287 days from other rows" in told(tmp_path, good, good, "2016-03-03 10:00:01,1,1")


def test_json_lines_are_reported_too(tmp_path: Path) -> None:
    text = SAMPLES["openai_usage"].text
    with pytest.raises(InstanceError, match=r"gateway.jsonl:5:2: not valid JSON"):
        read(Sample("gateway.jsonl", f"{text}{{'a'\n"), tmp_path)
    broken = text.replace('"prompt_tokens": 200', '"prompt_tokens": "many"')
    with pytest.raises(
        InstanceError, match=r"gateway.jsonl:2: response/usage/prompt_tokens: 'many' is no count"
    ):
        read(Sample("gateway.jsonl", broken), tmp_path)


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    rows = b"TIMESTAMP,ContextTokens,GeneratedTokens,note\n" + b"2025-03-03 10:00:00,1,1,x\n" * 3
    (tmp_path / "log.csv").write_bytes(rows + b"2025-03-03 10:00:01,1,1,caf\xe9\n")
    with pytest.raises(InstanceError, match=r"log.csv:5: not UTF-8 text"):
        observe([tmp_path / "log.csv"], DemandWanted())
    packed = gzip.compress(rows, mtime=0)
    (tmp_path / "log.csv.gz").write_bytes(packed[:30] + bytes([packed[30] ^ 255]) + packed[31:])
    with pytest.raises(InstanceError, match=r"log.csv.gz: cannot read the file"):
        observe([tmp_path / "log.csv.gz"], DemandWanted())


@pytest.mark.parametrize("ids", ["[[1], 2]", '"12"', "[1, {}]", "7", "[null]"])
def test_blocks_of_a_prompt_that_are_none_are_told(tmp_path: Path, ids: str) -> None:
    text = SAMPLES["mooncake"].text.replace("[1]", ids)
    with pytest.raises(InstanceError, match=r"mooncake.jsonl:2: hash_ids: .* is no list of ids of blocks"):
        read(Sample("mooncake.jsonl", text, start=SAMPLES["mooncake"].start), tmp_path)


def test_a_zone_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(
        InstanceError, match=r"azure.csv:2: TIMESTAMP: .* without an offset from UTC: name its zone"
    ):
        observe([SAMPLES["azure"].written(tmp_path)], DemandWanted())
    with pytest.raises(InstanceError, match=r"counts time from the beginning of the log: say when"):
        observe([SAMPLES["mooncake"].written(tmp_path)], DemandWanted())


def test_hours_that_come_twice_and_never(tmp_path: Path) -> None:
    twice = [f"2025-10-26 02:{minute:02}:00.25,100,10" for minute in (0, 30)]
    asked = told(tmp_path, *twice, *twice, zone="Europe/Berlin", fill=("duplicates=first",))
    assert "log.csv:2: TIMESTAMP: holds '2025-10-26 02:00:00.25', which comes twice in Europe/Berlin" in asked
    fill = ("dst=order", "gaps=zero")
    both = azure(tmp_path, *twice, *twice, zone="Europe/Berlin", fill=fill)
    assert both.log is not None
    assert both.log.tally.last_s - both.log.tally.first_s == 1.5 * 3600
    never = told(tmp_path, "2025-03-30 02:30:00.25,100,10", zone="Europe/Berlin")
    assert "which no clock shows in Europe/Berlin" in never


def test_rows_twice_and_out_of_order_need_fill(tmp_path: Path) -> None:
    rows = minute_by_minute(600, 3)
    again = told(tmp_path, *rows, *rows[-2:])
    assert "log.csv:92: is there before" in again
    assert "--fill duplicates=first keeps one\n" in again
    assert "log.csv:92: 1 rows are not in the order of time" in told(tmp_path, *rows, *rows[-2:], fill=())
    kept = azure(tmp_path, *rows, *rows[-2:], fill=("duplicates=first", "order=sort"))
    plain = azure(tmp_path, *rows)
    assert kept.periods.means["requests"] == pytest.approx(plain.periods.means["requests"])
    assert any("2 rows that are there twice left out" in note for note in kept.notes)
    turned = [*rows[:40], rows[41], rows[40], *rows[42:]]
    assert "log.csv:43: 1 rows are not in the order of time" in told(tmp_path, *turned)
    assert azure(tmp_path, *turned, fill=("order=sort",)).variability == plain.variability


def test_a_stretch_that_chance_does_not_explain_is_a_gap(tmp_path: Path) -> None:
    rows = minute_by_minute(600, 60) + minute_by_minute(675, 60)
    asked = told(tmp_path, *rows)
    assert "nothing from 2025-03-03T11:00+00:00 to 2025-03-03T11:15+00:00 (15 minutes)" in asked
    assert "--fill gaps=zero if nobody asked" in asked
    zero = azure(tmp_path, *rows, fill=("gaps=zero",)).periods.means["requests"]
    assert (zero[60:75] == 0).all()
    line = azure(tmp_path, *rows, fill=("gaps=interpolate",)).periods.means["requests"]
    assert line[60:75] * 60 == pytest.approx(np.full(15, 30.0))
    with pytest.raises(InstanceError, match="cannot be filled from before"):
        azure(tmp_path, *rows, fill=("gaps=day-before",))


def test_peaks_within_the_hour_are_no_means(tmp_path: Path) -> None:
    rows = minute_by_minute(600, 61)
    extra = [row for row in rows if " 10:20:" in row]
    (tmp_path / "log.csv").write_text(
        "\n".join([AZURE, *sorted(rows + [f"{row[:19]}.9{row[27:]}" for row in extra])])
    )
    observed = observe(
        [tmp_path / "log.csv"], DemandWanted(zone=ZoneInfo("UTC"), fill=fill_of(["order=sort"]))
    )
    assert observed.periods.means["requests"] * 3600 == pytest.approx([1830])
    assert observed.periods.peaks["requests"] * 60 == pytest.approx([60])


def test_models_are_asked_for(tmp_path: Path) -> None:
    two = Sample(
        "burst.csv",
        SAMPLES["burstgpt"].text.replace("10,ChatGPT,200", "10,GPT-4,200"),
        start=SAMPLES["burstgpt"].start,
    )
    with pytest.raises(
        InstanceError, match=r"requests of several models: ChatGPT \(3\), GPT-4 \(1\); --model NAME"
    ):
        read(two, tmp_path)
    start = Horizon.model_validate({"start": two.start, "periods": 1}).start
    for model, count in (("ChatGPT", 2), ("all", 3)):
        wanted = DemandWanted(
            start=start, model=model, period_minutes=1, from_first=True, fill=fill_of(["gaps=zero"])
        )
        log = observe([two.written(tmp_path)], wanted).log
        assert log is not None
        assert log.tally.rows == count


def test_unknown_treatments_and_measures_are_reported() -> None:
    with pytest.raises(InstanceError, match=r"'gap' is no defect; did you mean 'gaps'"):
        fill_of(["gap=zero"])
    with pytest.raises(InstanceError, match=r"one of gaps=zero, gaps=interpolate"):
        fill_of(["gaps=guess"])
    with pytest.raises(InstanceError, match=r"'input_token' is nothing that can be read"):
        mapping_of(["input_token=a"])


def test_faults_of_tokens_and_times_are_told_at_once(tmp_path: Path) -> None:
    good = "2025-03-03 10:00:00.5,100,10"
    words = told(tmp_path, good, "2025-03-03 10:00:01.5,x,-1", "never,100,inf")
    assert [line.split(":", 3)[1:3] for line in words.splitlines()] == [
        ["3", " ContextTokens"],
        ["3", " GeneratedTokens"],
        ["4", " GeneratedTokens"],
        ["4", " TIMESTAMP"],
    ]


def test_what_is_no_record_hides_no_fault_of_the_others_nor_of_another_file(tmp_path: Path) -> None:
    rows = [
        "2025-03-03 10:00:00.5,100,10",
        "2025-03-03 10:00:01.5,1,1,1",
        "2025-03-03 10:00:02.5,x,1",
        "short",
    ]
    files = [tmp_path / name for name in ("a.csv", "b.csv", "c.jsonl")]
    for place, file in enumerate(files[:2]):
        file.write_text("\n".join([AZURE, *rows, f"never,1,{place}"]) + "\n")
    good = SAMPLES["openai_usage"].text
    broken = good.splitlines()[1].replace('"prompt_tokens": 200', '"prompt_tokens": "many"')
    files[2].write_text(f"{good}{{'a'\n7\n{broken}\n")
    lines = len(good.splitlines())
    with pytest.raises(InstanceError) as caught:
        observe(files, DemandWanted(zone=ZoneInfo("UTC")))
    assert [(fault.file[-5:], fault.line) for fault in caught.value.faults] == [
        *((name, line) for name in ("a.csv", "b.csv") for line in (3, 4, 5, 6)),
        *(("jsonl", lines + after) for after in (1, 2, 3)),
    ]
