"""Bounds of the reader: what is too large, too deep or no file is refused before it takes memory or time."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from planner.core.csv_table import read_csv_table
from planner.core.errors import InstanceError
from planner.core.input_file import read_bytes
from planner.loader import assignment, from_dict, load, loads
from planner.loader.strict_yaml import parse
from tests.bench.input_mutants import written, wrong_words
from tests.examples import plain
from tests.mutants import SMALL, mutants

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)


def test_a_small_text_that_stands_for_a_large_one_is_refused_before_it_takes_memory() -> None:
    """6 kB stood for ten thousand million values."""
    code = f"import planner; planner.loads({LAUGHS!r})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=_within_500_mb)
    assert "keys and values, aliases expanded" in done.stderr.splitlines()[-1]


def _within_500_mb() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (500_000_000, 500_000_000))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: " + "1" * 5000, r"<text>:1:4: a: a whole number of 5,000 characters"),
        ("a: 0x" + "f" * 5000, r"<text>:1:4: a: a whole number"),
        ("a: &x [*x]", "the alias 'x' lies inside what it refers to"),
        ("a: \ud800", r"<text>:1:4: half of a character"),
        ("a: b\x00c", r"<text>:1:\d+: not valid YAML"),
        ("a: [" + "1," * 300_001 + "]", "more than 300000 keys and values"),
    ],
)
def test_texts_beyond_bounds(text: str, message: str) -> None:
    with pytest.raises(InstanceError, match=message):
        parse(text)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "large", "nul", "absent"])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "large":
        with path.open("wb") as stream:
            stream.truncate(10**12)
    elif kind == "nul":
        path = Path("a\0b")
    began = time.monotonic()
    for read in (load, read_csv_table, lambda file: read_bytes(file, 1000)):
        with pytest.raises(InstanceError, match=r"cannot read the file|larger than"):
            read(path)
    assert time.monotonic() - began < 2.0


WIDE = "a,b,c,d,e,f,g,h,i,j"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,a\n1,2\n", r"x.csv:1:2: the column 'a' is twice in the header, as field 1 and 2"),
        ("a,b\n1\n", r"x.csv:2: 1 fields, the header has 2"),
        ('a,b\n"1,2\n3,4\n', r"x.csv:2: a quotation mark is opened and never closed"),
        ('a,b\n"1"2,3\n', r"x.csv:2: text goes on after a closing quotation mark"),
        ("a,b\n" + "1" * 140_000 + ",2\n", r"x.csv:2: a field is longer than 131072 characters"),
        ("a,b\n1,2\n" + "," * 600_000, r"x.csv:3: a line is longer than 500000 characters"),
        ("", r"x.csv:1: no header and no rows"),
        ("# only\n", r"x.csv:1: no header and no rows"),
        (WIDE + "\n" + "1,1,1,1,1,1,1,1,1,1\n" * 200_000, r"x.csv:200001: more than 2000000 fields"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(InstanceError, match=message):
        read_csv_table(path)


def test_a_row_with_a_line_break_in_quotes_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'# about\r\nnote,load\r\n"one\r\n# two",1\r\n\r\n# later\r\nthree,2\r\n')
    table = read_csv_table(path)
    assert [(row.line, row.cells) for row in table.rows] == [(3, ("one\r\n# two", "1")), (7, ("three", "2"))]
    assert table.comment == "about\nlater"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings_are_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text("größe,b\n1,2\n", encoding=encoding)
    with pytest.raises(InstanceError, match=r"x.csv:1:\d+: cannot read the file: not UTF-8 text.*UTF-8"):
        read_csv_table(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"PK\x03\x04\xff",
            r"x.csv:1:5: .*it is a workbook \(XLSX\) or a ZIP archive: save the sheet as CSV",
        ),
        (b"\x1f\x8b\x08", r"x.csv:1:2: .*it is packed by gzip: unpack it"),
        (b'{\n "a": 1,\n "b": 2,\n "c": 3\n}\n', r"x.csv:1: no header of a CSV table: '\{' holds no comma"),
        (b"# of Excel\ninput;output\n1500;5;350\n", r"^\S*x.csv:3: 3 fields, the header has 2"),
    ],
)
def test_files_of_other_kinds_are_told_once_as_what_they_are(
    tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InstanceError, match=words) as caught:
        read_csv_table(tmp_path / "x.csv")
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"horizon.periods": 100_000, "scenarios": {f"s{i}": {"probability": 0.1} for i in range(10)}},
            "1,000,000",
        ),
        ({"horizon.periods": 100_000, "stages": {f"s{i}": {"years": 1} for i in range(30)}}, "3,000,000"),
        ({"deployments.0": {"role": "prefill", "ep": list(range(1, 30_000))}}, "kinds of unit"),
        (
            {"horizon.periods": 100_000, "deployments.0": {"role": "prefill", "ep": list(range(1, 300))}},
            "units, channels, workloads",
        ),
    ],
)
def test_what_an_instance_makes_is_bounded(changes: dict[str, Any], message: str) -> None:
    began = time.monotonic()
    with pytest.raises(InstanceError, match=message):
        from_dict(plain(changes))
    assert time.monotonic() - began < 3.0


def test_very_many_faults_take_no_longer_than_many() -> None:
    began = time.monotonic()
    with pytest.raises(InstanceError) as caught:
        loads("version: 1\nworkloads: {" + ",".join(f"w{number}: 1" for number in range(20_000)) + "}")
    assert len(str(caught.value).splitlines()) == 51
    assert "more places do not fit" in str(caught.value)
    assert time.monotonic() - began < 20.0


def test_deep_and_endless_data_are_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    endless: list[Any] = []
    endless.append(endless)
    for data in (deep, {"a": endless}):
        with pytest.raises(InstanceError, match="nested too deeply"):
            from_dict(data)
    with pytest.raises(InstanceError, match="the key 1 is no text"):
        from_dict({"a": {1: 2}})


@pytest.mark.parametrize(
    "setting",
    [
        *(
            "deployments.²=1",
            "deployments.٣=1",
            "deployments.-1=1",
            f"deployments.{'9' * 5000}=1",
            "a" * 5000 + "=1",
        ),
        *("fleet.h800.rent.max_nodes=²", "fleet.h800.rent.max_nodes=nan", "fleet.h800.rent.max_nodes=.inf"),
        *(
            "fleet.h800.rent.max_nodes=1e999",
            "fleet.h800.rent.max_nodes=[1, 2]",
            "fleet.h800.rent.max_nodes={}",
        ),
        *(
            ".=1",
            "..=1",
            "name.x.y=1",
            f"{'a.' * 5000}b=1",
            f"fleet.h800.rent.max_nodes={'1' * 5000}",
            "=1",
            "x",
        ),
    ],
)
def test_odd_settings_are_refused_in_words(setting: str) -> None:
    with pytest.raises(InstanceError) as caught:
        loads(Path("instances/tiny.yaml").read_text(), overrides=dict([assignment(setting)]))
    assert len(str(caught.value)) < 4_000


def test_mutants_end_in_an_instance_or_in_faults_with_a_place(tmp_path: Path) -> None:
    """The thousands are in tests/bench/input_mutants.py."""
    refused = 0
    for mutant in mutants(seed=20, count=250, names=SMALL):
        try:
            load(written(mutant, tmp_path))
        except InstanceError as error:
            refused += 1
            wrong = wrong_words(error)
        else:
            wrong = ""
        assert not wrong, f"{mutant.name} {mutant.done}"
    assert 100 < refused < 250
