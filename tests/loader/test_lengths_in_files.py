"""Lengths as instances give them: logs made into classes, means that follow, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.loader import from_dict, loads
from planner.loader.length_classes import MOST_CELLS, classes_of
from tests.examples import plain

if TYPE_CHECKING:
    from pathlib import Path

    from planner.instance import Instance, Lengths

TEXT = """
version: 1
name: small
horizon: {start: 2025-01-01T00:00+00:00, periods: 1}
workloads:
  chat:
    demand: {input_tokens_per_s: 1000, cached_tokens_per_s: 250, output_tokens_per_s: 100}
    lengths: LENGTHS
deployments:
  - {name: both, role: colocated, nodes: 1, rate_tokens_per_s: {chat: {prefill: 1000, decode: 200}}}
fleet: {h800: {rent: {kind: on_demand, price_usd_per_node_hour: 16, max_nodes: 20}}}
"""


def with_lengths(lengths: dict[str, Any], **changes: Any) -> Instance:
    return from_dict(plain({"workloads.chat.lengths": lengths} | changes))


def lengths_of(instance: Instance) -> Lengths:
    found = instance.workloads["chat"].lengths
    assert found is not None
    return found


def from_log(folder: Path, log: str, lengths: str = "{csv: log.csv}") -> Instance:
    (folder / "log.csv").write_text(log)
    return loads(TEXT.replace("LENGTHS", lengths), folder)


def faults(run: Any) -> str:
    with pytest.raises(InstanceError) as caught:
        run()
    return "\n".join(map(str, caught.value.faults))


def test_means_follow_from_classes() -> None:
    classes = [
        {"share": 3, "input_tokens": 100, "output_tokens": 10},
        {"share": 1, "input_tokens": 500, "output_tokens": 50},
    ]
    found = lengths_of(with_lengths({"classes": classes}))
    assert (found.input_tokens, found.output_tokens) == (200.0, 20.0)


def test_a_log_is_read_and_carried_as_classes(tmp_path: Path) -> None:
    log = "input_tokens,output_tokens,cached_tokens,requests\n100,10,0,3\n500,0,200,1\n"
    instance = from_log(tmp_path, log)
    found = lengths_of(instance)
    assert found.csv is None
    assert [
        (one.share, one.input_tokens, one.output_tokens, one.cached_tokens) for one in found.classes or ()
    ] == [
        (3.0, 100.0, 10.0, 0.0),
        (1.0, 500.0, 1.0, 200.0),
    ]
    assert instance.assumed == ("workloads.chat.lengths.csv: 1 requests without output count as one token",)
    assert from_dict(instance.to_dict()) == instance


def test_a_log_of_a_public_trace(tmp_path: Path) -> None:
    found = lengths_of(from_log(tmp_path, "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16,374,44\n"))
    assert (found.input_tokens, found.output_tokens) == (374.0, 44.0)


def test_few_classes_keep_the_moments_of_a_long_log() -> None:
    rng = np.random.default_rng(1)
    prompt, answer = rng.lognormal(7.0, 1.2, 20_000), rng.lognormal(4.0, 1.0, 20_000)
    classes = classes_of({"input_tokens": prompt, "output_tokens": answer}, np.ones(len(prompt)))
    assert len(classes) == MOST_CELLS
    share, mean, other = (np.array([one[key] for one in classes]) for key in classes[0])
    share /= share.sum()
    assert share @ mean == pytest.approx(prompt.mean(), rel=1e-6)
    assert share @ mean**2 == pytest.approx((prompt**2).mean(), rel=0.01)
    assert share @ (mean * other) == pytest.approx((prompt * answer).mean(), rel=0.01)


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("input_tokens\n1\n", "lacks the column output_tokens"),
        ("input_tokens,output_tokens\n", "holds no request"),
        ("input_tokens,output_tokens\n5,x\n0,3\n", "column 'output_tokens' holds 'x'"),
        (
            "input_tokens,output_tokens\n5,x\n0,3\n",
            "column 'input_tokens' holds '0', not a number from 1 to 10,000,000",
        ),
        ("input_tokens,output_tokens\n5,3\n5,1e300\n", "holds '1e300', not a number from 0 to 10,000,000"),
        ("input_tokens,output_tokens,cached_tokens\n5,1,9\n", "cached_tokens exceed input_tokens"),
    ],
)
def test_what_is_wrong_with_a_log(tmp_path: Path, log: str, expected: str) -> None:
    assert expected in faults(lambda: from_log(tmp_path, log))


def test_faults_of_classes() -> None:
    one = {"share": 1, "input_tokens": 100, "output_tokens": 10}
    assert "the mean of the classes is 100" in faults(
        lambda: with_lengths({"classes": [one], "input_tokens": 150})
    )
    assert "not both" in faults(lambda: with_lengths({"classes": [one], "input_scv": 1.0}))
    assert "cached_tokens exceed input_tokens" in faults(
        lambda: with_lengths({"classes": [one | {"cached_tokens": 101}]})
    )
    assert "50.0% of their prompt tokens are cached, and 0.0% of the demand's" in faults(
        lambda: with_lengths({"classes": [one | {"cached_tokens": 50}]})
    )
    assert "give it for each, or for none" in faults(
        lambda: with_lengths({"classes": [one, one | {"cached_tokens": 50}]})
    )
    assert "output_tokens: is missing" in faults(lambda: with_lengths({"input_tokens": 5}))
    assert "give the log or its classes" in faults(lambda: with_lengths({"classes": [one], "csv": "log.csv"}))
    assert "cannot name files" in faults(lambda: with_lengths({"csv": "log.csv"}))
