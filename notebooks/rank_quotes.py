"""Rank vendors' quotes: what each is worth to a fleet, alone and together.

    python notebooks/rank_quotes.py instances/deepseek_day.yaml notebooks/quotes.csv --json

Reads a quote sheet (CSV or XLSX, one row a quote), adds each quote to the instance as a channel of its own, and
solves the instance without quotes, with each one, and with all that hold. A quote is worth what the plan gets
cheaper by it, over the horizon of the instance. This is an example of embedding: it uses nothing but the public
face of `planner`.

Columns: vendor, hardware, kind (purchase, reserved or on_demand), price_usd (per node for purchase, else per
GPU-hour), and any field of that kind of channel (max_nodes, increment_nodes, term_years, life_years, ...).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

import planner

PRICE_FIELD = {
    "purchase": "price_usd_per_node",
    "reserved": "price_usd_per_gpu_hour",
    "on_demand": "price_usd_per_gpu_hour",
}
WHOLE_NUMBERS = ("max_nodes", "min_nodes", "increment_nodes")
NEEDED = ("vendor", "hardware", "kind", "price_usd")


def read_quotes(path: Path) -> pd.DataFrame:
    """Read a quote sheet. Raises ValueError naming every missing column and every kind it does not know."""
    sheet = pd.read_excel(path) if path.suffix.lower() == ".xlsx" else pd.read_csv(path, comment="#")
    missing = [name for name in NEEDED if name not in sheet.columns]
    if missing:
        raise ValueError(f"{path} lacks the columns {', '.join(missing)}")
    unknown = sorted(set(sheet["kind"]) - set(PRICE_FIELD))
    if unknown:
        raise ValueError(f"{path}: kind {', '.join(map(str, unknown))} is none of {', '.join(PRICE_FIELD)}")
    return sheet


def channels_of(quotes: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Path and fields of the channel that each quote stands for, as `Instance.override` takes them."""
    channels = []
    for number, row in enumerate(quotes.to_dict("records"), 1):
        given = {key: value for key, value in row.items() if key not in NEEDED and pd.notna(value)}
        fields = {key: int(value) if key in WHOLE_NUMBERS else value for key, value in given.items()}
        fields |= {"kind": row["kind"], PRICE_FIELD[row["kind"]]: float(row["price_usd"])}
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", f"quote{number}_{row['vendor']}")
        channels.append((f"fleet.{row['hardware']}.{name}", fields))
    return channels


def rank(instance: planner.Instance, quotes: pd.DataFrame, options: planner.SolveOptions) -> dict[str, Any]:
    """The recommendation: quotes by what they save alone, and what to take of each when all are on the table.

    A saving within the gap of the solves is not told apart from none; `proven` says which are.
    """
    channels = channels_of(quotes)
    alone = planner.sweep(instance, [{}, *({path: fields} for path, fields in channels)], options)
    base, cases = alone.iloc[0], alone.iloc[1:].to_dict("records")
    sound = {path: fields for (path, fields), case in zip(channels, cases, strict=True) if pd.notna(case["cost"])}
    together = planner.sweep(instance, [sound], options).iloc[0]
    ranked = []
    for (path, _), case, vendor in zip(channels, cases, quotes["vendor"], strict=True):
        column = f"nodes.{path.removeprefix('fleet.')}"
        ranked.append(
            {
                "vendor": vendor,
                "quote": path,
                "saves": None if pd.isna(case["cost"]) else float(base["cost"] - case["cost"]),
                "proven": bool(case["cost"] < base["bound"]),
                "nodes_alone": nodes(case, column),
                "nodes_together": nodes(together, column),
                "status": case["status"],
                "reason": case["reason"],
            }
        )
    ranked.sort(key=lambda quote: -(quote["saves"] or 0.0))
    return {
        "instance": instance.name,
        "currency": base["currency"],
        "cost_without_quotes": number(base["cost"]),
        "cost_with_all": number(together["cost"]),
        "gap": options.relative_gap,
        "fleet_with_all": together["fleet"],
        "quotes": ranked,
    }


def nodes(case: Any, column: str) -> int:
    """Nodes of a channel at the peak of a case, 0 where the case has no plan or does not use it."""
    value = case.get(column, 0)
    return 0 if pd.isna(value) else int(value)


def number(value: Any) -> float | None:
    """A cost, None where there is no plan."""
    return None if pd.isna(value) else float(value)


def main() -> int:
    """Parse, rank, print; the exit code says whether there is a plan to recommend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instance", type=Path)
    parser.add_argument("quotes", type=Path)
    parser.add_argument("--gap", type=float, default=0.002)
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds for each solve")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    arguments = parser.parse_args()
    options = planner.SolveOptions(
        relative_gap=arguments.gap, time_limit_s=arguments.time_limit, solver="highs", threads=1
    )
    try:
        result = rank(planner.load(arguments.instance), read_quotes(arguments.quotes), options)
    except (OSError, ValueError, planner.PlannerError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        shown = pd.DataFrame(result["quotes"])[["vendor", "saves", "proven", "nodes_alone", "nodes_together", "status"]]
        print(shown.to_string(index=False))
        cost, best = result["cost_without_quotes"], result["cost_with_all"]
        print(f"\nwithout quotes {cost:,.2f}, with the best mix {best:,.2f} {result['currency']}: {result['fleet_with_all']}")
    return 0 if result["cost_with_all"] is not None else 4


if __name__ == "__main__":
    sys.exit(main())
