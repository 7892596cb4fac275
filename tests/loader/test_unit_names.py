"""Names that two units would have: refused where one writes them, numbered where they are made."""

from __future__ import annotations

from typing import Any

import pytest

from planner.core.errors import InstanceError
from planner.loader import from_dict
from planner.rates.compute import compute_rates
from tests.examples import plain

LIKE = {"role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000}}
DECODE = {"name": "decode", "role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 200}}


def fleet(deployments: list[dict[str, Any]]) -> dict[str, Any]:
    two = {
        "h800": {"rent": plain()["fleet"]["h800"]["rent"]},
        "h200": {"rent": plain()["fleet"]["h800"]["rent"]},
    }
    return plain({"fleet": two, "deployments": [*deployments, DECODE]})


@pytest.mark.parametrize(
    ("other", "name", "told"),
    [
        ({**LIKE, "name": "u"}, "u.2", "'u.2' is what unit 2 of 'u' (deployments.0) is called"),
        (LIKE, "h800.prefill.ep8", "is what a unit of deployments.0, which has no name, is called"),
        (LIKE, "h200.prefill.ep8.2", "is what a unit of deployments.0, which has no name, is called"),
        ({**LIKE, "name": "u"}, "u.for.chat", "is what units of 'u' are called when they serve chat alone"),
        ({**LIKE, "name": "u"}, "u.pass4096", "is what units of 'u' are called when they read 4096 tokens"),
    ],
)
def test_a_name_that_a_unit_is_given_is_refused(other: dict[str, Any], name: str, told: str) -> None:
    with pytest.raises(InstanceError) as refused:
        from_dict(fleet([other, {**LIKE, "name": name}]))
    assert [(fault.path, told in fault.message) for fault in refused.value.faults] == [
        ("deployments.1.name", True)
    ]


@pytest.mark.parametrize("name", ["u.3", "u.02", "h800.decode.ep8", "v.2", "h800.prefill"])
def test_other_names_stay(name: str) -> None:
    instance = from_dict(fleet([{**LIKE, "name": "u", "nodes": 1}, {**LIKE, "name": name}]))
    names = [option.name for option in compute_rates(instance).units]
    names += [option.name for option in compute_rates(instance).rejected]
    assert name in names
    assert len(names) == len(set(names))


def test_units_without_a_name_are_numbered() -> None:
    instance = from_dict(fleet([LIKE, {**LIKE, "rate_tokens_per_s": {"chat": 2000}}]))
    rates = compute_rates(instance)
    names = [unit.name for unit in (*rates.units, *rates.rejected)]
    assert len(names) == len(set(names)) == 6
