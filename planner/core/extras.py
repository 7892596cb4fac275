"""Packages that only some verbs need: which extra holds each, and what to do where one is missing.

The distribution is on no package index, so the advice names the packages themselves, which are, and the
environment that lacks them.
"""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from planner.core.errors import Fault, InstanceError


class Needed(NamedTuple):
    """What stands behind a module: the extra that holds it, and the requirement that installs it."""

    extra: str
    requirement: str


MODULES = {
    "aiconfigurator": Needed("aiconfigurator", "aiconfigurator>=0.12"),
    "distributed": Needed("dask", "distributed>=2024.8"),
    "fastapi": Needed("serve", "fastapi>=0.115"),
    "jinja2": Needed("report", "jinja2>=3.1"),
    "matplotlib": Needed("notebook", "matplotlib>=3.10"),
    "openpyxl": Needed("excel", "openpyxl>=3.1"),
    "pyarrow": Needed("parquet", "pyarrow>=17"),
    "statsmodels": Needed("forecast", "statsmodels>=0.14.5"),
    "uvicorn": Needed("serve", "uvicorn>=0.30"),
    "xlsxwriter": Needed("excel", "xlsxwriter>=3.2"),
}
"""Every optional module by its import name, as pyproject.toml has it."""


class ExtraMissing(InstanceError):
    """A package that is not always installed is needed, and is not there or cannot be loaded."""


def need(purpose: str, *modules: str) -> None:
    """Load optional modules. Raises ExtraMissing with the command that installs all that are missing.

    `purpose` is what needs them, the subject of the sentence: "the HTML report".
    """
    missing = []
    for module in modules:
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != module:
                raise _broken(purpose, module, error) from error
            missing.append(module)
        except Exception as error:  # a package that is there and does not load can fail in any way
            raise _broken(purpose, module, error) from error
    if missing:
        extras = ", ".join(f"[{name}]" for name in sorted({MODULES[module].extra for module in missing}))
        advice = _command([MODULES[module].requirement for module in missing])
        raise ExtraMissing([Fault(f"{purpose} needs {', '.join(missing)} (extra {extras}): {advice}")])


def _broken(purpose: str, module: str, error: Exception) -> ExtraMissing:
    message = f"{type(error).__name__}: {error}"
    return ExtraMissing([Fault(f"{purpose} needs {module}, which is installed but does not load: {message}")])


def _command(requirements: list[str]) -> str:
    """The command that installs them here, with pip where this environment has it, else with uv."""
    python, wanted = shlex.quote(sys.executable), " ".join(map(shlex.quote, requirements))
    if find_spec("pip") is not None:
        return f"{python} -m pip install {wanted}"
    return f"uv pip install --python {python} {wanted}"
