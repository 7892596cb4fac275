"""Every view and export of a plan, out of the registries that hold them: a new one is looked at by itself.

A view may refuse with an error of ours (`PlannerError`, for a plan that is none); anything else that it raises is
an internal error.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import typer
from typer.testing import CliRunner

from planner.app.cli.main import VERBS, app
from planner.core.errors import PlannerError
from planner.plan.plan import Plan
from planner.plan.tables import TABLES
from planner.study.comparison import compare
from planner.study.economics import break_even_loads, paybacks, unit_costs
from planner.verify.audit import check
from planner.view.exports import FORMATS, export
from planner.view.exports.export import option_of
from planner.view.reporting.console import render
from planner.view.reporting.html import report
from planner.view.reporting.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from planner.instance import Instance

    View = tuple[str, Callable[[], Any]]

QUICK, SOLVES = "quick", "solves"
PLAN, INSTANCE, OUT = "PLAN", "INSTANCE", "OUT"
ON_A_PLAN: dict[str, tuple[str, list[list[str]]]] = {
    "check": (QUICK, [[INSTANCE, PLAN], [INSTANCE, PLAN, "--json"]]),
    "report": (QUICK, [[PLAN, "--html", f"{OUT}/page.html", "--alternative", f"other={PLAN}"]]),
    "compare": (QUICK, [[PLAN, PLAN], [PLAN, PLAN, "--table"], [PLAN, PLAN, "--json"]]),
    "export": (QUICK, [[PLAN, *(word for kind in FORMATS for word in (option_of(kind), f"{OUT}/{kind}"))]]),
    "validate": (QUICK, [[INSTANCE], [INSTANCE, "--explain"], [INSTANCE, "--json"]]),
    "rates": (QUICK, [[INSTANCE], [INSTANCE, "--frontier", "--json"]]),
    "explain": (SOLVES, [[INSTANCE, PLAN, "--checks", "1"], [INSTANCE, PLAN, "--checks", "0", "--json"]]),
    "alternatives": (SOLVES, [[INSTANCE, "--plan", PLAN, "--slack", "50%", "--time-limit", "2"]]),
    "evaluate": (SOLVES, [[INSTANCE, "--time-limit", "2"], [INSTANCE, "--time-limit", "2", "--json"]]),
}
"""How to ask each verb that looks at a plan or its instance; PLAN, INSTANCE and OUT stand for paths."""
ELSEWHERE = frozenset(
    {
        *("solve", "sweep", "worth", "deferral", "attribute", "schema", "serve", "simulate"),
        *("catalog", "import", "init", "forecast", "backtest", "kernel", "sensitivity", "track", "roll"),
    }
)
"""Verbs that make plans or look at none: tested where they live."""


def verb_names() -> set[str]:
    """Names of the verbs that the command line has."""
    return set(VERBS)


def views_of(instance: Instance, plan: Plan, folder: Path, what: str = QUICK) -> Iterator[View]:
    """Name and call of every view; `what` says whether those that solve are wanted, or the others."""
    if what == QUICK:
        yield from _in_python(instance, plan, folder)
    place = {PLAN: str(folder / "plan"), INSTANCE: str(folder / "instance.yaml"), OUT: str(folder / "out")}
    (folder / "plan").mkdir(parents=True, exist_ok=True)
    (folder / "plan" / "plan.json").write_text(json.dumps(plan.to_dict(), allow_nan=False), encoding="utf-8")
    (folder / "instance.yaml").write_text(json.dumps(instance.to_dict()), encoding="utf-8")
    for verb, (kind, ways) in ON_A_PLAN.items():
        for way in ways if kind == what else ():
            asked = [_placed(word, place) for word in way]
            if verb == "evaluate":
                asked[1:1] = [word for key in _held_throughout(instance) for word in ("--fleet", f"{key}=3")]
            yield f"planner {verb} {' '.join(way)}", lambda verb=verb, asked=asked: run([verb, *asked])


def run(arguments: list[str]) -> str:
    """Standard output of a verb. Raises what it raises that is no error of ours."""
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit | PlannerError | typer.Exit):
        raise done.exception
    if arguments[-1] == "--json" and done.exit_code == 0:
        json.loads(done.stdout, parse_constant=_no_constant)
    return done.stdout


def _no_constant(text: str) -> None:
    raise AssertionError(f"{text} is no JSON")


def _in_python(instance: Instance, plan: Plan, folder: Path) -> Iterator[View]:
    from planner.view.pictures.draw import PLAN_PICTURES, draw_instance, draw_plan

    yield "to_dict", lambda: Plan.from_dict(json.loads(json.dumps(plan.to_dict(), allow_nan=False)))
    yield "render", lambda: shown(render(plan))
    yield "report", lambda: report(plan)
    yield "report without its instance", lambda: report(_alone(plan))
    yield "plan in a notebook", plan._repr_html_
    yield "instance in a notebook", instance._repr_html_
    yield "comparison in a notebook", compare(plan, plan)._repr_html_
    for name in TABLES:
        yield f"frame {name}", lambda name=name: plan.frame(name)
    for kind in FORMATS:
        yield f"export {kind}", lambda kind=kind: export(plan, kind, folder / "exports" / kind)
        yield f"export {kind} alone", lambda kind=kind: export(_alone(plan), kind, folder / "alone" / kind)
    for kind in PLAN_PICTURES if plan.usable else ():
        yield f"picture {kind}", lambda kind=kind: draw_plan(plan, kind, _canvas())
    yield "picture of the instance", lambda: draw_instance(instance, _canvas())
    yield "unit costs", lambda: unit_costs(instance, plan)
    yield "break-even loads", lambda: break_even_loads(instance)
    yield "paybacks", lambda: paybacks(instance, plan) if plan.usable else ()
    yield "check", lambda: check(instance, plan)


def _alone(plan: Plan) -> Plan:
    from dataclasses import replace

    return replace(plan, question={})


def _canvas() -> Any:
    from matplotlib.figure import Figure

    return Figure().add_subplot()


def shown(renderable: Any, width: int = 80) -> str:
    """What a console of a width shows."""
    stream = io.StringIO()
    Terminal(file=stream, width=width).print(renderable)
    return stream.getvalue()


def _held_throughout(instance: Instance) -> list[str]:
    """A channel whose cost a schedule can know, of the first hardware."""
    hardware, channels = next(iter(instance.fleet.items()))
    kinds = ("on_demand", "existing", "reserved")
    return [f"{hardware}.{name}" for name, one in channels.items() if one.kind in kinds][:1]


def _placed(word: str, place: dict[str, str]) -> str:
    for name, path in place.items():
        word = word.replace(name, path)
    return word


def failures(instance: Instance, plan: Plan, folder: Path, what: str = QUICK) -> list[str]:
    """Views that raise anything but an error of ours, with what they raise."""
    found = []
    for name, view in views_of(instance, plan, folder, what):
        try:
            view()
        except PlannerError:
            if plan.usable and "alone" not in name:
                raise
        except Exception as error:  # whatever it is, it is an internal error
            found.append(f"{name}: {type(error).__name__}: {error}")
    return found
