"""Names in Chinese, Arabic and emoji go through every output and back, as files, tables, pages and programs."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import highspy
import openpyxl
import pytest
import yaml

import planner
from planner.core.errors import InstanceError
from planner.instance.name import name_fault
from planner.loader.usage.focus_bill import read_bills
from planner.plan.plan import Plan
from planner.study.tracking import track
from planner.view.exports import FORMATS, export
from planner.view.exports.program import in_ascii
from planner.view.reporting.tracking_page import tracking_page

if TYPE_CHECKING:
    from pathlib import Path

NAME, CHAT, MORE = "昇腾🚀سعة", "聊天", "محادثة"
READS, WRITES, CARD = "预填充🔥", "فك.التشفير", "昇腾910"
RENT, KEPT, SITE = "按需", "حجز💎", "上海👩‍💻"
QUESTION: dict[str, Any] = {
    "version": 1,
    "name": NAME,
    "description": "两小时 — ساعتان — 👩‍💻",
    "horizon": {"start": "2025-01-01T00:00+00:00", "period_hours": 1, "periods": 2},
    "workloads": {
        CHAT: {"demand": {"input_tokens_per_s": [1500, 900], "output_tokens_per_s": [350, 150]}},
        MORE: {"demand": {"input_tokens_per_s": [500, 100], "output_tokens_per_s": [30, 50]}},
    },
    "deployments": [
        {"name": READS, "role": "prefill", "nodes": 1, "rate_tokens_per_s": {CHAT: 1000, MORE: 900}},
        {"name": WRITES, "role": "decode", "nodes": 2, "rate_tokens_per_s": {CHAT: 200, MORE: 100}},
    ],
    "hardware": {CARD: {"gpus_per_node": 8, "like": "ascend_910b"}},
    "sites": {SITE: {}},
    "fleet": {
        CARD: {
            RENT: {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 10, "site": SITE},
            KEPT: {"kind": "reserved", "price_usd_per_node_hour": 10.0, "max_nodes": 10, "site": SITE},
        }
    },
}
NAMES = (NAME, CHAT, MORE, READS, WRITES, CARD, RENT, KEPT)


@cache
def solved() -> tuple[planner.Instance, Plan]:
    instance = planner.from_dict(QUESTION)
    return instance, planner.solve(instance)


def test_the_plan_is_that_of_plain_names() -> None:
    plain = yaml.safe_dump(QUESTION, allow_unicode=True)
    for number, name in enumerate(sorted((*NAMES, SITE), key=len, reverse=True)):
        plain = plain.replace(name, f"n{number}")
    assert solved()[1].cost == planner.solve(planner.from_dict(yaml.safe_load(plain))).cost


def test_the_plan_goes_through_its_file_and_the_audit() -> None:
    instance, plan = solved()
    back = Plan.from_dict(plan.to_dict())
    assert back.to_dict() == plan.to_dict()
    assert not planner.check(instance, back).violations
    assert {row["channel"] for row in back.frame("fleet").to_dict("records")} == {RENT, KEPT}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_written_with_the_names(kind: str, tmp_path: Path) -> None:
    instance, plan = solved()
    suffix = (FORMATS[kind].file or "").partition(".")[2]
    files = export(plan, kind, tmp_path / (f"计划💎.{suffix}" if suffix else "计划💎"), instance)
    assert all(file.stat().st_size > 0 for file in files)


def test_rows_and_tables_read_back_with_the_names(tmp_path: Path) -> None:
    instance, plan = solved()
    (focus,) = export(plan, "focus", tmp_path / "focus.csv", instance)
    rows = list(csv.DictReader(io.StringIO(focus.read_text(encoding="utf-8"))))
    assert {row["x_Channel"] for row in rows} == {RENT, KEPT}
    (book,) = export(plan, "xlsx", tmp_path / "plan.xlsx", instance)
    cells = {
        str(cell.value)
        for sheet in openpyxl.load_workbook(book)
        for line in sheet.iter_rows()
        for cell in line
    }
    assert all(any(name in cell for cell in cells) for name in (CARD, RENT, KEPT, READS, WRITES))
    tables = export(plan, "csv", tmp_path / "tables", instance)
    written = "".join(file.read_text(encoding="utf-8") for file in tables)
    assert all(name in written for name in NAMES[1:])


def test_the_plan_is_tracked_by_its_own_rows_with_the_names(tmp_path: Path) -> None:
    instance, plan = solved()
    (file,) = export(plan, "focus", tmp_path / "focus.csv", instance)
    bill = read_bills([file], instance, [])
    found = track(plan, instance, bill.lines)
    assert (bill.others, found.actual_cost) == ({}, pytest.approx(plan.cost))
    assert found.by_cause == pytest.approx(dict.fromkeys(found.by_cause, 0.0), abs=1e-9)
    page = tracking_page(found, bill.others)
    assert all(name in page for name in (NAME, f"{CARD}.{RENT}", KEPT))


@pytest.mark.parametrize("kind", ["lp", "mps"])
def test_programs_are_ascii_and_solve_to_the_same(kind: str, tmp_path: Path) -> None:
    instance, plan = solved()
    (file,) = export(plan, kind, tmp_path / f"计划.{kind}", instance)
    assert in_ascii(NAME) in file.read_bytes().decode("ascii")
    engine = highspy.Highs()
    engine.silent()
    plain = file.rename(tmp_path / f"plain.{kind}")
    assert engine.readModel(str(plain)) == highspy.HighsStatus.kOk
    engine.run()
    assert engine.getInfo().objective_function_value == pytest.approx(plan.cost)


def test_the_report_has_the_names_as_they_are() -> None:
    page = planner.report(solved()[1])
    assert '<meta charset="utf-8">' in page
    assert all(name in page for name in NAMES)


def test_pictures_say_which_sign_no_font_has() -> None:
    """Nothing fails; what cannot be drawn here is warned of by matplotlib, and nothing else is."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    with warnings.catch_warnings(record=True) as told:
        # others, a collected object's for one, are not matplotlib's
        warnings.simplefilter("always", UserWarning)
        axes = solved()[1].plot("nodes")
        axes.figure.canvas.draw()
    pyplot.close(axes.figure)
    assert NAME in axes.get_title(loc="left")
    assert {str(one.message).split()[0] for one in told} <= {"Glyph", "Matplotlib"}


def test_a_terminal_of_ascii_shows_escapes(tmp_path: Path) -> None:
    (tmp_path / "问题.yaml").write_text(yaml.safe_dump(QUESTION, allow_unicode=True), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "planner",
        "solve",
        "问题.yaml",
        "--out",
        "结果",
        "--set",
        f"workloads.{CHAT}.model=模型",
    ]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert b"\\u6607\\u817e910" in ran.stdout
    assert (tmp_path / "结果" / "plan.json").stat().st_size > 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ｈ100", "is 'H100' in other characters"),
        ("cafe\u0301", "is 'café' in other characters"),
        ("a\u00b7b\u037e", "U+037E"),
        ("卡，二", "FULLWIDTH COMMA"),
        ("卡\ue000", "U+E000 at 2"),
        ("\u0300x", "COMBINING GRAVE ACCENT"),
    ],
)
def test_what_looks_the_same_is_refused_with_what_to_write(name: str, words: str) -> None:
    assert words in name_fault(name) or words in refusal(name)


@pytest.mark.parametrize(
    "name", ["", "a b", "a/b", "a\u202eb", "\u200bx", "a\n", "=1+1", "a\x1b[31m", "a\u00a0b", "n" * 65]
)
def test_what_is_no_name_is_refused_at_its_place(name: str) -> None:
    assert "name" in refusal(name)


def refusal(name: str) -> str:
    with pytest.raises(InstanceError) as refused:
        planner.from_dict({**QUESTION, "name": name})
    return str(refused.value)


@pytest.mark.parametrize(
    "name", [*NAMES, SITE, "हिन्दी", "café", "naïve-1", "1️⃣", "👍🏽", "🇨🇳", "ไทย", "한국", "l·l"]
)
def test_names_of_people_are_names(name: str) -> None:
    assert name_fault(name) == ""
    assert planner.from_dict({**QUESTION, "name": name}).name == name
