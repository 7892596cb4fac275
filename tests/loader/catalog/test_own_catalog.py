"""Hardware, a served model and a price book out of a folder of one's own, without a change of the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import kernels
import planner
from kernels.facts import DATA, OWN
from planner.app.cli.main import app
from planner.core.errors import InstanceError
from planner.core.executors.local import LocalExecutor
from planner.loader.catalog import book, books

QUESTION: dict[str, Any] = {
    "version": 1,
    "name": "own",
    "horizon": {"start": "2026-01-01T00:00+00:00", "period_hours": 1, "periods": 2},
    "currency": "USD",
    "workloads": {
        "chat": {
            "model": "inhouse-8b",
            "demand": {"input_tokens_per_s": [20_000, 40_000], "output_tokens_per_s": [4_000, 9_000]},
            "lengths": {"input_tokens": 2000, "output_tokens": 400},
            "sla": {"tpot_ms": 50},
        }
    },
    "deployments": [{"role": "colocated", "ep": 8}],
    "fleet": {"x900": {"rent": {"kind": "on_demand", "book": {"name": "our_quotes"}, "max_nodes": 50}}},
}
BOOK = """# Our quotes, USD.
provider,region,hardware,gpus,term,price,currency,unit,date,source,note
cloud,EU,x900,8,on_demand,3.5,USD,gpu_hour,2026-01-01,offer 17,
"""


def copied(kind: str, shipped: str, folder: Path, name: str, **changes: Any) -> Path:
    """A shipped entry under another name in a folder of one's own, some facts changed."""
    entry = yaml.safe_load((DATA / kind / f"{shipped}.yaml").read_text()) | {"name": name} | changes
    (folder / kind).mkdir(exist_ok=True)
    file = folder / kind / f"{name}.yaml"
    file.write_text(yaml.safe_dump(entry))
    return file


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one entry of each kind, that `PLANNER_CATALOG` names."""
    folder = tmp_path / "ours"
    (folder / "prices").mkdir(parents=True)
    copied("accelerators", "h100", folder, "x900", hbm_tb_per_s={"value": 6.0, "source": "data sheet"})
    copied("architectures", "qwen3-8b", folder, "inhouse-8b", layers=40, dense_layers=40)
    (folder / "prices" / "our_quotes.csv").write_text(BOOK)
    monkeypatch.setenv(OWN, str(folder))
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The question that names all three."""
    file = tmp_path / "own.yaml"
    file.write_text(json.dumps(QUESTION))
    return file


def run(*words: object) -> str:
    """Standard output of a verb that succeeds."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_catalog_has_what_is_ours(own: Path) -> None:
    assert "x900" in kernels.accelerator_names()
    assert "inhouse-8b" in kernels.architecture_names()
    assert kernels.architecture("inhouse-8b").layers == 40
    assert "our_quotes" in books()
    assert book("our_quotes").prices[0].per_gpu_hour == 3.5
    assert "our_quotes" in run("catalog", "list")
    assert "offer 17" in run("catalog", "show", "our_quotes", "--hardware", "x900")
    assert "1 books checked" in run("catalog", "check", "our_quotes", "--as-of", "2026-02-01")


def test_a_question_about_it_is_solved_audited_explained_and_shown(
    own: Path, file: Path, tmp_path: Path
) -> None:
    assert "catalog" in run("validate", file, "--explain")
    assert "x900" in run("rates", file)
    plan = planner.solve(planner.load(file), planner.SolveOptions(relative_gap=0.0))
    assert plan.usable
    assert plan.cost == pytest.approx(sum(plan.cost_terms.values()))
    assert set(plan.frame("fleet")["hardware"]) == {"x900"}
    assert planner.check(planner.load(file), plan).violations == ()
    out, page = tmp_path / "out", tmp_path / "page.html"
    assert "x900" in run("solve", file, "--out", out)
    assert "the plan holds" in run("check", file, out)
    assert "x900" in run("explain", file, out, "--checks", "1")
    run("report", out, "--html", page)
    assert "x900" in page.read_text()
    run("export", out, "--focus", tmp_path / "focus.csv", "--lp", tmp_path / "program.lp")
    assert "x900" in (tmp_path / "focus.csv").read_text()


def test_a_price_of_ours_is_the_price_paid_also_in_workers(own: Path, file: Path) -> None:
    loaded = planner.load(file)
    assert loaded.fleet["x900"]["rent"].price_usd_per_gpu_hour == 3.5  # type: ignore[attr-defined]
    with LocalExecutor(workers=1) as executor:
        table = planner.sweep(
            loaded,
            [{"fleet.x900.rent.price_usd_per_gpu_hour": price} for price in (3.5, 7.0)],
            executor=executor,
        )
    assert table["cost"][1] == pytest.approx(2 * table["cost"][0], rel=0.02)


def test_without_the_folder_the_names_are_unknown(file: Path) -> None:
    with pytest.raises(InstanceError) as told:
        planner.load(file)
    assert "no price book 'our_quotes'" in str(told.value)


@pytest.mark.parametrize(
    ("kind", "name", "text", "message"),
    [
        ("accelerators", "x900", "name: x900\nhbm_gb: [", r"x900.yaml:\d:\d+: not YAML: "),
        ("accelerators", "x900", "- 1\n", r"x900.yaml is no mapping"),
        ("accelerators", "x900", "name: x901\n", r"x900.yaml calls itself 'x901'"),
        ("accelerators", "x900", "name: x900\nhbm_gb: 80\n", r"missing 'gpus_per_node'"),
        ("architectures", "inhouse-8b", "name: inhouse-8b\nattention: gqa\n", r"missing 'layers'"),
        ("accelerators", "h100", "name: h100\n", r"h100.yaml has the name of .*h100.yaml"),
    ],
)
def test_entries_that_cannot_be_used_are_told_at_the_door(
    own: Path, file: Path, kind: str, name: str, text: str, message: str
) -> None:
    (own / kind / f"{name}.yaml").write_text(text)
    with pytest.raises(InstanceError, match=message):
        planner.load(file)


def test_a_number_that_is_none_is_told(own: Path, file: Path) -> None:
    copied("architectures", "qwen3-8b", own, "inhouse-8b", layers="forty")
    with pytest.raises(InstanceError, match=r"workloads.chat.model: .*layers must be a whole number"):
        planner.load(file)


def test_a_folder_that_is_none_and_a_book_twice_are_told(
    own: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "prices" / "china_2026.csv").write_text(BOOK)
    with pytest.raises(InstanceError, match=r"china_2026.csv has the name of"):
        planner.load(file)
    monkeypatch.setenv(OWN, str(tmp_path / "nowhere"))
    with pytest.raises(InstanceError, match=r"PLANNER_CATALOG names .*nowhere, which is no folder"):
        planner.load(file)
    plain = {"h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2}}}
    with pytest.raises(InstanceError, match="is no folder"):
        planner.loads(json.dumps(QUESTION | {"fleet": plain}))
