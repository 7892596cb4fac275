"""A Hugging Face `config.json` made an architecture file of the catalog. Reads a local file, never the network."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from kernels import Architecture, KernelError
from planner.core.errors import Fault, InstanceError
from planner.core.input_file import read_text
from planner.loader.catalog.models.config import Config
from planner.loader.catalog.models.families import FAMILIES
from planner.loader.strict_yaml import parse

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 16 * 2**20
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*$")


def import_model(path: Path, name: str | None = None) -> dict[str, Any]:
    """The architecture that a configuration file describes, as an entry of the catalog.

    The name is the folder's, or the file's where that is not `config.json`. Raises InstanceError with every
    key that is missing, odd, or sounds as if it changed the model and is not understood, with its place.
    """
    config = Config(parse(read_text(path, MOST_BYTES), str(path)))
    called = name or _name_of(path)
    if not _NAME.match(called):
        words = f"the name {called!r} must be of small letters, digits, dots and dashes: give one with --name"
        config.fault("", words)
    figures = _figures(config)
    config.overlooked()
    if config.faults:
        raise InstanceError(config.faults)
    kept = {key: value for key, value in figures.items() if value or key in ("dense_layers", "mtp_layers")}
    entry = {
        "name": called,
        "title": called,
        "source": f"imported from {path.name}, model_type {config.family}",
    }
    try:
        Architecture.from_dict(entry | kept)
    except KernelError as error:
        raise InstanceError([Fault(str(error), file=str(path))]) from None
    return entry | kept


def architecture_text(entry: dict[str, Any]) -> str:
    """An entry as the text of its file."""
    import yaml

    return yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=200)


def _figures(config: Config) -> dict[str, Any]:
    family = FAMILIES.get(config.family)
    if family is not None:
        return family(config)
    if not config.faults:
        close = difflib.get_close_matches(config.family, FAMILIES, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(FAMILIES)}"
        config.fault("model_type", f"{config.family!r} is a family that is not known; {hint}")
    raise InstanceError(config.faults)


def _name_of(path: Path) -> str:
    stem = path.resolve().parent.name if path.name == "config.json" else path.stem
    return stem.removesuffix("_config").lower()
