"""The page: what it says, that it is inert, and how it behaves in a browser without a network."""

from __future__ import annotations

import html as escaping
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import planner
from planner.app.cli.common import read_plan
from planner.core.solution import Status
from planner.plan.quantities import held
from planner.study.baselines import baselines
from planner.view.reporting.html import report
from planner.view.reporting.story import decision
from tests.browser import browser, console_errors, serious_faults
from tests.examples import small
from tests.view.exports.plans import CHANGES, solved

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan.plan import Plan

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planner.solve(small())


def hostile(plan: Plan) -> Plan:
    """The plan with hostile texts wherever a plan carries text of its own."""
    return replace(
        plan,
        instance=HOSTILE,
        warnings=(HOSTILE,),
        reasons=(HOSTILE,),
        cost_terms={HOSTILE + term: cost for term, cost in plan.cost_terms.items()},
        holdings=tuple(replace(one, channel=HOSTILE) for one in plan.holdings),
        units=tuple(replace(one, unit=HOSTILE + one.unit, role=HOSTILE) for one in plan.units),
        question={},
    )


def big(days: int) -> Plan:
    """A plan of a year's length, made by repeating a day: the page does not ask how it was found."""
    return long_plan(planner.solve(small()), days * 24)


def long_plan(plan: Plan, periods: int) -> Plan:
    from datetime import datetime, timedelta

    start = datetime.fromisoformat(plan.periods[0])
    labels = [(start + timedelta(hours=hour)).isoformat(timespec="minutes") for hour in range(periods)]

    def stretched(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple((values * (periods // len(values) + 1))[:periods])

    return replace(
        plan,
        periods=tuple(labels),
        period_weights=(1.0,) * periods,
        units=tuple(
            replace(one, unit=f"{one.unit}{copy}", hardware=f"hardware{copy}", on=stretched(one.on))
            for one in plan.units
            for copy in range(8)
        ),
        served=tuple(
            replace(one, unit=f"{one.unit}{copy}", per_s=stretched(one.per_s))
            for one in plan.served
            for copy in range(8)
        ),
        holdings=tuple(
            replace(plan.holdings[0], hardware=f"hardware{copy}", first=hour, last=hour, nodes=1 + hour % 7)
            for hour in range(periods)
            for copy in range(8)
        ),
        question={},
    )


def test_the_page_says_what_the_plan_says(plan: Plan) -> None:
    page = escaping.unescape(report(plan))
    assert decision(plan) in page
    assert f"{plan.cost:,.2f}" in page
    assert "Audited: all" in page
    for unit in plan.units:
        assert unit.unit in page
    for term in plan.cost_terms:
        assert term in page
    assert "given" in page


def test_the_decision_names_what_is_held_and_what_it_costs(plan: Plan) -> None:
    told = decision(plan)
    standing = sum(one.nodes for one in plan.holdings if one.kind == "reserved")
    assert f"Reserve {standing} h800 nodes" in told
    assert f"{plan.cost:,.2f} USD over 3 hours" in told


def test_an_audit_that_fails_is_reported(plan: Plan) -> None:
    broken = replace(plan, cost=plan.cost - 5.0)
    page = report(broken)
    assert "The audit refuses this plan" in page
    assert "total cost" in page


def test_the_same_plan_gives_the_same_page(plan: Plan) -> None:
    assert report(plan) == report(planner.Plan.from_dict(json.loads(json.dumps(plan.to_dict()))))


def test_alternatives_are_set_beside_the_plan(plan: Plan) -> None:
    dearer = replace(plan, cost=plan.cost + 12.5)
    page = report(plan, alternatives={"with <spares>": dearer})
    assert "with &lt;spares&gt;" in page
    assert "+12.50" in page


def test_a_plan_without_an_instance_says_so(plan: Plan) -> None:
    page = report(replace(plan, question={}))
    assert "Not audited" in page
    assert "assumptions are not known here" in page


def test_the_page_begins_with_what_a_board_asks(plan: Plan) -> None:
    """Savings by the baselines, obligations by the signatures, and what nobody promised; the figures folded away."""
    instance = small()
    page = escaping.unescape(report(plan))
    first, behind = page.split('id="fleet"')
    for one in baselines(plan, instance):
        assert f"Against {one.name} it saves" in first or f"Against {one.name}: not known" in first
    saved = next(one.saving for one in baselines(plan, instance) if one.name == "all on demand")
    assert f"Against all on demand it saves {saved:,.2f} USD over 3 hours" in first
    assert "by 2025-01-01 00:00</b> reserve h800, reserve" in first
    peak = max(
        map(sum, zip(*(nodes for (_, name), nodes in held(plan).items() if name == "rent"), strict=True))
    )
    assert f"up to {peak:,g} nodes at a time are hired by the hour" in first
    assert "2025-01-01T00:00" not in first
    assert re.search(r"<details><summary>\d+ given figures", behind)


def test_what_is_no_recommendation_is_not_to_be_signed(plan: Plan) -> None:
    unproven = replace(plan, bound=plan.cost / 2, gap_asked=0.01, status=Status.FEASIBLE, limit="time")
    assert not unproven.recommended
    page = report(unproven)
    assert "Nothing yet: what was found is no recommendation." in page
    assert "<b>by 2025" not in page


def test_no_room_is_explained(plan: Plan) -> None:
    """At demand that the units meet exactly the room is none: every promise is kept all the same."""
    tight = {"input_tokens_per_s": [1000, 1000, 1000], "output_tokens_per_s": [200, 200, 200]}
    page = report(planner.solve(small({"workloads.chat.demand": tight})))
    assert "At 0 % every promise is kept" in page
    assert "has no room beyond what its promises hold back" in page
    assert "At 0 % every promise is kept" not in report(plan)


@pytest.mark.parametrize("name", CHANGES)
def test_every_kind_of_plan_has_an_audited_page(name: str) -> None:
    _, plan = solved(name)
    page = escaping.unescape(report(plan))
    assert "Audited: all" in page
    assert f"{plan.cost:,.2f}" in page
    assert (plan.committed == ()) == ("Spending committed" not in page)
    assert (plan.lent == ()) == ("Nodes lent" not in page)


def test_an_infeasible_question_has_a_page() -> None:
    plan = planner.solve(small({"fleet.h800.rent.max_nodes": 1, "fleet.h800.reserve.max_nodes": 1}))
    assert plan.status == "infeasible"
    assert "No plan can meet this demand" in report(plan)


def test_hostile_texts_are_inert(plan: Plan) -> None:
    page = report(hostile(plan))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "{{7*7}}" in escaping.unescape(page)
    data = re.findall(r'<script type="application/json">(.*?)</script>', page, flags=re.DOTALL)
    assert len(data) == page.count("application/json")
    assert all(json.loads(one) for one in data)


def test_a_megabyte_of_text_stays_text(plan: Plan) -> None:
    page = report(replace(plan, warnings=("<b>" * 350_000,), question={}))
    assert "<b><b>" not in page
    assert len(page) > 1_000_000


def test_the_policy_admits_only_the_pages_own_script_and_style(plan: Plan) -> None:
    page = report(plan)
    policy = escaping.unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0])
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)
    assert "http" not in page.replace("http-equiv", "")


def test_a_year_is_small_and_drawn_in_whole_days(tmp_path: Path) -> None:
    page = report(big(365))
    assert len(page.encode()) < 6_000_000
    assert page.count("<") < 2_000  # elements, of which a week has 1,300: a browser draws them at once
    assert "Each column gathers 24 hours" in page
    assert "The busiest days, hour by hour" in page
    (tmp_path / "year.html").write_text(page, encoding="utf-8")
    with browser() as session:
        session.get((tmp_path / "year.html").as_uri())
        assert session.execute_script("return document.documentElement.dataset.ready") == "yes"


def test_in_a_browser_without_a_network(plan: Plan, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    file = tmp_path / "plan.html"
    file.write_text(report(hostile(plan)), encoding="utf-8")
    with browser(1280, 900, "--host-resolver-rules=MAP * ~NOTFOUND") as session:
        session.get(file.as_uri())
        assert console_errors(session) == []
        requests = [
            json.loads(entry["message"])["message"]["params"]["request"]["url"]
            for entry in session.get_log("performance")
            if '"Network.requestWillBeSent"' in entry["message"]
        ]
        assert [url for url in requests if not url.startswith("file:")] == []
        chart = session.find_element("css selector", "figure.chart")
        chart.send_keys(Keys.ARROW_RIGHT)
        readout = chart.find_element("css selector", ".readout").text
        assert "held" in readout
        assert "2025" in readout
        assert session.find_elements("css selector", "img") == []


def test_on_a_phone_nothing_is_wider_than_the_screen(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "plan.html"
    file.write_text(report(plan), encoding="utf-8")
    with browser(500, 900) as session:
        metrics = {"width": 360, "height": 800, "deviceScaleFactor": 2, "mobile": True}
        session.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        session.get(file.as_uri())
        assert session.execute_script("return document.documentElement.scrollWidth") <= 360
        assert serious_faults(session) == []
        assert serious_faults(session, dark=True) == []


def test_the_verb_writes_the_page(plan: Plan, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from planner.app.cli.main import app
    from planner.app.cli.plan_folder import write_plan

    write_plan(plan, tmp_path / "out")
    assert read_plan(tmp_path / "out") == plan
    page = tmp_path / "page.html"
    done = CliRunner().invoke(app, ["report", str(tmp_path / "out"), "--html", str(page)])
    assert done.exit_code == 0, done.output
    assert page.read_text(encoding="utf-8") == report(plan)


def test_an_explanation_adds_marginal_costs_and_what_is_next_best(plan: Plan) -> None:
    instance = small()
    explanation = planner.explain(instance, plan)
    page = escaping.unescape(report(plan, explanation=explanation))
    assert "Marginal cost by hour" in page
    assert "What the next best would cost" in page
    for row in explanation.next_best:
        assert row.without in page
    data = [json.loads(one) for one in re.findall(r'application/json">(.*?)</script>', page, flags=re.DOTALL)]
    told = {name: values for one in data for name, values in one["rows"] if "per million" in one["unit"]}
    assert set(told) == {one.work for one in explanation.marginals}
    for one in explanation.marginals:
        value = told[one.work][plan.periods.index(one.period)]
        assert value == pytest.approx(one.relaxed_per_million, rel=1e-4, abs=1e-9)


def test_vendors_loans_and_commitments_have_their_tables() -> None:
    prices = {"input_hit": 1.0, "input_miss": 5.0, "output": 50.0}
    plan = planner.solve(
        small(
            {
                "vendors.api": {"price_usd_per_million_tokens": prices},
                "fleet.h800.rent.max_nodes": 1,
                "fleet.h800.reserve.max_nodes": 3,
            }
        )
    )
    assert plan.outsourced
    page = report(plan)
    assert "Tokens bought" in page
    assert "vendor api" in page
    assert "let api take some of the tokens" in decision(plan)


def test_what_is_paid_at_the_start_is_reported() -> None:
    own = {"kind": "purchase", "price_usd_per_node": 1_000.0, "life_years": 4.0, "max_nodes": 3}
    plan = planner.solve(small({"fleet.h800.own": own}))
    bought = sum(one.nodes for one in plan.holdings if one.channel == "own")
    assert bought == 3
    assert "3,000.00" in report(plan)
