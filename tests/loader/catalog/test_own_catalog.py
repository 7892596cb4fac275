"""Hardware, models, recipes, measured units and price books out of a folder of one's own."""

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
from planner.loader.catalog.entries import hardware_entries
from tests.loader.catalog.question import question

QUESTION = question("inhouse-8b", "x900", {"book": {"name": "our_quotes"}})
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
    assert "x900" in run("catalog", "hardware")
    assert "inhouse-8b" in run("catalog", "models")
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
def test_entries_that_cannot_be_used_are_reported_at_the_door(
    own: Path, file: Path, kind: str, name: str, text: str, message: str
) -> None:
    (own / kind / f"{name}.yaml").write_text(text)
    with pytest.raises(InstanceError, match=message):
        planner.load(file)


def test_a_number_that_is_none_is_reported(own: Path, file: Path) -> None:
    copied("architectures", "qwen3-8b", own, "inhouse-8b", layers="forty")
    with pytest.raises(InstanceError, match=r"workloads.chat.model: .*layers must be a whole number"):
        planner.load(file)


def test_a_folder_that_is_none_and_a_book_twice_are_reported(
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


MEASURED = {
    "name": "our_bench",
    "accelerator": "x900",
    "units": [
        {
            **{"models": ["inhouse-8b"], "role": "colocated", "gpus": 8, "requests": 400},
            **{"prefill_tokens_per_s": 90_000.0, "decode_tokens_per_s": 21_000.0, "source": "our run 3"},
        }
    ],
}


def measured(folder: Path, name: str = "our_bench", **changes: Any) -> None:
    """Units of x900 that were measured, some facts of the one unit changed."""
    (folder / "measured").mkdir(exist_ok=True)
    entry = MEASURED | {"name": name, "units": [MEASURED["units"][0] | changes]}  # type: ignore[index]
    (folder / "measured" / f"{name}.yaml").write_text(yaml.safe_dump(entry))


def rate_of(deployment: dict[str, Any] | None = None) -> Any:
    """The rates of the question's only unit."""
    asked = QUESTION | {"deployments": [{"role": "colocated", "ep": 8} | (deployment or {})]}
    return planner.compute_rates(planner.loads(json.dumps(asked))).frame()


def test_a_recipe_of_ours_is_what_units_are_rated_with(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = {"value": 4.0, "source": "our checkpoint"}
    copied("recipes", "fp8", own, "our_wide", dense_weight_bytes=wide, kv_element_bytes=wide)
    ours, usual = rate_of({"recipe": "our_wide"}), rate_of({"recipe": "fp8"})
    assert set(ours["recipe"]) == {"our_wide"}
    assert ours["rate_per_s"].max() < usual["rate_per_s"].max()
    (own / "recipes" / "our_wide.yaml").unlink()
    with pytest.raises(InstanceError, match=r"no recipe 'our_wide' in the catalog"):
        rate_of({"recipe": "our_wide"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dense_compute": "fp9"}, "dense_compute must be one of bf16, fp8, int8, fp4, fp4_fp8, got 'fp9'"),
        ({"kv_element_bytes": {"value": 0}}, "kv_element_bytes must be a number of bytes above 0"),
        ({"kv_element_bytes": {"value": None}}, "kv_element_bytes must be a number of bytes above 0"),
        ({"kv_element_bytes": "two"}, "kv_element_bytes must be a number of bytes above 0"),
        ({"kv_bytes": 2}, "unknown key 'kv_bytes'"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_reported(own: Path, changes: dict[str, Any], message: str) -> None:
    copied("recipes", "fp8", own, "our_wide", **changes)
    with pytest.raises(InstanceError, match=rf"deployments.0.recipe: recipe 'our_wide': {message}"):
        rate_of({"recipe": "our_wide"})


def test_no_recipe_is_called_auto(own: Path) -> None:
    copied("recipes", "fp8", own, "auto")
    with pytest.raises(InstanceError, match="a recipe may not be called 'auto'"):
        rate_of()


def test_what_we_measured_is_the_rate(own: Path) -> None:
    modelled = rate_of()
    assert "measured" not in set(modelled["provenance"])
    measured(own)
    found = rate_of().set_index("phase")["rate_per_s"]
    assert found["decode"] == pytest.approx(21_000.0)
    assert found["prefill"] == pytest.approx(90_000.0)
    assert set(rate_of()["provenance"]) == {"measured"}
    assert "x900" in run("catalog", "hardware")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": ["inhouse-9b"]}, r"units.0: no model 'inhouse-9b' in the catalog"),
        ({"models": "inhouse-8b"}, r"units.0: models must be a list of names"),
        ({"role": "reading"}, r"units.0: role must be one of prefill, decode, colocated"),
        ({"gpus": 0.5}, r"units.0: gpus must be a whole number"),
        ({"requests": 0}, r"units.0: requests must be a number above 0"),
        ({"decode_tokens_per_s": "fast"}, r"units.0: decode_tokens_per_s must be a number above 0"),
        ({"speed": 3}, r"units.0: unknown key 'speed'"),
    ],
)
def test_measured_units_that_cannot_be_used_are_reported(
    own: Path, changes: dict[str, Any], message: str
) -> None:
    measured(own, **changes)
    with pytest.raises(InstanceError, match=f"measured units 'our_bench': {message}"):
        rate_of()
    with pytest.raises(InstanceError, match="measured units 'our_bench'"):
        hardware_entries()


def test_units_measured_twice_and_of_no_hardware_are_reported(own: Path) -> None:
    measured(own)
    measured(own, "our_other_bench")
    with pytest.raises(
        InstanceError, match=r"x900, inhouse-8b, colocated, 8 GPUs is stated in our_bench too"
    ):
        rate_of()
    (own / "measured" / "our_other_bench.yaml").write_text("accelerator: x901\nunits: [3]\n")
    with pytest.raises(
        InstanceError, match=r"no accelerator 'x901' in the catalog; units must be a list of mappings"
    ):
        rate_of()
