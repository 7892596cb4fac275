"""`planner catalog models`, `hardware` and `import-model`: what the kernel knows, and a model of one's own."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.app.cli.common import print_json, print_table
from planner.core.atomic import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = Annotated[bool, typer.Option("--json", help="Every fact with its source, as JSON on stdout.")]

Named = Annotated[str | None, typer.Argument(help="Name, or part of one; absent: all.")]

UNKNOWN = "-"
WIDTH = 80
_HARDWARE = {  # heading -> key of the data file
    "GB": "hbm_gb",
    "TB/s": "hbm_tb_per_s",
    "BF16": "bf16_tflops",
    "FP8": "fp8_tflops",
    "FP4": "fp4_tflops",
    "GB/s": "scale_up_gb_per_s",
    "GPUs": "scale_up_domain_gpus",
    "Gbit/s": "scale_out_gbit_per_s",
    "W": "gpu_power_w",
}


def models(name: Named = None, as_json: Json = False) -> None:
    """List the models that the kernel knows: sizes, how their layers attend, what a request keeps.

    Examples:

      planner catalog models

      planner catalog models qwen3-235b
    """
    from planner.loader.catalog.entries import model_entries

    entries = _of_name(model_entries(), "model", name)
    if as_json:
        print_json(entries)
        return
    header = ("model", "total", "active", "attention", "KB/token", "MB")
    known = [entry for entry in entries if "attention" in entry]
    rows = [
        (
            entry["model"],
            _short(entry["parameters_total"] / 1e9),
            _short(entry["parameters_active"] / 1e9),
            entry["attention"],
            _short(entry["cache_bytes_per_token"] / 1e3),
            _short(entry["state_bytes_per_request"] / 1e6) if entry["state_bytes_per_request"] else UNKNOWN,
        )
        for entry in known
    ]
    print_table(header, rows, right=(1, 2, 4, 5))
    typer.echo("total, active: billions of weights; KB/token: 16-bit cache of a further token")
    typer.echo("of a long context; MB: state of a request, none where -; sources: --json")
    _print_missing(entries, "model")


def hardware(name: Named = None, as_json: Json = False) -> None:
    """List the hardware that the kernel knows, with what is published of each.

    Examples:

      planner catalog hardware

      planner catalog hardware a100
    """
    from planner.loader.catalog.entries import hardware_entries

    entries = _of_name(hardware_entries(), "hardware", name)
    if as_json:
        print_json(entries)
        return
    rows = [
        (entry["hardware"], *(_figure(entry["facts"], key) for key in _HARDWARE.values()))
        for entry in entries
        if "facts" in entry
    ]
    print_table(("hardware", *_HARDWARE), rows, right=range(1, 1 + len(_HARDWARE)))
    typer.echo("of one GPU: memory; dense TFLOPS; link, one way, and GPUs that it reaches;")
    typer.echo("network; power; -: not published or not built in, --json says which")
    _print_missing(entries, "hardware")


def import_model(
    config: Annotated[Path, typer.Argument(help="A model's config.json, as Hugging Face has it.")],
    name: Annotated[str | None, typer.Option(help="Its name in the catalog; absent: the folder's.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; absent: stdout.")] = None,
) -> None:
    """Make an architecture file of a model's config.json. Reads the file only, never the network.

    Example: planner catalog import-model config.json --name our-8b --out ours/architectures/our-8b.yaml
    """
    from planner.core.errors import Fault, InstanceError
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.catalog.models import architecture_text, import_model

    refuse_overwriting([out], [config])
    called = name or (out.stem if out is not None else None)
    entry = import_model(config, called)
    if out is None:
        typer.echo(architecture_text(entry), nl=False)
        return
    if out.name != f"{entry['name']}.yaml":
        words = f"a model called {entry['name']} must be in the file {entry['name']}.yaml"
        raise InstanceError([Fault(words, file=str(out))])
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, architecture_text(entry))
    folder = out.resolve().parent
    where = folder.parent if folder.name == "architectures" else "a folder with it in architectures/"
    typer.echo(f"{out} written; next: PLANNER_CATALOG={where} planner catalog models", err=True)


def _of_name(entries: list[dict[str, Any]], key: str, word: str | None) -> list[dict[str, Any]]:
    """The entries that a word may stand for. Raises InstanceError where there is none, with what may be meant."""
    import kernels
    from planner.loader.catalog.naming import matching, meant

    if word is None:
        return entries
    names = [str(entry[key]) for entry in entries]
    called = kernels.architecture_words().get(word.lower(), word) if key == "model" else word
    found = matching(called, names) or [name for name in names if word.lower() in name]
    found = found or [meant(word, names, f"{key} of the catalog", "")]
    return [entry for entry in entries if entry[key] in found]


def _short(value: float) -> str:
    """Three digits, never in powers of ten."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _figure(facts: dict[str, Any], key: str) -> str:
    """A fact as a cell: the number, or that it is unknown."""
    fact = facts.get(key)
    value = fact.get("value") if isinstance(fact, dict) else fact
    return UNKNOWN if value is None else f"{value:g}"


def _print_missing(entries: Sequence[dict[str, Any]], key: str) -> None:
    """The entries that are not rated everywhere, with what is missing."""
    for entry in entries:
        if entry["missing"]:
            typer.echo(textwrap.fill(f"{entry[key]} {entry['missing']}", WIDTH, subsequent_indent="  "))
