"""The folder: a file in Terraform's JSON syntax for each cloud, and the page that lists every signature."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.plan.ending import unproven
from planner.view.exports.terraform.clouds import clouds
from planner.view.exports.terraform.deals import Written, deals
from planner.view.reporting.story import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.terraform.clouds import Cloud
    from planner.view.exports.terraform.deals import Body, Deal

SIGNED = "signed"
"""The variable that names the deals which are signed: a resource of any other is not made."""


@dataclass(frozen=True)
class _Placed:
    deal: Deal
    cloud: str
    written: Written


def terraform_files(plan: Plan, instance: Instance) -> dict[str, bytes]:
    """Files by their name. Where no cloud that is known sells anything there is the page alone."""
    known = clouds()
    placed = [_placed(deal, known) for deal in deals(plan, instance)]
    files: dict[str, bytes] = {}
    for name, cloud in known.items():
        here = [one for one in placed if one.cloud == name and one.written.resources]
        if here:
            files[f"{name}.tf.json"] = _json(_of_cloud(cloud, here))
    if files:
        files["variables.tf.json"] = _json({"variable": _variables(placed)})
    files["README.md"] = "\n".join(_page(plan, placed)).encode()
    return files


def _placed(deal: Deal, known: dict[str, Cloud]) -> _Placed:
    vendor = (deal.signature.vendor or "").lower().replace(" ", "_").replace("-", "_")
    for name, cloud in known.items():
        if vendor in cloud.PROVIDERS:
            return _Placed(deal, name, cloud.written(deal))
    why = (
        f"{deal.signature.vendor} is none of {', '.join(known)}" if vendor else "no provider is named for it"
    )
    return _Placed(deal, "", Written(note=why))


def _of_cloud(cloud: Cloud, placed: Iterable[_Placed]) -> Body:
    resources: dict[str, Body] = defaultdict(dict)
    data: dict[str, Body] = defaultdict(dict)
    for one in placed:
        name = one.deal.name
        made = f'${{contains(var.{SIGNED}, "{name}") ? {one.written.times} : 0}}'
        head = {"//": _told(one.deal), "count": made}
        for kind, body in one.written.resources:
            resources[kind][name] = head | body
        for kind, body in one.written.data:
            data[kind][name] = head | body
    blocks: Body = {"data": data} if data else {}
    return {"terraform": {"required_providers": cloud.REQUIRED}, **blocks, "resource": resources}


def _told(deal: Deal) -> str:
    """The row of the plan, and what is signed there."""
    one = deal.signature
    return f"{one.row}: {one.what}, {one.amount:,g} {one.unit}"


def _variables(placed: Iterable[_Placed]) -> dict[str, Body]:
    signed = {
        "type": "set(string)",
        "default": [],
        "description": "Names of the deals that are signed. What is not named here is not made.",
    }
    asked = {
        name: {"type": "string", "default": "", "description": words}
        for one in placed
        for name, words in (one.written.asks or {}).items()
    }
    return {SIGNED: signed, **asked}


def _page(plan: Plan, placed: Sequence[_Placed]) -> Iterator[str]:
    yield f"# {plan.instance}: what is to be signed"
    yield ""
    yield (
        f"Written from the plan by `planner export --terraform`: {verdict(plan)[0]}, cost {plan.cost:,.2f} "
        f"{plan.currency}. Nothing is bought by it: `terraform plan` makes a deal once its name is in `{SIGNED}`."
    )
    if not plan.recommended:
        why = unproven(plan)
        yield from ("", f"**Do not sign: {why}.**")
    if not placed:
        yield from ("", "The plan asks for no signature.", "")
        return
    yield ""
    yield f"| deal | row | what | begins | ends | obligation, {plan.currency} | Terraform |"
    yield "|---|---|---|---|---|---|---|"
    for one in placed:
        yield _line(one)
    yield ""
    ready = [one for one in placed if one.written.resources]
    if ready:
        first = ready[0]
        given = "".join(f" -var {name}=..." for name in first.written.asks or {})
        yield f"One at a time: `terraform plan -var '{SIGNED}=[\"{first.deal.name}\"]'{given}`"
        yield ""
    told: dict[str, list[str]] = defaultdict(list)
    for one in placed:
        if one.written.note:
            told[one.written.note].append(one.deal.name)
    yield from (f"- {', '.join(names)}: {note}." for note, names in told.items())
    for one in placed:
        if one.deal.signature.times > 1:
            yield f"- {one.deal.name}: the plan signs it {one.deal.signature.times} times, one after another."
    yield ""


def _line(one: _Placed) -> str:
    signature = one.deal.signature
    ends = "no end stated" if signature.ends is None else f"{signature.ends:%Y-%m-%d %H:%M}"
    owed = "no term stated" if signature.obligation is None else f"{signature.obligation:,.2f}"
    kinds = ", ".join(kind for kind, _ in one.written.resources) or "none"
    what = f"{signature.what}, {signature.amount:,g} {signature.unit}"
    cells = (one.deal.name, signature.row, what, f"{signature.begins:%Y-%m-%d %H:%M}", ends, owed, kinds)
    return f"| {' | '.join(cells)} |"


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
