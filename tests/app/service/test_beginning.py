"""The service begins with a client's own files: a log, monitoring, a load test; over HTTP and on the page."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.browser import browser, console_errors
from tests.examples import plain
from tests.loader.benchmarks.samples import VLLM

if TYPE_CHECKING:
    import httpx

    from tests.app.service.server import Server

LOG = (Path(__file__).parents[2] / "data" / "azure2023_conv_excerpt.csv").read_text()
HOURS = "time,requests\n" + "".join(f"2026-03-02T{hour:02}:00+00:00,36000\n" for hour in range(24))
RUN = json.dumps(
    {**VLLM, "model_id": "Qwen/Qwen3-32B", "accelerator": "h100", "gpus": 2, "engine": "vllm 0.11.0"}
)
ASKED: dict[str, Any] = {
    "name": "ours",
    "logs": {"gateway.log.csv": LOG},
    "monitoring": {"hours.csv": HOURS},
    "load_test": {"run.json": RUN},
    "timezone": "UTC",
    "tpot_ms": 60,
    "price_usd_per_gpu_hour": {"h100": 2},
}


def begin(server: Server, **changes: Any) -> httpx.Response:
    """The answer to a beginning with changes; None leaves a key out."""
    asked = {key: value for key, value in {**ASKED, **changes}.items() if value is not None}
    return server.client.post("/api/begin", json=asked)


def test_files_become_an_instance_and_a_plan(server: Server) -> None:
    answer = begin(server)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    data = yaml.safe_load(made["instance"])
    assert data["workloads"]["chat"]["model"] == "qwen3-32b"
    assert data["deployments"][0]["rate_tokens_per_s"]["chat"]["prefill"] > 0
    assert "ASSUMED" in made["instance"]
    assert "/tmp" not in answer.text
    assert set(made["series"]) == {"ours.csv", "ours.lengths.csv"}
    question = {"instance": made["instance"], "series": made["series"]}
    assert server.client.post("/api/validate", json=question).json()["name"] == "ours"
    job = server.client.post("/api/jobs", json=question).json()
    assert server.ended(job["id"])["cost"] > 0


def test_a_mean_in_the_shape_of_a_public_week_begins_too(server: Server) -> None:
    means = {"requests_per_s": 20, "input_tokens": 1000, "output_tokens": 200}
    answer = begin(server, logs=None, monitoring=None, **means)
    assert answer.status_code == 200, answer.text
    assert yaml.safe_load(answer.json()["instance"])["horizon"]["periods"] == 168


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"logs": {"../../etc/passwd.csv": "a"}}, "write a file name such as day.csv"),
        ({"logs": {"a/b.csv": LOG}}, "the name 'a/b.csv' does not fit"),
        ({"logs": {"..csv": LOG}}, "write a file name"),
        ({"logs": {f"{'a' * 120}.csv": LOG}}, "at most 100"),
        ({"logs": {"gateway.exe": LOG}}, ".csv, .json, .jsonl or .ndjson"),
        ({"logs": {f"g{number}.csv": LOG for number in range(11)}}, "at most 10"),
        ({"name": "../x"}, "write a name of letters"),
        ({"load_test": None}, "name model and hardware"),
        ({"logs": None, "monitoring": None}, "give a log"),
        (
            {"monitoring": {"hours.csv": "when,what\n1,2\n"}},
            "say what they are: Columns time=NAME, requests=NAME (counts",
        ),
        (
            {"monitoring": {"hours.csv": HOURS.replace("T05", "T04")}},
            "is the time of an earlier row too: Defects duplicates=first",
        ),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
        ({"timezone": None}, "Zone of times"),
        ({"model": "gpt-9", "load_test": {"run.json": "{"}}, "JSON"),
        ({"hardware": ["h200"]}, "says accelerator 'h100'"),
        ({"load_test": {"run.json": "{"}}, "JSON"),
        ({"tpot_ms": 1}, "no load of the sweep keeps"),
    ],
)
def test_what_does_not_fit_is_told_with_4xx(server: Server, changes: dict[str, Any], words: str) -> None:
    answer = begin(server, **changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert "/tmp" not in answer.text
    assert " --" not in answer.text


def test_a_body_is_bounded_before_it_is_read(server: Server) -> None:
    answer = begin(server, logs={"gateway.csv": LOG + "x" * 4_000_000})
    assert answer.status_code == 413
    assert "at most 4000000 bytes" in answer.text


def test_series_go_by_names_with_dots_and_never_out_of_their_folder(server: Server) -> None:
    demand = {"csv": "day.chat.csv", "input_tokens_per_s": "in", "output_tokens_per_s": "out"}
    text, rows = (
        yaml.safe_dump(plain({"workloads.chat.demand": demand})),
        "in,out\n1500,350\n900,150\n2500,500\n",
    )

    def status(name: str) -> int:
        question = {"instance": text, "series": {name: rows}}
        return server.client.post("/api/validate", json=question).status_code

    assert status("day.chat.csv") == 200
    assert {
        status(name) for name in ("../day.chat.csv", "a.b/day.chat.csv", "a//b.csv", f"{'a' * 200}.csv")
    } == {422}


def test_the_page_opens_own_files_and_shows_the_base_plan_by_the_name_of_the_instance(
    server: Server, tmp_path: Path
) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select, WebDriverWait

    demand = {"csv": "load/day.csv", "input_tokens_per_s": "in", "output_tokens_per_s": "out"}
    (tmp_path / "own.yaml").write_text(
        yaml.safe_dump(plain({"workloads.chat.demand": demand, "name": "ours"}))
    )
    (tmp_path / "day.csv").write_text("in,out\n1500,350\n900,150\n2500,500\n")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as packed:
        packed.writestr(
            "ours/own.yaml", yaml.safe_dump(plain({"workloads.chat.demand": demand, "name": "packed"}))
        )
        packed.write(tmp_path / "day.csv", "ours/load/day.csv")
        packed.writestr("ours/notes.txt", "not read")
    (tmp_path / "run.json").write_text(RUN)
    (tmp_path / "hours of ours.csv").write_text(
        "time,requests,input_tokens,output_tokens\n"
        + "".join(f"2026-03-02T{hour:02}:00+00:00,3600,3600000,720000\n" for hour in range(24))
    )
    with browser() as session:

        def answered(name: str) -> str:
            result = session.find_element(By.ID, "result")
            WebDriverWait(session, 60).until(lambda _: result.get_attribute("data-job") == name)
            return str(result.text)

        def give(field: str, *names: str) -> None:
            session.find_element(By.ID, field).send_keys("\n".join(str(tmp_path / name) for name in names))

        session.get(f"{server.address}/")
        WebDriverWait(session, 30).until(
            lambda page: page.execute_script("return document.documentElement.dataset.ready")
        )
        source = Select(session.find_element(By.ID, "source"))
        source.select_by_value("own instance")
        give("files", "own.yaml", "day.csv")
        assert "USD" in answered("ours")
        assert session.find_element(By.ID, "held").text == "with load/day.csv"
        source.select_by_value("own log or load test")
        give("monitoring", "hours of ours.csv")
        give("tests", "run.json")
        session.find_element(By.ID, "make").click()
        assert "USD" in answered("service")
        assert "ASSUMED" in session.find_element(By.ID, "text").get_attribute("value")
        source.select_by_value("own instance")
        session.execute_script("document.getElementById('files').value = ''")
        give("files", "packed.zip")
        assert "USD" in answered("packed")
        assert session.find_element(By.ID, "held").text == "with load/day.csv; not read: ours/notes.txt"
        assert console_errors(session) == []
