"""The example instances that come with the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGED = Path(__file__).parent / "examples"
_IN_REPOSITORY = Path(__file__).parents[2] / "instances"


def examples_folder() -> Path:
    """Folder of the examples and their series: inside an installed package, or of the repository."""
    return _PACKAGED if _PACKAGED.is_dir() else _IN_REPOSITORY


def example_names() -> list[str]:
    """Names of the examples, sorted."""
    return sorted(path.stem for path in examples_folder().glob("*.yaml"))


def example_file(name: str) -> Path | None:
    """File of an example; None where there is none of that name."""
    return examples_folder() / f"{name}.yaml" if name in example_names() else None
