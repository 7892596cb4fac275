"""Strict YAML: what scalars mean, and what is refused."""

from __future__ import annotations

import time

import pytest
import yaml

from planner.core.errors import InstanceError
from planner.loader import yaml_bounds
from planner.loader.strict_yaml import MAX_ALIASES, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("10", 10),
        ("1_000", 1000),
        ("1.5", 1.5),
        (".inf", float("inf")),
        ("0x10", 16),
        ("no", "no"),
        ("NO", "NO"),
        ("010", 10.0),
        ("12:30:45", "12:30:45"),
        ("2025-02-27T12:00+08:00", "2025-02-27T12:00+08:00"),
        ("true", True),
        ("'1'", "1"),
        ("~", None),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    assert parse(f"x: {text}").data == {"x": value}


def test_places_are_line_and_column_from_one() -> None:
    document = parse("a:\n  b: [1, 2]\n")
    assert document.values["a", "b"] == (2, 6)
    assert document.values["a", "b", 1] == (2, 10)
    assert document.keys["a", "b"] == (2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "3:1: a: duplicate key; first on line 1"),
        ("a: [1,", "not valid YAML"),
        ("a: !!python/object:os.system {}", "tag tag:yaml.org,2002:python/object:os.system is not allowed"),
        ("a: !secret x", "tag !secret is not allowed"),
        ("? [1, 2]\n: 3", "a key must be a text"),
        ("- " * 60 + "x", "nested too deeply"),
        ("a: &x 1\nb: [" + "*x, " * (MAX_ALIASES + 1) + "]", "aliases"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(InstanceError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_reports_all_duplicates_at_once() -> None:
    with pytest.raises(InstanceError) as caught:
        parse("a: 1\na: 2\nb: {c: 1, c: 2}")
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml_bounds.LOADER])
@pytest.mark.parametrize("opening", ["[", "{", "- ", "? ", "a: [", "[x, ", "{a: ", "&a ["])
def test_deep_nesting_is_refused_at_once(
    opening: str, loader: type[yaml.SafeLoader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_bounds, "LOADER", loader)
    began = time.process_time()
    with pytest.raises(InstanceError, match=r"^<text>:1: nested too deeply"):
        parse(opening * 100_000)
    assert time.process_time() - began < 2.0


def test_deep_brackets_are_refused_on_their_line_whatever_the_parser_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Impatient(yaml.SafeLoader):
        def fetch_flow_collection_start(self, token: type[yaml.Token]) -> None:
            if self.flow_level >= 100:
                raise yaml.YAMLError("some other version's own words")
            super().fetch_flow_collection_start(token)

    monkeypatch.setattr(yaml_bounds, "LOADER", Impatient)
    with pytest.raises(InstanceError, match=r"^<text>:3: nested too deeply"):
        parse("a: 1\nb:\n  " + "[" * 2_000)


def test_brackets_within_quotes_are_no_nesting() -> None:
    assert parse(f"a: '{'[' * 2_000}'").data == {"a": "[" * 2_000}
    with pytest.raises(InstanceError, match="not valid YAML"):
        parse(f"a: '{'[' * 2_000}")
