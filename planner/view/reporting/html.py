"""One self-contained page about a plan: no request, every text escaped, scripts and styles by hash."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from planner.core.extras import need
from planner.core.visible import visible
from planner.plan.period_names import period_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    import jinja2

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.study.attribution import Attribution
    from planner.study.explanation import Explanation
    from planner.study.sensitivity.promises import PromiseCost


WHOLE_FROM = 1_000.0
"""Amounts from this on are written without cents where they stand in a sentence."""


def report(
    plan: Plan,
    instance: Instance | None = None,
    alternatives: Mapping[str, Plan] | None = None,
    explanation: Explanation | None = None,
    attribution: Attribution | None = None,
    promises: Sequence[PromiseCost] = (),
) -> str:
    """The page as text. `instance` is read from the plan where it is not given.

    `alternatives` are other plans, by a name of one's own; they are set beside this one. `explanation` adds
    the marginal cost by hour, what the next best would cost and where commitments break even; `attribution` who causes
    what of the cost, `promises` what each promise costs.
    The same arguments give the same text; control characters of inputs are shown in it. Raises ExtraMissing when
    jinja2 is not installed.
    """
    need("the HTML report", "jinja2")
    from planner.view.reporting import content

    instance = instance if instance is not None else content.question_of(plan)
    context = content.of(plan, instance, alternatives or {}, explanation, attribution, promises)
    return filled("report.html.j2", context)


def filled(template: str, context: Mapping[str, Any]) -> str:
    """A page of this room, its style and script in it, control characters of inputs shown."""
    style, script = _asset("report.css"), _asset("report.js")
    page = _environment().get_template(template)
    return visible(page.render(policy=policy(style, script), style=style, script=script, **context))


def policy(style: str, script: str) -> str:
    """Content-security policy that admits this style and this script, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _asset(name: str) -> str:
    return resources.files("planner.view.reporting").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[[Any], str]] = {
        "money": _money,
        "round_money": _round_money,
        "whole": _whole,
        "share": _share,
        "figure": _figure,
        "moment": _moment,
        "period": _period,
    }
    environment.filters |= filters
    return environment


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _round_money(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= WHOLE_FROM else f"{value:,.2f}"


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M}"


def _period(label: str) -> str:
    """When a period begins, as people write it; with its stage or scenario where it has one."""
    named = period_name(label)
    return f"{named.block} {_moment(named.start)}".strip()


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float) -> str:
    return f"{value:.1%}"


def _figure(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:,.6g}"
