"""Models by the names that people know them by: those of the same architecture have one entry in the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import kernels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.loader.strict_yaml import Document


def name_models(document: Document) -> list[str]:
    """Put the catalog's name in place of another one for a model; a sentence for each, for plans to say."""
    return [sentence for name, workload in _workloads(document) for sentence in _named(name, workload)]


def _workloads(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    workloads = document.data.get("workloads")
    for name, workload in workloads.items() if isinstance(workloads, dict) else ():
        if isinstance(workload, dict) and isinstance(workload.get("model"), str):
            yield str(name), workload


def _named(name: str, workload: dict[str, Any]) -> Iterator[str]:
    model = workload["model"]
    try:
        known = model in kernels.architecture_names()
        called = None if known else kernels.architecture_words().get(model.lower())
    except kernels.KernelError:
        return  # the validation says what is wrong with the catalog
    if called is not None:
        workload["model"] = called
        yield f"workloads.{name}.model: {model} has the architecture of {called}, and is rated as that"
