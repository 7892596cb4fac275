"""A kind of channel is one place, proven by adding one: a class in the registry, and the audit's own prices beside it.

day pass: nodes from midnight to midnight      price[day] = price_per_node_day * weight[first hour]
"""

from __future__ import annotations

import ast
import csv
import io
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import openpyxl
import pytest
from rich.console import Console

import planner
from planner.instance import Instance
from planner.instance.base import NonNegative, PositiveCount
from planner.instance.channels import KINDS, Billing, Channel, Node, Offers, Traits, kinds, traits_of
from planner.instance.channels.fixed_length import runs
from planner.instance.channels.kinds.purchase import Purchase
from planner.instance.channels.offers import NodeLimit
from planner.instance.channels.payments import Signing
from planner.instance.channels.registry import kinds_in
from planner.loader import money
from planner.loader.schema import structure
from planner.study.economics.break_even import break_even_loads
from planner.verify.audit.quotes import NodePrice
from planner.verify.audit.sellers import SELLERS
from planner.view.exports.export import FORMATS
from planner.view.exports.focus import focus_rows
from planner.view.exports.quotes import quotes_of
from planner.view.reporting.console import render
from tests.project.channel_chapter import chapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance.timeline import Timeline
    from planner.verify.audit.calendar import Calendar

QUICK = planner.SolveOptions(solver="highs", threads=1)
PASSES: dict[str, Any] = {
    "cost_term": "passes",
    "committed": True,
    "fixed_length": True,
    "owned": False,
    "verb": "take day passes for",
    "prices": ("price_usd_per_node_day",),
    "book_term": None,
    "draws_on": None,
    "billing": Billing(pricing="Committed", discount="Usage", reservation=True),
}


class DayPass(Channel):
    """Nodes for whole days."""

    traits: ClassVar[Traits] = Traits(**PASSES)

    kind: Literal["day_pass"]
    price_usd_per_node_day: NonNegative
    """Price of a node from midnight to midnight."""
    passes: PositiveCount | None = None
    """Nodes that passes can be had for."""

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer for each day."""
        run = runs(timeline, 24.0, timeline.hours_into_block % 24.0 == 0.0)
        return self.compiled(timeline, node, run, self.price_usd_per_node_day * timeline.weight[run[0]])

    def signing(self, node: Node, hours: float) -> Signing:
        """A day, paid at its end."""
        return Signing(self.price_usd_per_node_day, 0.0, 24.0, 24.0)

    def limit(self) -> NodeLimit | None:
        """No more nodes than there are passes."""
        return super().limit() if self.passes is None else NodeLimit("passes", self.passes)


def day_pass_quote(channel: Any, node: Node, calendar: Calendar, first: int, last: int) -> NodePrice | None:
    """The same in the audit's words."""
    midnight = float(calendar.into_block[first]) % 24.0 == 0.0
    whole_day = midnight and calendar.last_of(first, 24.0) == last
    return NodePrice(channel.price_usd_per_node_day * float(calendar.weight[first])) if whole_day else None


def forget_the_schema() -> None:
    """Build anew what was built of the kinds that there were."""
    Instance.model_rebuild(force=True)
    structure.cache_clear()
    money._money_keys.cache_clear()


@pytest.fixture
def unaudited(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(KINDS, "day_pass", DayPass)
    forget_the_schema()
    yield
    monkeypatch.undo()
    forget_the_schema()


@pytest.fixture
def day_pass(unaudited: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    seller = replace(
        SELLERS["contract"],
        term="passes",
        quote=day_pass_quote,
        most=lambda channel: channel.max_nodes if channel.passes is None else channel.passes,
    )
    monkeypatch.setitem(SELLERS, "day_pass", seller)
    yield
    monkeypatch.delitem(SELLERS, "day_pass")


# two days: 4 nodes by day and 2 by night on the first, 1 node in one hour of the second
TEXT = """\
version: 1
name: passes
horizon: {start: 2025-01-06T00:00+00:00, periods: 48}
exchange_rates: {EUR: {per_usd: 0.5, date: 2025-01-02}}
workloads: {w: {demand: {requests_per_s: [2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2,
                                          0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}}}
deployments: [{name: n, role: request, nodes: 1, rate_requests_per_s: {w: 1}}]
hardware: {node: {gpus_per_node: 1, like: l4}}
fleet:
  node:
    day: {kind: day_pass, price_eur_per_node_day: 25, provider: landlord}
    rent: {kind: on_demand, price_usd_per_node_hour: 5}
start_up: {before_first_period: "off"}
"""
# passes at 50 USD for 24 hours against 5 USD an hour: 10 hours pay for one. The first day takes 4, the second none.
COST = 4 * 50 + 5


@pytest.fixture
def instance(day_pass: None, tmp_path: Path) -> Instance:
    (tmp_path / "passes.yaml").write_text(TEXT, encoding="utf-8")
    return planner.load(tmp_path / "passes.yaml")


@pytest.fixture
def plan(instance: Instance) -> planner.Plan:
    return planner.solve(instance, QUICK)


def test_it_is_loaded_with_its_money_and_goes_round(instance: Instance) -> None:
    channel = instance.fleet["node"]["day"]
    assert isinstance(channel, DayPass)
    assert channel.price_usd_per_node_day == 50.0
    assert planner.from_dict(instance.to_dict()) == instance
    assert instance.override({"fleet.node.day.passes": 3}).fleet["node"]["day"].limit() == NodeLimit(
        "passes", 3
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("price_eur_per_node_day: 0", "free: true"),
        ("price_eur_per_node_day: 25, pases: 3", "did you mean 'passes'"),
        (
            "price_eur_per_node_day: 25, price_usd_per_node_day: 3",
            "says the same as 'price_usd_per_node_day'",
        ),
        ("passes: 3", "price_usd_per_node_day"),
        ("price_eur_per_node_day: 25, book: {name: h800_2025}", "must say which term of the book"),
    ],
)
def test_what_is_wrong_with_one_is_reported_at_the_door(day_pass: None, written: str, told: str) -> None:
    with pytest.raises(planner.InstanceError, match=r"fleet\.node\.day") as caught:
        planner.loads(TEXT.replace("price_eur_per_node_day: 25", written))
    assert told in str(caught.value)


def test_it_is_solved_and_audited(instance: Instance, plan: planner.Plan) -> None:
    assert plan.status == "optimal"
    assert plan.cost == pytest.approx(COST)
    assert plan.cost_terms == pytest.approx({"passes": 200.0, "hire": 5.0})
    [held] = [one for one in plan.holdings if one.channel == "day"]
    assert (held.kind, held.term, held.first, held.last, held.nodes) == ("day_pass", "passes", 0, 23, 4)
    assert planner.check(instance, plan).passed
    assert planner.Plan.from_dict(plan.to_dict()) == plan
    both = replace(QUICK, method="decompose"), replace(QUICK, method="direct")
    assert [planner.solve(instance, options).cost for options in both] == pytest.approx([COST, COST])


def test_a_wrong_price_is_refused(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    right = DayPass.offers
    monkeypatch.setattr(
        DayPass,
        "offers",
        lambda *asked: replace(right(*asked), price_usd_per_node=right(*asked).price_usd_per_node / 2),
    )
    assert planner.solve(instance, QUICK).status == "refused"


def test_without_prices_of_the_audit_every_plan_with_it_is_refused(unaudited: None) -> None:
    plan = planner.solve(planner.loads(TEXT), QUICK)
    assert plan.status == "refused"
    assert "the audit has no prices of its own for channels of kind 'day_pass'" in "\n".join(plan.reasons)


def test_it_is_signed_before_the_scenario_is_known(instance: Instance) -> None:
    scenarios = {"low": {"probability": 0.5, "demand_scale": 0.5}, "high": {"probability": 0.5}}
    plan = planner.solve(instance.override({"scenarios": scenarios}), QUICK)
    assert plan.usable, plan.reasons
    begun = [(one.first, one.nodes) for one in plan.holdings if one.channel == "day"]
    assert {first % 48 for first, _ in begun} == {0}
    assert len(begun) == 2
    assert len({nodes for _, nodes in begun}) == 1


def test_it_is_explained_and_compared(instance: Instance, plan: planner.Plan) -> None:
    explained = planner.explain(instance, plan)
    assert "node.day" in str(explained.to_dict())
    [load] = break_even_loads(instance)
    assert (load.commitment, load.load) == ("day", pytest.approx(50 / 24 / 5))
    dearer = instance.override({"fleet.node.day.price_usd_per_node_day": 60.0})
    assert "cost of passes: 200.00 -> 240.00" in planner.compare(plan, dearer, options=QUICK).text()


def test_every_view_tells_it(instance: Instance, plan: planner.Plan, tmp_path: Path) -> None:
    assert "Take day passes for 4 node nodes" in planner.report(plan, instance)
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render(plan))
    assert "day_pass" in console.export_text()
    assert "day_pass" in plan._repr_html_()
    assert plan.frame("fleet").set_index("channel").loc["day", "kind"] == "day_pass"


def test_every_export_bills_it(instance: Instance, plan: planner.Plan, tmp_path: Path) -> None:
    rows = [row for row in focus_rows(plan, instance) if row["x_Channel"] == "day"]
    assert {row["CommitmentDiscountType"] for row in rows} == {"day_pass"}
    assert {row["CommitmentDiscountCategory"] for row in rows} == {"Usage"}
    assert {row["CapacityReservationId"] for row in rows} == {"node/day"}
    assert {row["PricingCategory"] for row in rows} == {None, "Committed"}
    assert {row["ProviderName"] for row in rows} == {"landlord"}
    assert sum(row["BilledCost"] for row in rows) == pytest.approx(200.0)
    assert sum(row["EffectiveCost"] for row in rows) == pytest.approx(200.0)
    for kind in FORMATS:
        assert planner.export(plan, kind, tmp_path / kind, instance=instance)
    [billed] = planner.export(plan, "focus", tmp_path / "focus.csv")
    with billed.open(encoding="utf-8") as lines:
        assert "day_pass" in {row["x_Kind"] for row in csv.DictReader(lines)}
    sheets = openpyxl.load_workbook(io.BytesIO((tmp_path / "xlsx").read_bytes())).worksheets
    assert any("day_pass" in row for sheet in sheets for row in sheet.iter_rows(values_only=True))
    assert "fleet.node.day.price_usd_per_node_day" in [quote.path for quote in quotes_of(instance)]


def test_what_stands_in_the_way_is_named_by_its_key(instance: Instance) -> None:
    changes = {"fleet.node.rent.max_nodes": 1, "fleet.node.day.passes": 2}
    plan = planner.solve(instance.override(changes), QUICK)
    assert plan.status == "infeasible"
    assert "fleet.node.day.passes" in "\n".join(plan.reasons)


def test_schema_and_chapter_have_it(day_pass: None) -> None:
    properties = planner.instance_schema()["$defs"]["DayPass"]["properties"]
    assert properties["passes"]["description"] == "Nodes that passes can be had for."
    assert "## `day_pass`" in chapter()
    assert "| `passes` | Nodes that passes can be had for. |" in chapter()
    assert "take day passes for" in chapter()


def test_without_it_nobody_knows_it() -> None:
    with pytest.raises(planner.InstanceError, match="kind must be one of"):
        planner.loads(TEXT)
    assert "DayPass" not in planner.instance_schema()["$defs"]


def kind_of(traits: dict[str, Any], **members: Any) -> type[Channel]:
    """A kind of channel made of these."""
    told = {"traits": ClassVar[Traits], "kind": Literal["odd"], "price_usd": float}
    named = {"traits": Traits(**traits)} if traits else {}
    given = (
        {
            "__module__": __name__,
            "__annotations__": told,
            "offers": DayPass.offers,
            "signing": DayPass.signing,
        }
        | named
        | members
    )
    return type(Channel)("Odd", (Channel,), given)


@pytest.mark.parametrize("left_out", PASSES)
def test_a_kind_says_all_of_its_traits(left_out: str) -> None:
    with pytest.raises(TypeError, match=left_out):
        Traits(**{name: value for name, value in PASSES.items() if name != left_out})


def test_a_kind_that_does_not_say_what_it_is_cannot_be_defined() -> None:
    odd = PASSES | {"prices": ("price_usd",)}
    assert kind_of(odd).kind_name() == "odd"
    with pytest.raises(TypeError, match=r"'odd': define offers.*; state its traits"):
        kind_of({}, offers=Channel.offers)
    with pytest.raises(TypeError, match="traits name 'price_usd_per_node_day', which is no field"):
        kind_of(PASSES)
    with pytest.raises(TypeError, match="'odd': define payments, signing or hourly_price"):
        kind_of(odd, signing=Channel.signing)
    assert kind_of(odd | {"committed": False}, signing=Channel.signing).kind_name() == "odd"
    with pytest.raises(TypeError, match="traits name 'plan', which is no field"):
        kind_of(odd | {"draws_on": "plan"})


def test_two_classes_of_one_kind_are_refused() -> None:
    modules = [ModuleType("first"), ModuleType("second")]
    for module in modules:
        kind = kind_of(PASSES | {"prices": ("price_usd",)}, __module__=module.__name__)
        setattr(module, kind.__name__, kind)
    assert list(kinds_in(modules[:1])) == ["odd"]
    with pytest.raises(TypeError, match="Odd is of kind 'odd' already"):
        kinds_in(modules)


class LoosePass(DayPass):
    """A pass that says that it is given back after the period."""

    traits: ClassVar[Traits] = replace(DayPass.traits, committed=False)


def test_what_is_not_committed_is_given_back_after_the_period(instance: Instance) -> None:
    node, told = Node(1, None), {"kind": "day_pass", "price_usd_per_node_day": 1.0}
    assert DayPass.model_validate(told).offers(instance.timeline, node).lendable
    with pytest.raises(TypeError, match="is not committed, and offers nodes for several periods"):
        LoosePass.model_validate(told).offers(instance.timeline, node)


def test_a_plan_with_a_kind_that_nobody_knows_is_refused_at_the_door(plan: planner.Plan) -> None:
    record = plan.to_dict()
    record["holdings"][0]["kind"] = "odd"
    with pytest.raises(planner.InstanceError, match=r"holdings\[0\]\.kind: 'odd' is no kind of channel"):
        planner.Plan.from_dict(record)
    with pytest.raises(planner.InstanceError, match="no kind of channel is called 'odd'"):
        traits_of("odd")


ROOM = Path(planner.__file__).parent
KNOWING = {"instance/channels/registry.py", "verify/audit/sellers.py", "study/uncertainty/committed.py"}
"""Who may name kinds: the registry, the audit, and what writes the rest of a signed term as a contract."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Files outside the kinds themselves, by their path in the package."""
    for path in sorted(ROOM.rglob("*.py")):
        name = str(path.relative_to(ROOM))
        if name not in KNOWING and not name.startswith("instance/channels/kinds/"):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def test_nobody_tests_on_the_class_of_a_channel_or_on_the_name_of_its_kind() -> None:
    classes = {kind.__name__ for kind in KINDS.values()}
    found = []
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(kinds.__name__):
                found.append(f"{name}: imports {node.module}")
            if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).rpartition(".")[2] in classes:
                found.append(f"{name}:{node.lineno}: {ast.unparse(node)}")
            if isinstance(node, ast.Compare) and "kind" in ast.unparse(node.left).split("."):
                written = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
                found += [f"{name}:{node.lineno}: {ast.unparse(node)}"] if written & set(KINDS) else []
    assert found == []


class Bought(Purchase):
    """Nodes bought, under a name of its own."""

    traits: ClassVar[Traits] = Purchase.traits

    kind: Literal["bought"]  # type: ignore[assignment]


def test_a_kind_of_nodes_of_ones_own_pays_the_energy_of_its_site(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """2 nodes of 12 kW at 0.1 USD: 2.40 USD for an hour, in the plan and in the audit."""
    monkeypatch.setitem(KINDS, "bought", Bought)
    monkeypatch.setitem(SELLERS, "bought", SELLERS["purchase"])
    forget_the_schema()
    text = """\
version: 1
name: bought
horizon: {start: 2025-01-06T00:00+00:00, periods: 1}
sites: {hall: {energy_usd_per_kwh: 0.1}}
workloads: {w: {demand: {requests_per_s: 2}}}
deployments: [{name: n, role: request, nodes: 1, rate_requests_per_s: {w: 1}}]
hardware: {node: {gpus_per_node: 1, site: hall, power_kw_per_node: 12}}
fleet: {node: {own: {kind: bought, price_usd_per_node: 8760, life_years: 1, cost_of_capital: 0}}}
"""
    try:
        (tmp_path / "bought.yaml").write_text(text, encoding="utf-8")
        plan = planner.solve(planner.load(tmp_path / "bought.yaml"), QUICK)
        assert plan.usable, plan.reasons
        assert plan.cost_terms["running"] == pytest.approx(2.4)
    finally:
        monkeypatch.undo()
        forget_the_schema()
