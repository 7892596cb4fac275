"""Reading traces: both schemas, quantised stamps, and every fault with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.verify.simulation import read_trace
from planner.verify.simulation.trace import spread_ties

DATA = Path(__file__).parents[2] / "data"


def test_azure_excerpt():
    requests = read_trace(DATA / "azure2023_conv_excerpt.csv")
    assert len(requests) == 600
    assert requests.input_tokens[:2].tolist() == [374, 396]
    assert requests.output_tokens[:2].tolist() == [44, 109]
    assert requests.arrival_s[1] == pytest.approx(4.314579)
    assert np.all(np.diff(requests.arrival_s) >= 0)
    assert requests.blocks is None
    assert 0.5 < requests.arrival_scv() < 5.0


def test_mooncake_excerpt():
    requests = read_trace(DATA / "mooncake_conversation_excerpt.jsonl")
    assert len(requests) == 250
    assert requests.input_tokens[0] == 6758
    assert requests.blocks is not None
    assert requests.blocks[1][:2] == (0, 14)
    assert np.all(np.diff(requests.arrival_s) > 0)  # stamps of 3 s are spread
    assert requests.span_s > requests.arrival_s[-1]


def test_time_zones_and_missing_output(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n"
        "2024-05-10 00:00:01.5+00:00,10,0\n2024-05-10 00:00:00+00:00,20,5\n"
    )
    requests = read_trace(file)
    assert requests.arrival_s.tolist() == [0.0, 1.5]
    assert requests.input_tokens.tolist() == [20, 10]
    assert requests.output_tokens.tolist() == [5, 1]


def test_ties_are_spread_until_the_next_stamp():
    assert spread_ties(np.array([0.0, 0.0, 0.0, 3.0, 6.0, 6.0])).tolist() == [0.0, 1.0, 2.0, 3.0, 6.0, 7.5]
    assert spread_ties(np.array([1.0])).tolist() == [1.0]


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        ("a.csv", "TIMESTAMP,Context\n1,2\n", [None]),
        ("a.csv", "", [None]),
        ("a.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n", [None]),
        (
            "a.csv",
            "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-01-01,1,1\nx,1,1\n2023-01-02,-1,1\n",
            [3, 4],
        ),
        ("a.jsonl", '{"timestamp": 0, "input_length": 1, "output_length": 2}\nnot json\n[1]\n', [2, 3]),
        ("a.jsonl", '{"timestamp": 0, "input_length": "many", "output_length": 2}\n', [1]),
        ("a.jsonl", "", [None]),
        ("a.parquet", "", [None]),
    ],
)
def test_faults_name_their_lines(tmp_path, name, text, places):
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(InstanceError) as caught:
        read_trace(file)
    assert [fault.line for fault in caught.value.faults] == places
    assert all(fault.file == str(file) for fault in caught.value.faults)


def test_many_faults_are_counted_and_a_missing_file_is_no_traceback(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text("no\n" * 50)
    with pytest.raises(InstanceError, match="and 30 more"):
        read_trace(file)
    with pytest.raises(InstanceError, match="cannot read the file"):
        read_trace(tmp_path / "none.csv")
