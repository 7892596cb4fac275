"""The HTTP surface: questions, jobs, and what comes out of them."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING

import openpyxl
import pytest
import yaml

from planner.plan.plan import Plan
from tests.examples import plain

if TYPE_CHECKING:
    import httpx

    from tests.app.service.server import Server

TINY = {"example": "tiny"}


@pytest.fixture(scope="session")
def solved(server: Server) -> str:
    """Id of a job that has solved the tiny example."""
    answer = server.client.post("/api/jobs", json=TINY)
    assert answer.status_code == 202
    job = server.ended(answer.json()["id"])
    assert (job["state"], job["cost"]) == ("done", 108.0)
    return job["id"]


def test_the_document_describes_the_surface(server: Server) -> None:
    document = server.client.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.")
    paths = document["paths"]
    for path in ("/api/validate", "/api/rates", "/api/jobs", "/api/jobs/{identity}/events", "/api/compare"):
        assert path in paths


def test_a_sound_instance_has_knobs(server: Server) -> None:
    answer = server.client.post("/api/validate", json={"example": "peak"}).json()
    values = {knob["path"]: knob["value"] for knob in answer["knobs"]}
    assert values["workloads.chat.demand.scale"] == 1.0
    assert values["workloads.chat.sla.tpot_ms"] == 50
    assert values["fleet.h800.rent.price_usd_per_gpu_hour"] == 2.0
    assert values["workloads.chat.sla.availability"] == 0.999
    assert values["workloads.chat.sla.ttft_ms.p99"] == 5000
    words = {knob["path"]: knob["words"] for knob in answer["knobs"]}
    assert words["fleet.h800.rent.price_usd_per_gpu_hour"] == "price, USD a GPU-hour"
    assert words["fleet.h800.rent.max_nodes"] == "at most, nodes"
    assert words["workloads.chat.sla.availability"] == "chat: availability, share of the time"


def test_faults_come_all_at_once_with_their_lines(server: Server) -> None:
    text = yaml.safe_dump(plain({"currency": "dollars", "fleet.h800.rent.max_nodes": -1}))
    answer = server.client.post("/api/validate", json={"instance": text})
    assert answer.status_code == 422
    faults = {fault["path"]: fault["line"] for fault in answer.json()["faults"]}
    assert faults.keys() >= {"currency", "fleet.h800.rent.max_nodes"}
    assert all(faults.values())
    assert server.client.post("/api/jobs", json={"instance": text}).status_code == 422


def test_rates(server: Server) -> None:
    rows = server.client.post("/api/rates", json=TINY).json()["rates"]
    assert {row["unit"]: row["rate_per_s"] for row in rows} == {"prefill": 1000.0, "decode": 200.0}


def test_series_come_with_the_question(server: Server) -> None:
    demand = {"csv": "load/day.csv", "input_tokens_per_s": "in", "output_tokens_per_s": "out"}
    text = yaml.safe_dump(plain({"workloads.chat.demand": demand}))
    series = {"load/day.csv": "in,out\n1500,350\n900,150\n2500,500\n"}
    assert server.client.post("/api/validate", json={"instance": text, "series": series}).status_code == 200
    assert server.client.post("/api/validate", json={"instance": text}).status_code == 422


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../pyproject.toml", "../../../../../../etc/passwd", "series/../../README.md"]
)
def test_no_path_of_the_server_can_be_named(server: Server, path: str) -> None:
    demand = {"csv": path, "input_tokens_per_s": "in", "output_tokens_per_s": "out"}
    text = yaml.safe_dump(plain({"workloads.chat.demand": demand}))
    answer = server.client.post("/api/validate", json={"instance": text})
    assert answer.status_code == 422
    assert "outside the folder" in answer.text
    refused = server.client.post("/api/validate", json={"instance": text, "series": {path: "in,out\n1,1\n"}})
    assert refused.status_code == 422
    assert server.client.post("/api/validate", json={"example": path}).status_code == 422


def test_nesting_costs_no_time(server: Server) -> None:
    for text in ("[" * 400_000, "{" * 400_000, "- " * 200_000):
        began = time.monotonic()
        assert server.client.post("/api/validate", json={"instance": text}).status_code == 422
        assert time.monotonic() - began < 5.0


def test_overrides_turn_the_question(server: Server) -> None:
    asked = TINY | {"overrides": {"workloads.chat.demand.scale": 2.0}, "label": "twice"}
    job = server.ended(server.client.post("/api/jobs", json=asked).json()["id"])
    assert job["label"] == "twice"
    assert job["cost"] > 108.0


def test_the_plan_and_its_forms(server: Server, solved: str) -> None:
    base = f"/api/jobs/{solved}"
    plan = Plan.from_dict(server.client.get(f"{base}/plan").json())
    assert plan.cost == 108.0
    page = server.client.get(f"{base}/report")
    assert "Capacity plan <b>tiny</b>" in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    book = openpyxl.load_workbook(io.BytesIO(server.client.get(f"{base}/export/xlsx").content))
    assert "Hourly plan" in book.sheetnames
    assert "BilledCost" in server.client.get(f"{base}/export/focus").text
    assert server.client.get(f"{base}/export/docx").status_code == 422
    assert server.client.get(f"{base}/pictures").json()["cost"] == 108.0


def test_progress_streams_and_ends(server: Server, solved: str) -> None:
    with server.client.stream("GET", f"/api/jobs/{solved}/events") as stream:
        lines = list(stream.iter_lines())
    assert "event: progress" in lines
    last = json.loads(lines[lines.index("event: end") + 1].removeprefix("data: "))
    assert last["state"] == "done"
    best = [json.loads(line[6:]) for line in lines if line.startswith("data: ") and "bound" in line]
    assert best[-1]["cost"] == 108.0
    assert [event["audited"] for event in best] == [False] * (len(best) - 1) + [True]
    resumed = server.client.get(f"/api/jobs/{solved}/events", headers={"Last-Event-ID": "999999"})
    assert "event: progress" not in resumed.text


def test_two_plans_compare(server: Server, solved: str) -> None:
    asked = TINY | {"overrides": {"fleet.h800.rent.price_usd_per_gpu_hour": 4.0}}
    other = server.ended(server.client.post("/api/jobs", json=asked).json()["id"])["id"]
    told = server.client.post("/api/compare", json={"first": solved, "second": other}).json()
    assert "fleet.h800.rent.price_usd_per_gpu_hour: 2.0 -> 4.0" in told["text"]
    same = server.client.post("/api/compare", json={"first": solved, "second": solved})
    assert same.status_code == 422


def test_an_infeasible_question_is_answered(server: Server) -> None:
    limits = {"fleet.h800.rent.max_nodes": 1, "fleet.h800.reserve.max_nodes": 1}
    job = server.ended(server.client.post("/api/jobs", json=TINY | {"overrides": limits}).json()["id"])
    assert (job["state"], job["has_plan"], job["cost"]) == ("done", True, None)
    told = server.client.get(f"/api/jobs/{job['id']}/pictures").json()
    assert told["decision"] == "No plan can meet this demand."
    assert server.client.get(f"/api/jobs/{job['id']}/export/focus").status_code == 422


def test_what_is_not_there_is_not_found(server: Server) -> None:
    for path in ("", "/plan", "/report", "/pictures", "/events", "/export/xlsx"):
        assert server.client.get(f"/api/jobs/nothing{path}").status_code == 404
    assert server.client.delete("/api/jobs/nothing").status_code == 404
    assert server.client.get("/assets/../server.py").status_code in (404, 422)
    assert server.client.get("/api/examples/..%2F..%2Fpyproject").status_code == 404


def test_a_running_job_can_be_cancelled_and_keeps_its_best(server: Server) -> None:
    options = {"time_limit_s": 60, "relative_gap": 0.0}
    question = {"example": "peak", "overrides": {"workloads.chat.sla.availability": None}, "options": options}
    running = server.client.post("/api/jobs", json=question).json()["id"]
    waiting = server.client.post("/api/jobs", json=TINY).json()["id"]
    with server.client.stream("GET", f"/api/jobs/{running}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: ") and json.loads(line[6:]).get("cost"):
                break
    assert server.client.delete(f"/api/jobs/{waiting}").json()["state"] == "cancelled"
    assert server.client.delete(f"/api/jobs/{running}").status_code == 200
    job = server.ended(running, 30)
    assert (job["state"], job["has_plan"]) == ("cancelled", True)
    assert server.client.delete(f"/api/jobs/{running}").status_code == 409


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]


def test_other_hosts_and_sites_are_refused(server: Server) -> None:
    get, post = server.client.get, server.client.post
    assert get("/api/health", headers={"Host": "evil.example"}).status_code == 421
    assert post("/api/validate", json=TINY, headers={"Origin": "http://evil.example"}).status_code == 403
    assert post("/api/validate", json=TINY, headers={"Origin": server.address}).status_code == 200


def test_a_large_body_is_refused(server: Server) -> None:
    large = {"instance": "x" * 5_000_000}
    assert server.client.post("/api/validate", json=large).status_code == 413

    def trickle() -> object:
        for _ in range(50):
            yield b"x" * 100_000

    assert server.client.post("/api/validate", content=trickle()).status_code == 413


def test_answers_carry_a_policy(server: Server) -> None:
    headers = server.client.get("/").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
