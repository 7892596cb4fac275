"""Which engines are installed, and in which version, without loading any."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from planner.optimize.engines.registry import engine_names, load_backend


def versions() -> dict[str, str | None]:
    """For each engine the package that carries it and its version, None where it is not installed."""
    return {name: _installed(load_backend(name).DISTRIBUTION) for name in engine_names()}


def _installed(distribution: str) -> str | None:
    try:
        return f"{distribution} {version(distribution)}"
    except PackageNotFoundError:
        return None
