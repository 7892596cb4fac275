"""Models by names of others with the same architecture."""

from __future__ import annotations

import pytest

import planner
from tests.examples import small


@pytest.mark.parametrize(
    ("called", "name"), [("llama-3.3-70b", "llama-3.1-70b"), ("DeepSeek-V3.1", "deepseek-v3")]
)
def test_an_alias_is_read_as_the_entry_and_said(called: str, name: str) -> None:
    instance = small({"workloads.chat.model": called})
    assert instance.workloads["chat"].model == name
    assert any(f"{called} has the architecture of {name}" in sentence for sentence in instance.assumed)


def test_a_name_of_the_catalog_and_an_unknown_one_stay() -> None:
    assert not any(
        "architecture" in sentence for sentence in small({"workloads.chat.model": "deepseek-v3"}).assumed
    )
    assert small({"workloads.chat.model": "ours"}).workloads["chat"].model == "ours"
    assert planner.from_dict(small().to_dict()).assumed == small().assumed
