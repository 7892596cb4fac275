"""The lists of models and hardware: complete, within 80 columns, unknown told as such, broken entries no end of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import kernels
from kernels.facts import OWN
from planner.app.cli.main import app
from planner.core.errors import InstanceError


def said(*words: str) -> str:
    done = CliRunner().invoke(app, ["catalog", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize(
    ("verb", "names"), [("models", kernels.architecture_names), ("hardware", kernels.accelerator_names)]
)
def test_lists_name_every_entry_within_eighty_columns(verb: str, names: object) -> None:
    text = said(verb)
    assert callable(names)
    assert [line.split()[0] for line in text.splitlines()[1 : len(names()) + 1]] == list(names())
    assert max(map(len, text.splitlines())) <= 80


def test_a_model_is_reported_with_what_a_request_keeps() -> None:
    lines = {line.split()[0]: line for line in said("models").splitlines()}
    assert lines["qwen3-next-80b-a3b"].split() == [
        *("qwen3-next-80b-a3b", "79.7", "3.87", "gqa,", "36", "linear", "24.6", "39.5")
    ]
    told = {entry["model"]: entry for entry in json.loads(said("models", "--json"))}
    assert told["llama-3.1-8b"]["cache_bytes_per_token"] == 131_072
    assert told["llama-3.1-8b"]["state_bytes_per_request"] == 0
    assert told["llama-3.1-8b"]["facts"]["published"]["parameters_total"]["source"]


@pytest.mark.parametrize(
    ("verb", "part", "name"), [("hardware", "mi3", "mi300x"), ("models", "oss", "gpt-oss-20b")]
)
def test_a_part_of_a_name_lists_what_has_it(verb: str, part: str, name: str) -> None:
    listed = [line.split()[0] for line in said(verb, part).splitlines()[1:]]
    assert name in listed
    assert "h100" not in listed
    assert "kimi-k2" not in listed


def test_unknown_figures_are_reported_as_such() -> None:
    text = said("hardware")
    lines = {
        line.split()[0]: line.split() for line in text.splitlines()[: len(kernels.accelerator_names()) + 1]
    }
    assert lines["vera_rubin_nvl72"] == [
        "vera_rubin_nvl72",
        "288",
        "22",
        "-",
        "16667",
        "35000",
        "1800",
        "72",
        "-",
        "-",
    ]
    assert "vera_rubin_nvl72 cannot be rated, not published: " in text
    assert "box_4090 is rated where it was measured, nowhere else" in text
    assert "h20_141 is rated within one scale-up domain: no published network" in text
    told = {entry["hardware"]: entry for entry in json.loads(said("hardware", "--json"))}
    assert told["h100"]["missing"] == ""
    assert told["vera_rubin_nvl72"]["facts"]["bf16_tflops"] == {
        "value": None,
        "reason": "not published in the sources read",
    }


def test_entries_of_ones_own_are_listed_also_where_they_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("architectures", "accelerators"):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "half.yaml").write_text("name: half\n")
    (tmp_path / "architectures" / "open.yaml").write_text(
        "name: open\nattention: gqa\nlayers: 2\ndense_layers: 2\nhidden_size: 8\nattention_heads: 2\n"
        "value_head_size: 4\nvocabulary: 9\nhead_size: 4\nkv_heads: {value: null, reason: not in the report}\n"
    )
    monkeypatch.setenv(OWN, str(tmp_path))
    assert "half cannot be rated: " in said("models")
    assert "not published: kv_heads (not in the report)" in " ".join(said("models").split())
    assert "half cannot be rated: " in said("hardware")
    monkeypatch.setenv(OWN, str(tmp_path / "nowhere"))
    for verb in ("models", "hardware"):
        done = CliRunner().invoke(app, ["catalog", verb])
        assert isinstance(done.exception, InstanceError)


def test_hardware_that_has_prices_alone_is_listed_as_such() -> None:
    words = " ".join(said("hardware", "a100").split())
    assert "a100_40gb has prices in the books, and cannot be rated" in words
    assert "a100_80gb" in words
